import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

/// Simulated devices of several kinds, with faults and without, against the real server.
///
/// Source: `coolkit-device-side.md` §9, `uiid-catalogue.md`.
@Suite struct SimulatedKindTests {
    private func kind(_ uiid: Int) throws -> SimulatedDeviceKind { try #require(SimulatedDeviceKind(uiid: uiid)) }

    @Test("The sub-devices of a gateway appear in the list, take commands and report")
    func gateway() async throws {
        let (plug, climate) = (try kind(1009), try kind(1770))
        try await withLife(kind: try kind(66), subDevices: [plug, climate]) { life in
            let plug = try await Self.subDeviceReport(of: life) { $0["switch"] != nil }
            let sensor = try await Self.subDeviceReport(of: life) { $0["temperature"] != nil }
            let known = try await life.app.devices().compactMap { $0["deviceid"]?.stringValue }
            #expect(Set(known) == [Stage.deviceID, plug.rawValue, sensor.rawValue])

            let answer = try await life.app.update(plug, params: ["switch": "on"])

            #expect(answer["error"] == 0)
            #expect(answer["deviceid"]?.stringValue == plug.rawValue)
            let push = try await life.app.nextPush { push in
                push["deviceid"]?.stringValue == plug.rawValue && push["params"]?["switch"] == "on"
            }
            #expect(push["from"] == "device")
            let refused = try await life.app.update(sensor, params: ["temperature": "1"])
            #expect(refused["error"] == 400)
        }
    }

    /// Waits for the report of a sub-device, and says whose it is.
    private static func subDeviceReport(
        of life: Life,
        where wants: @escaping @Sendable (JSONObject) -> Bool
    ) async throws -> DeviceID {
        let event = try await life.device.nextEvent { event in
            if case .subDeviceReport(_, let params) = event { wants(params) } else { false }
        }
        return try #require(event.subDevice)
    }

    @Test("A hundred days of energy reach the app in the answer to its command")
    func history() async throws {
        try await withLife(kind: try kind(32)) { life in
            try await life.device.waitUntilOnline()

            let answer = try await life.app.update(life.deviceID, params: ["hundredDaysKwh": "get"])

            #expect(answer["error"] == 0)
            #expect(answer["config"]?["hundredDaysKwhData"]?.stringValue?.count == 600)
        }
    }

    @Test("What the device cannot apply is refused, and stored nowhere")
    func refused() async throws {
        try await withLife { life in
            try await life.device.waitUntilOnline()

            let answer = try await life.app.update(life.deviceID, params: ["switch": "maybe"])

            #expect(answer["error"] == 400)
            let state = try await life.app.query(life.deviceID, names: ["switch"])
            #expect(state["params"] == ["switch": "off"])
        }
    }

    @Test("A timer that the app sets runs in the device by the server's time, and the app hears of it")
    func timer() async throws {
        try await withLife { life in
            try await life.device.waitUntilOnline()
            let moment = life.server.clocks.wallClock.now.advanced(by: .seconds(60)).iso8601
            let timer: JSON = [
                "enabled": 1, "mId": "m", "type": "once", "at": JSON(moment), "do": ["switch": "on"],
            ]
            _ = try await life.app.update(life.deviceID, params: ["timers": [timer]])

            try await life.deviceClock.advance(by: .seconds(60))

            let push = try await life.app.nextPush { $0["params"]?["switch"] == "on" }
            #expect(push["params"]?["timers"]?.arrayValue?.map { $0["enabled"] } == [0])
        }
    }

    @Test(
        "A door sensor with a socket takes its settings and reports its door",
        arguments: [TestListener.device, .plain]
    )
    func doorSensor(listener: TestListener) async throws {
        try await withLife(firmware: .opl, listener: listener, kind: try kind(154)) { life in
            try await life.device.waitUntilOnline()
            let answer = try await life.app.update(life.deviceID, params: ["defense": 0])
            #expect(answer["error"] == 0)

            life.device.localChange(["switch": "on"])
            life.device.localChange(["switch": "off"])

            // The second report waits for the answer to the first, with its d_seq.
            for state: JSON in ["on", "off"] {
                let push = try await life.app.nextPush { $0["params"]?["switch"] == state }
                #expect(push["d_seq"] != nil)
            }
        }
    }

    // MARK: Faults

    @Test("noack: the app is told 504 after the server's limit, and nothing is stored")
    func noack() async throws {
        let fault = try DeviceFault("noack")
        try await withLife(eventLoops: 1, faults: [fault]) { life in
            try await life.device.waitUntilOnline()
            async let answer = life.app.update(life.deviceID, params: ["switch": "on"])
            _ = try await life.device.nextEvent { $0 == .fault(fault) }

            life.server.clocks.advance(by: .seconds(8))

            #expect(try await answer["error"] == 504)
            let state = try await life.app.query(life.deviceID, names: ["switch"])
            #expect(state["params"] == ["switch": "off"])
        }
    }

    @Test("slow: an acknowledgement that is late, but in time, counts")
    func slow() async throws {
        let fault = try DeviceFault("slow:delay=5")
        try await withLife(faults: [fault]) { life in
            try await life.device.waitUntilOnline()
            async let answer = life.app.update(life.deviceID, params: ["switch": "on"])
            _ = try await life.device.nextEvent { $0 == .fault(fault) }

            try await life.deviceClock.advance(by: .seconds(5))

            #expect(try await answer["error"] == 0)
        }
    }

    @Test("badjson: a device that sends only half messages is closed after five of them")
    func badJSON() async throws {
        let fault = try DeviceFault("badjson")
        try await withLife(faults: [fault]) { life in
            try await life.device.waitUntilOnline()

            for number in 0..<5 { life.device.localChange(["switch": number % 2 == 0 ? "on" : "off"]) }

            let (reason, _) = try await life.nextDisconnection()
            #expect(reason.contains("closed"))
            // The full report of the next connection sets everything right.
            try await life.device.waitUntilOnline()
            let state = try await life.app.query(life.deviceID, names: ["switch"])
            #expect(state["params"] == ["switch": "on"])
        }
    }

    @Test("drop: the command is repeated on the device's next connection, and answered there")
    func drop() async throws {
        let fault = try DeviceFault("drop:p=0.5")
        // With this seed the fault strikes at the first command and not at the second.
        try await withLife(faults: [fault], seed: 5) { life in
            try await life.device.waitUntilOnline()

            let answer = try await life.app.update(life.deviceID, params: ["switch": "on"])

            #expect(answer["error"] == 0)
            #expect(try await life.device.nextEvent { $0 == .fault(fault) } == .fault(fault))
            try await life.device.waitUntilOnline()
            let state = try await life.app.query(life.deviceID, names: ["switch"])
            #expect(state["params"] == ["switch": "on"])
        }
    }

    @Test("flap: the app sees the device go and come, for it stays away longer than the grace")
    func flap() async throws {
        let fault = try DeviceFault("flap:up=20,down=5")
        try await withLife(eventLoops: 1, faults: [fault]) { life in
            try await life.device.waitUntilOnline()
            _ = try await life.app.nextPush { $0["params"]?["online"] == true }
            let sessions = life.server.switchyard.sessions

            try await life.deviceClock.advance(by: .seconds(20))
            #expect(try await life.nextDisconnection() == (reason: "fault flap", wait: .seconds(5)))
            try await eventually("the server to notice the loss") { sessions.sessions().count == 1 }
            try await life.app.ping()
            life.server.clocks.advance(by: .seconds(3))
            _ = try await life.app.nextPush { $0["params"]?["online"] == false }
            try await life.deviceClock.advance(by: .seconds(5))

            try await life.waitOutUntilOnline()
            _ = try await life.app.nextPush { $0["params"]?["online"] == true }
        }
    }
}
