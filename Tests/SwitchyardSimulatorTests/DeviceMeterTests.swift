import CoolkitWire
import SwitchyardSimulator
import Testing

/// Power, energy and histories.
///
/// Source: `uiid-catalogue.md` §5.
@Suite struct DeviceMeterTests {
    private func config(_ rig: inout DeviceRig, _ params: String) -> JSON? {
        rig.receive(commandText(params)).sent.first?["config"]
    }

    @Test(
        "Power follows the relay, in the units of the family",
        arguments: [
            (32, #"{"switch":"on"}"#, "power", JSON.string("60.05")),
            (182, #"{"switches":[{"switch":"on","outlet":0}]}"#, "power", "60.05"),
            (190, #"{"switches":[{"switch":"on","outlet":0}]}"#, "power", 6_005),
            (276, #"{"switches":[{"switch":"on","outlet":0}]}"#, "current", 26),
            (126, #"{"switches":[{"switch":"on","outlet":1}]}"#, "actPow_01", 6_005),
            (226, #"{"switch":true}"#, "phase_0_p", 6_005), (277, #"{"switch":"on"}"#, "power", 6_005),
        ]
    )
    func follows(uiid: Int, command: String, key: String, expected: JSON) throws {
        var rig = try DeviceRig.online(uiid: uiid)

        let report = rig.receive(commandText(command)).sent.last

        #expect(report?["params"]?[key] == expected)
    }

    @Test("Channels of one device measure for themselves")
    func channels() throws {
        var rig = try DeviceRig.online(uiid: 126)

        let report = rig.receive(commandText(#"{"switches":[{"switch":"on","outlet":1}]}"#)).sent.last

        #expect(report?["params"]?["actPow_00"] == nil)
        #expect(rig.behaviour.params["actPow_00"] == 0)
        #expect(rig.behaviour.params["apparentPow_01"]?.intValue ?? 0 > 6_005)
    }

    @Test(
        "An app that watches gets readings every 5 s for as long as it asked",
        arguments: [
            #"{"uiActive":60}"#, #"{"uiActive":{"time":60,"outlet":0}}"#,
        ]
    )
    func watched(command: String) throws {
        var rig = try DeviceRig.online(uiid: 32)
        rig.receive(commandText(#"{"switch":"on"}"#))
        rig.receive(commandText(command))

        let watched = DeviceRig.reports(rig.live(for: .seconds(60)))
        let unwatched = DeviceRig.reports(rig.live(for: .seconds(3_600)))

        #expect((3...14).contains(watched.count))
        #expect(unwatched.allSatisfy { $0["power"] == nil })
    }

    @Test("Energy accumulates while the relay is on")
    func energy() throws {
        var rig = try DeviceRig.online(uiid: 190)
        rig.live(for: .seconds(3_600))
        #expect(rig.behaviour.params["dayKwh"] == 0)

        rig.receive(commandText(#"{"switches":[{"switch":"on","outlet":0}]}"#))
        rig.live(for: .seconds(5_400))

        // 10 to 120 W for an hour and a half, up to midnight: hundredths of a kilowatt hour.
        let day = try #require(rig.behaviour.params["dayKwh"]?.intValue)
        #expect((1...18).contains(day))
        let week = try #require(rig.behaviour.params["weekKwh"]?.intValue)
        #expect(week >= day)
    }

    @Test("A hundred days are 600 characters, newest first, and the same when asked again")
    func hundredDays() throws {
        var rig = try DeviceRig.online(uiid: 32)

        let first = config(&rig, #"{"hundredDaysKwh":"get"}"#)?["hundredDaysKwhData"]?.stringValue
        let second = config(&rig, #"{"hundredDaysKwh":"get"}"#)?["hundredDaysKwhData"]?.stringValue

        #expect(first?.count == 600)
        #expect(first?.hasPrefix("000000") == true)
        #expect(first == second)
        #expect(rig.behaviour.params["hundredDaysKwh"] == nil)
    }

    @Test("At midnight UTC today becomes yesterday")
    func midnight() throws {
        var rig = try DeviceRig.online(uiid: 32)
        rig.receive(commandText(#"{"switch":"on"}"#))
        // The server has set the clock to 22:20.
        rig.live(for: .seconds(5_400))
        let before = try #require(config(&rig, #"{"hundredDaysKwh":"get"}"#)?["hundredDaysKwhData"]?.stringValue)

        rig.live(for: .seconds(620))
        let after = try #require(config(&rig, #"{"hundredDaysKwh":"get"}"#)?["hundredDaysKwhData"]?.stringValue)

        #expect(before.prefix(6) != "000000")
        #expect(after.prefix(6) == "000000")
        #expect(after.dropFirst(12).prefix(588) == before.dropFirst(6).prefix(588))
    }

    @Test("The histories of other families come in the acknowledgement, too")
    func otherHistories() throws {
        var dual = try DeviceRig.online(uiid: 126)
        var plug = try DeviceRig.online(uiid: 190)

        let days = config(&dual, #"{"getKwh_01":2}"#)?["kwhHistories_01"]?.stringValue
        let hours = config(&plug, #"{"getHoursKwh":{"start":0,"end":24}}"#)?["hoursKwhData"]?.stringValue

        #expect(days?.count == 400)
        #expect(hours?.count == 96)
    }

    @Test("The counter of one kWh starts, stops and is read")
    func counter() throws {
        var rig = try DeviceRig.online(uiid: 5)
        rig.receive(commandText(#"{"switch":"on"}"#))

        let start = rig.receive(commandText(#"{"oneKwh":"start"}"#)).sent.last
        #expect(start?["params"]?["startTime"] == "2023-11-14T22:20:00.000Z")
        rig.live(for: .seconds(3_600))
        let counted = config(&rig, #"{"oneKwh":"get"}"#)?["oneKwhData"]?.stringValue.flatMap(Double.init)
        #expect((0.01...0.12).contains(counted ?? 0))
        let stop = rig.receive(commandText(#"{"oneKwh":"stop"}"#)).sent.last
        #expect(stop?["params"]?["endTime"] == "2023-11-14T23:20:00.000Z")
        let data = rig.behaviour.params["oneKwhData"]
        rig.live(for: .seconds(3_600))
        #expect(config(&rig, #"{"oneKwh":"get"}"#)?["oneKwhData"] == data)
    }
}
