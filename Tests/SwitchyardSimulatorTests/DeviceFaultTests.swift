import CoolkitWire
import SwitchyardSimulator
import Testing

/// Faults on demand.
@Suite struct DeviceFaultTests {
    private func online(_ faults: String..., uiid: Int = 1, seed: UInt64 = 0) throws -> DeviceRig {
        var settings = DeviceSettings()
        settings.seed = seed
        settings.faults = try faults.map { try DeviceFault($0) }
        return try DeviceRig.online(uiid: uiid, settings: settings)
    }

    @Test(
        "A fault is read with its settings",
        arguments: [
            ("drop", DeviceFault.Kind.drop, 1_000_000, 3.0), ("slow:p=0.25,delay=1.5", .slow, 250_000, 1.5),
            ("noack:p=0", .noack, 0, 3), ("badjson:p=1", .badjson, 1_000_000, 3),
        ]
    )
    func read(text: String, kind: DeviceFault.Kind, millionths: Int, delay: Double) throws {
        let fault = try DeviceFault(text)

        #expect(fault.kind == kind)
        #expect(fault.millionths == millionths)
        #expect(fault.delay == .seconds(delay))
        let flap = try DeviceFault("flap:up=7,down=2")
        #expect(flap.up == .seconds(7))
        #expect(flap.down == .seconds(2))
    }

    @Test(
        "What is no fault is refused with a message that says why",
        arguments: [
            ("", "fault '' is none of drop, slow, noack, badjson, flap"),
            ("rain", "fault 'rain' is none of drop, slow, noack, badjson, flap"),
            ("drop:p=1.1", "'p=1.1' is no setting of fault drop"),
            ("drop:delay=1", "'delay=1' is no setting of fault drop"),
            ("slow:up=1", "'up=1' is no setting of fault slow"),
            ("slow:delay=86401", "'delay=86401' is no setting of fault slow"),
            ("flap:p=0.5", "'p=0.5' is no setting of fault flap"),
            ("slow:p", "fault 'slow:p' is written NAME:KEY=NUMBER,…"),
            ("slow:p=-1", "fault 'slow:p=-1' is written NAME:KEY=NUMBER,…"),
            ("slow:", "fault 'slow:' is written NAME:KEY=NUMBER,…"),
            ("slow:p=nan", "fault 'slow:p=nan' is written NAME:KEY=NUMBER,…"),
        ]
    )
    func unreadable(text: String, message: String) {
        #expect(throws: SimulatorError(.invalidInput, message)) { try DeviceFault(text) }
    }

