import CoolkitWire
import NIOHTTP1
import SwitchyardSimulator
import Synchronization
import Testing

/// Door sensors that post over HTTPS, and those that rest when refused.
///
/// Source: `coolkit-v1-http.md` §6.1, `coolkit-websocket.md` §4.
@Suite struct HTTPSensorTests {
    private static var doorSensor: SimulatedDeviceIdentity {
        DeviceRig.identity(SimulatedDeviceKind(uiid: 102) ?? .singleSwitch)
    }

    private func posts(_ cloud: ScriptedCloud) -> [ScriptedServer.Request] {
        cloud.state.withLock { $0.requests.filter { $0.uri == SensorPost.path } }
    }

    @Test("A sensor posts its full state, then each event, signed with the plain digest")
    func reports() async throws {
        let cloud = ScriptedCloud()
        try await withRunningDevice(cloud, identity: Self.doorSensor) { device, _ in
            try await device.waitUntilOnline()
            #expect(device.localChange(["switch": "on"]))
            _ = try await device.nextEvent { if case .report(let params) = $0 { params["type"] == 3 } else { false } }
        }

        let first = try #require(posts(cloud).first)
        let body = try object(first.body)
        #expect(first.method == .POST)
        #expect(body.keys == ["deviceid", "d_seq", "params"])
        let sequence = try #require(body["d_seq"]?.stringValue)
        let digest = DeviceDigest.sensorReport(
            apiKey: Self.doorSensor.factoryKey,
            deviceID: Self.doorSensor.deviceID,
            deviceSequence: sequence
        )
        #expect(first.headers.first(name: "Authorization") == "Sign \(digest)")
        for name in ["switch", "battery", "fwVersion", "type", "chipid", "mac", "rssi"] {
            #expect(body["params"]?[name] != nil, "\(name)")
        }
    }

    @Test("An event is posted with type, switch, battery and rssi")
    func event() async throws {
        let cloud = ScriptedCloud()
        try await withRunningDevice(cloud, identity: Self.doorSensor) { device, _ in
            try await device.waitUntilOnline()
            device.localChange(["switch": "on"])
            device.localChange(["switch": "off"])
            for type in [3, 2] {
                let event = try await device.nextEvent { event in
                    if case .report(let params) = event {
                        params["init"] == nil && params["type"] == JSON(type)
                    } else {
                        false
                    }
                }
                guard case .report(let params) = event else { continue }
                #expect(Set(params.keys) == ["type", "switch", "battery", "rssi"])
            }
        }
    }

    @Test("Events of the same second have different sequences")
    func sequences() async throws {
        let cloud = ScriptedCloud()
        try await withRunningDevice(cloud, identity: Self.doorSensor) { device, _ in
            try await device.waitUntilOnline()
            for number in 0..<3 {
                device.localChange(["switch": number % 2 == 0 ? "on" : "off"])
                _ = try await device.nextEvent {
                    if case .report(let params) = $0 { params["init"] == nil } else { false }
                }
            }
        }

        let sequences = try posts(cloud).map { try object($0.body)["d_seq"]?.intValue }
        #expect(sequences.count >= 3)
        #expect(Set(sequences).count == sequences.count)
    }

