import CoolkitWire
import SwitchyardSimulator
import Testing

/// Sensors, remotes and thermostats.
///
/// Source: `uiid-catalogue.md` §6 and §9, `coolkit-v1-http.md` §6.1.
@Suite struct DeviceSensorTests {
    @Test(
        "Every sensor drifts by itself and stays in its range",
        arguments: [
            (18, "light", 1, 10), (18, "dusty", 1, 10), (19, "humidity", 20, 90), (266, "co2", 400, 2_500),
            (133, "temperature", 5, 40),
        ]
    )
    func drift(uiid: Int, key: String, lowest: Int, highest: Int) throws {
        var rig = try DeviceRig.online(uiid: uiid)

        let values = DeviceRig.reports(rig.live(for: .seconds(36_000))).compactMap { $0[key]?.intValue }

        #expect(values.count > 5)
        #expect(values.allSatisfy { (lowest...highest).contains($0) })
    }

    @Test("A battery sinks slowly and never rises", arguments: [102, 154])
    func battery(uiid: Int) throws {
        var rig = try DeviceRig.online(uiid: uiid, settings: DeviceSettings(firmware: .emulated))

        let values = DeviceRig.reports(rig.live(for: .seconds(90_000)))
            .compactMap { $0["battery"]?.numberValue?.double }

        #expect(values.count > 2)
        #expect(values == values.sorted(by: >))
    }

    @Test("Motion clears after a minute, with the time of both")
    func motion() throws {
        var rig = try DeviceRig.online(uiid: 66, subDevices: [2026])

        let reports = DeviceRig.subDeviceReports(rig.live(for: .seconds(20_000))).filter { $0["motion"] != nil }

        #expect(reports.count > 3)
        for (index, report) in reports.enumerated() {
            #expect(report["motion"] == (index % 2 == 0 ? 1 : 0))
            #expect(report["trigTime"]?.stringValue?.count == 13)
        }
        let times = reports.compactMap { $0["trigTime"]?.intValue }
        for pair in stride(from: 0, to: times.count - 1, by: 2) { #expect(times[pair + 1] - times[pair] == 60_000) }
    }

    @Test("A door sensor says why it reports: opened 3, closed 2, every hour 4")
    func door() throws {
        var rig = try DeviceRig.online(uiid: 154)

        let reports = DeviceRig.reports(rig.live(for: .seconds(20_000))).filter { $0["switch"] != nil }

        #expect(Set(reports.map { $0["type"] }) == [2, 3, 4])
        for report in reports where report["type"] != 4 {
            #expect(report["switch"] == (report["type"] == 3 ? "on" : "off"))
        }
    }

    @Test("A door that is held open is reminded of, when the owner wants it")
    func holdReminder() throws {
        var settings = DeviceSettings()
        // Nobody opens the door but the test.
        settings.readingInterval = .seconds(1_000_000)
        settings.signalInterval = .seconds(1_000_000)
        settings.firmware = .emulated
        var rig = try DeviceRig.online(uiid: 154, settings: settings)
        rig.receive(commandText(#"{"holdReminder":{"enabled":1,"switch":"on","time":5}}"#))

        let opened = rig.feed(.changedLocally(["switch": "on"]))
        #expect(DeviceRig.reports(opened).map { $0["type"] } == [3])
        #expect(rig.live(for: .seconds(299)).sent.isEmpty)
        #expect(DeviceRig.reports(rig.live(for: .seconds(1))) == [["type": 7, "switch": "on"]])
    }

    @Test("A door that was closed again is not reminded of")
    func closedInTime() throws {
        var settings = DeviceSettings()
        settings.readingInterval = .seconds(1_000_000)
        settings.signalInterval = .seconds(1_000_000)
        settings.firmware = .emulated
        var rig = try DeviceRig.online(uiid: 154, settings: settings)
        rig.receive(commandText(#"{"holdReminder":{"enabled":1,"switch":"on","time":5}}"#))
        rig.feed(.changedLocally(["switch": "on"]))
        rig.feed(.changedLocally(["switch": "off"]))

        #expect(rig.live(for: .seconds(600)).sent.isEmpty)
    }

    @Test("A remote is pressed now and then, and says when", arguments: [174, 177])
    func remote(uiid: Int) throws {
        var rig = try DeviceRig.online(uiid: uiid)

        let presses = DeviceRig.reports(rig.live(for: .seconds(20_000))).filter { $0["key"] != nil }

        #expect(presses.count > 5)
        #expect(presses.allSatisfy { (0...2).contains($0["key"]?.intValue ?? -1) })
        #expect(presses.allSatisfy { (0...5).contains($0["outlet"]?.intValue ?? -1) })
        #expect(presses.allSatisfy { $0["actionTime"]?.stringValue?.hasSuffix("Z") == true })
    }

    @Test(
        "A thermostat heats below its target and says so",
        arguments: [(127, "targetTemp", 30), (7017, "curTargetTemp", 300)]
    )
    func heating(uiid: Int, key: String, target: Int) throws {
        var rig = try DeviceRig.online(uiid: uiid)
        let before = try #require(rig.behaviour.params["temperature"]?.numberValue?.double)

        let heats = rig.receive(commandText(#"{"\#(key)":\#(target)}"#)).sent.last
        rig.live(for: .seconds(1_500))

        #expect(heats?["params"]?["workState"] == 1)
        #expect(try #require(rig.behaviour.params["temperature"]?.numberValue?.double) > before)
    }
}