    @Test("drop: the command takes effect, the link is cut before the answer, and the full report tells")
    func drop() throws {
        var rig = try online("drop")

        let actions = rig.receive(commandText(#"{"switch":"on"}"#))

        #expect(actions.sent.isEmpty)
        #expect(actions.contains(.abort(attempt: 1)))
        #expect(actions.told.map(\.name) == ["fault", "command", "disconnected", "connecting"])
        rig.feed(.connected(attempt: 2))
        rig.receive(DeviceRig.goodRegister)
        #expect(rig.receive(DeviceRig.date).sent.first?["params"]?["switch"] == "on")
    }

    @Test("drop and slow leave an upgrade alone, so that it comes to an end", arguments: ["drop", "slow"])
    func upgrade(fault: String) throws {
        var rig = try online(fault)

        #expect(rig.receive(DeviceUpgradeTests.command()).told == [.upgrading(version: "3.3.0")])
        #expect(rig.feed(.downloaded(failure: "gone")).sent.map { $0["error"] } == [404])
        #expect(rig.receive(DeviceUpgradeTests.command()).told == [.upgrading(version: "3.3.0")])
    }

    @Test("drop: a command to a sub-device is told, too")
    func subDevice() throws {
        var rig = try online("drop", uiid: 66)
        let plug = rig.behaviour.params["subDevices"]?.arrayValue?.first { $0["uiid"] == 1009 }
        let id = try #require(plug?["deviceid"]?.stringValue)

        let told = rig.receive(commandText(#"{"switch":"on"}"#).replacing("1000a1b2c3", with: id)).told

        #expect(told.contains { $0.subDevice?.rawValue == id && $0.name == "command" })
    }

    @Test("noack: nothing is applied and nothing said")
    func noack() throws {
        var rig = try online("noack")

        let actions = rig.receive(commandText(#"{"switch":"on"}"#))

        #expect(actions.sent.isEmpty)
        #expect(actions.told.map(\.name) == ["fault", "command"])
        #expect(rig.behaviour.params["switch"] == "off")
        #expect(rig.behaviour.isOnline)
    }

    @Test("slow: answer and report come late, in order, and not on another connection")
    func slow() throws {
        var rig = try online("slow:delay=10")

        let now = rig.receive(commandText(#"{"switch":"on"}"#))
        rig.live(for: .seconds(4))
        rig.receive(commandText(#"{"startup":"on"}"#, sequence: #""2""#))

        #expect(now.sent.isEmpty)
        #expect(now.told.map(\.name) == ["fault"])
        #expect(rig.live(for: .milliseconds(5_999)).sent.isEmpty)
        let first = rig.live(for: .milliseconds(1)).sent
        #expect(first.map { $0["sequence"] } == ["1700000500000", nil])
        #expect(first.last?["params"] == ["switch": "on"])
        rig.feed(.arrived(attempt: 1, .closed(code: nil)))
        #expect(rig.live(for: .seconds(20)).sent.isEmpty)
    }

    @Test("slow: only so many answers are held back, then the oldest goes out early")
    func bound() throws {
        var rig = try online("slow:delay=60")
        var early: [JSONObject] = []

        for number in 0..<70 {
            early += rig.receive(commandText(#"{"switch":"off"}"#, sequence: "\"\(number)\"")).sent
        }

        #expect(early.map { $0["sequence"]?.intValue } == [0, 1, 2, 3, 4, 5])
        #expect(rig.live(for: .seconds(60)).sent.count == 64)
    }

    @Test("badjson: acknowledgement and report are cut, and no JSON any more")
    func badJSON() throws {
        var rig = try online("badjson")

        let actions = rig.receive(commandText(#"{"switch":"on"}"#))

        let texts = actions.compactMap { if case .sendText(let text) = $0 { text } else { nil } }
        #expect(actions.sent.isEmpty)
        #expect(texts.count == 2)
        for text in texts {
            #expect(text.hasPrefix("{"))
            #expect(throws: (any Error).self) { try JSON(parsing: text) }
        }
        #expect(rig.behaviour.params["switch"] == "on")
    }

    @Test("flap: online for a while, away for a while, again and again")
    func flap() throws {
        var rig = try online("flap:up=20,down=5")

        for attempt in 1...3 {
            #expect(rig.live(for: .milliseconds(19_999)).told.isEmpty)
            let gone = rig.live(for: .milliseconds(1))
            #expect(gone.contains(.abort(attempt: attempt)))
            #expect(gone.told.map(\.name) == ["fault", "disconnected"])
            #expect(rig.live(for: .seconds(5)).told == [.connecting])
            rig.goOnline()
            #expect(rig.behaviour.isOnline)
        }
    }

    @Test("A fault strikes as often as it is likely, the same for the same seed")
    func chance() throws {
        var counts: [Int] = []
        for seed: UInt64 in [1, 1, 2] {
            var rig = try online("noack:p=0.3", seed: seed)
            let silent = (0..<1_000).filter { _ in rig.receive(commandText(#"{"switch":"on"}"#)).sent.isEmpty }
            counts.append(silent.reduce(0) { $0 &* 31 &+ $1 })
            #expect((230...370).contains(silent.count))
        }

        #expect(counts[0] == counts[1])
        #expect(counts[0] != counts[2])
    }

    @Test("Without faults nothing of the kind happens")
    func none() throws {
        var rig = try online("drop:p=0", "noack:p=0")

        #expect(rig.receive(commandText(#"{"switch":"on"}"#)).told.map(\.name) == ["command", "report"])
    }
}