    @Test("A refused report is told, and the sensor sleeps until the next event", arguments: [401, 404])
    func refused(code: Int) async throws {
        let cloud = ScriptedCloud()
        cloud.state.withLock { $0.sensorAnswer = #"{"error":\#(code),"msg":"no"}"# }
        try await withRunningDevice(cloud, identity: Self.doorSensor) { device, _ in
            _ = try await device.nextEvent { $0 == .answeredWithError(code) }
            cloud.state.withLock { $0.sensorAnswer = nil }

            device.localChange(["switch": "on"])

            try await device.waitUntilOnline()
        }
    }

    @Test("A report without answer is repeated at once, then with the next reading")
    func noAnswer() async throws {
        let cloud = ScriptedCloud()
        cloud.state.withLock { $0.sensorAnswer = "nothing" }
        try await withRunningDevice(cloud, identity: Self.doorSensor) { device, clock in
            let lost = try await device.nextEvent { if case .disconnected = $0 { true } else { false } }
            guard case .disconnected(_, let wait) = lost else { return }
            let sequences = try posts(cloud).map { try object($0.body)["d_seq"] }
            #expect(sequences.count == 2)
            #expect(Set(sequences).count == 1)
            cloud.state.withLock { $0.sensorAnswer = nil }

            try await clock.advance(by: wait)

            try await device.waitUntilOnline()
            #expect(posts(cloud).count == 3)
            #expect(try object(posts(cloud)[2].body)["params"]?["fwVersion"] != nil)
        }
    }

    @Test("An image in the answer is fetched; one that cannot be is told")
    func upgrade() async throws {
        let cloud = ScriptedCloud()
        cloud.state.withLock {
            $0.sensorAnswer =
                #"{"error":0,"upgrade":{"downloadUrl":"http://127.0.0.1:1/a","digest":"00","name":"user1.bin"}}"#
        }
        try await withRunningDevice(cloud, identity: Self.doorSensor) { device, _ in
            _ = try await device.nextEvent { if case .upgrading = $0 { true } else { false } }
            _ = try await device.nextEvent { if case .upgradeFailed = $0 { true } else { false } }
        }
    }

    @Test(
        "A sensor with a socket rests when it is refused, and tries again when the door moves",
        arguments: [403, 404, 415]
    )
    func resting(code: Int) throws {
        var settings = DeviceSettings()
        settings.readingInterval = .seconds(1_000_000)
        let kind = try #require(SimulatedDeviceKind(uiid: 154))
        var rig = DeviceRig(kind, settings: settings)

        let refused = rig.register(answer: #"{"error":\#(code)}"#)
        #expect(refused.contains(.close(attempt: 1)))
        #expect(refused.told == [.refused(code)])
        #expect(rig.live(for: .seconds(3_000)).told.isEmpty)

        #expect(rig.feed(.changedLocally(["switch": "on"])).told == [.connecting])
        rig.goOnline()
        #expect(rig.behaviour.isOnline)
    }

    @Test("A sensor with a socket reports as its firmware does, in this order")
    func order() throws {
        let kind = try #require(SimulatedDeviceKind(uiid: 154))
        var rig = DeviceRig(kind)
        rig.register()

        let full = try #require(rig.receive(DeviceRig.date).sent.first)

        #expect(full.keys == ["action", "deviceid", "apikey", "userAgent", "d_seq", "params"])
        let names = full["params"]?.objectValue?.keys ?? []
        #expect(names.prefix(6) == ["init", "fwVersion", "mac", "chipid", "type", "switch"])
    }

    // MARK: Reports of a sensor with a socket. Source: `coolkit-device-side.md` §5, OPL answer handling.

    private func switchWithOPL() throws -> DeviceRig {
        var rig = DeviceRig(settings: DeviceSettings(firmware: .opl))
        rig.register()
        rig.receive(DeviceRig.date)
        rig.receive(DeviceRig.good)
        return rig
    }

    private func answer(to message: JSONObject?) -> String {
        #"{"error":0,"deviceid":"1000a1b2c3","d_seq":\#(message?["d_seq"]?.text ?? "")}"#
    }

    @Test("A report waits until the one before is answered with its d_seq")
    func oneAtATime() throws {
        var rig = try switchWithOPL()

        let first = rig.feed(.changedLocally(["switch": "on"])).sent
        let second = rig.feed(.changedLocally(["switch": "off"])).sent

        #expect(first.map { $0["params"] } == [["switch": "on"]])
        #expect(second.isEmpty)
        #expect(rig.receive(#"{"error":0,"d_seq":1}"#).isEmpty)
        let refusal = answer(to: first.first).replacing(#""error":0"#, with: #""error":406"#)
        #expect(rig.receive(refusal).sent.isEmpty)
        let next = rig.receive(answer(to: first.first)).sent
        #expect(next.map { $0["params"] } == [["switch": "off"]])
        #expect(rig.receive(answer(to: next.first)).isEmpty)
    }

    @Test("A report without answer is repeated once after 40 s, the last one twice, then dropped")
    func repeats() throws {
        var rig = try switchWithOPL()
        let first = rig.feed(.changedLocally(["switch": "on"])).sent
        rig.feed(.changedLocally(["switch": "off"]))

        #expect(try rig.fire(.report).sent == first)
        let next = try rig.fire(.report).sent
        #expect(next.map { $0["params"] } == [["switch": "off"]])
        #expect(try rig.fire(.report).sent == next)
        #expect(try rig.fire(.report).sent == next)
        #expect(try rig.fire(.report).sent.isEmpty)
        #expect(rig.now == .seconds(200))
    }

    @Test("Only so many reports wait, and none of them for the next connection")
    func bound() throws {
        var rig = try switchWithOPL()
        var sent = rig.feed(.changedLocally(["number": 0])).sent
        for number in 1...50 { rig.feed(.changedLocally(["number": JSON(number)])) }

        var numbers: [Int?] = []
        while let message = sent.first {
            numbers.append(message["params"]?["number"]?.intValue)
            sent = rig.receive(answer(to: message)).sent
        }
        #expect(numbers == [0] + Array(20...50))

        rig.feed(.changedLocally(["switch": "on"]))
        rig.feed(.changedLocally(["switch": "off"]))
        rig.feed(.arrived(attempt: 1, .closed(code: nil)))
        rig.feed(.connected(attempt: 2))
        rig.receive(DeviceRig.goodRegister)
        rig.receive(DeviceRig.date)
        #expect(rig.receive(DeviceRig.good).sent.isEmpty)
        #expect(rig.feed(.changedLocally(["switch": "on"])).sent.count == 1)
    }
}
