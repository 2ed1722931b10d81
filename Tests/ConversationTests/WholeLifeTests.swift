import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

/// The simulated device and app through their whole life, over HTTP and sockets.
///
/// Source: `coolkit-device-side.md` §9.
@Suite struct WholeLifeTests {
    @Test(
        "Device and app meet through dispatch, and a command goes there and back",
        // OPL firmware ends a line of its upgrade with a bare line feed, which the public listener does not take.
        arguments: [
            (DeviceFirmware.emulated, TestListener.public), (.emulated, .device), (.emulated, .plain),
            (.sonoff155, .public), (.sonoff155, .device), (.sonoff155, .plain), (.opl, .device), (.opl, .plain),
        ]
    )
    func meet(firmware: DeviceFirmware, listener: TestListener) async throws {
        try await withLife(firmware: firmware, listener: listener) { life in
            try await life.device.waitUntilOnline()
            let list = try await life.app.devices()
            #expect(list.map { $0["deviceid"]?.stringValue } == [Stage.deviceID])
            #expect(list.first?["online"] == true)

            let answer = try await life.app.update(life.deviceID, params: ["switch": "on"])

            #expect(answer["error"] == 0)
            let report = try await life.app.nextPush { $0["params"]?["switch"] == "on" }
            #expect(report["action"] == "update")
            #expect(report["from"] == "device")
            #expect(life.device.params["switch"] == "on")
            let state = try await life.app.query(life.deviceID, names: ["switch"])
            #expect(state["params"] == ["switch": "on"])
        }
    }

    @Test("A press on the button reaches the app, and the stored state")
    func button() async throws {
        try await withLife { life in
            try await life.device.waitUntilOnline()

            life.device.localChange(["switch": "on"])

            _ = try await life.app.nextPush { $0["params"]?["switch"] == "on" }
            let state = try await life.app.query(life.deviceID, names: ["switch"])
            #expect(state["params"] == ["switch": "on"])
        }
    }

    @Test("A device whose link is cut is back at once, and no app hears of it")
    func cut() async throws {
        try await withLife { life in
            try await life.device.waitUntilOnline()
            _ = try await life.app.nextPush { $0["action"] == "sysmsg" }

            life.device.cutConnection()
            try await life.device.waitUntilOnline()

            let answer = try await life.app.update(life.deviceID, params: ["switch": "on"])
            #expect(answer["error"] == 0)
            let presence = try life.app.drainArrivals().filter { arrival in
                if case .push(let push) = arrival { push["action"] == "sysmsg" } else { false }
            }
            #expect(presence.isEmpty)
        }
    }

    @Test("A device that is turned away waits as its back-off says, and comes back when it may")
    func backOff() async throws {
        // On one loop the app's ping shows that the device's end has been dealt with.
        try await withLife(eventLoops: 1) { life in
            try await life.device.waitUntilOnline()
            _ = try await life.app.nextPush { $0["params"]?["online"] == true }
            let sessions = life.server.switchyard.sessions

            // Ten refused handshakes from this address: upgrades get 429 for a minute.
            for _ in 0..<10 { try await life.failHandshake() }
            life.device.cutConnection()
            #expect(try await life.nextDisconnection().wait == .zero)
            #expect(try await life.nextDisconnection().wait == .seconds(30))

            try await eventually("the server to notice the loss") { sessions.sessions().count == 1 }
            try await life.app.ping()
            life.server.clocks.advance(by: .seconds(3))
            _ = try await life.app.nextPush { $0["params"]?["online"] == false }
            let refusal = try await life.app.update(life.deviceID, params: ["switch": "on"])
            #expect(refusal["error"] == 503)

            try await life.deviceClock.advance(by: .seconds(30))
            let third = try await life.nextDisconnection()
            #expect(third.reason.contains("429"))
            #expect(third.wait == .seconds(30))

            life.server.clocks.advance(by: .seconds(60))
            try await life.deviceClock.advance(by: third.wait)
            try await life.waitOutUntilOnline()
            _ = try await life.app.nextPush { $0["params"]?["online"] == true }
            let answer = try await life.app.update(life.deviceID, params: ["switch": "on"])
            #expect(answer["error"] == 0)
        }
    }

    @Test("A deleted device is told and stops")
    func deleted() async throws {
        try await withLife(endsByItself: true) { life in
            try await life.device.waitUntilOnline()

            let owner = try await life.server.switchyard.accounts.account(named: life.app.credentials.account)
            _ = try await life.server.switchyard.devices.remove(life.deviceID, by: owner.id)

            let event = try await life.device.nextEvent { if case .refused = $0 { true } else { false } }
            #expect(event == .refused(415))
        }
    }
}
