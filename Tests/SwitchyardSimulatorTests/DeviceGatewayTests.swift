import CoolkitWire
import SwitchyardSimulator
import Testing

/// Gateways and their sub-devices.
///
/// Source: `uiid-catalogue.md` §8 and §9, `coolkit-websocket.md` §5.
@Suite struct DeviceGatewayTests {
    private func ids(_ rig: DeviceRig) -> [String] {
        rig.behaviour.params["subDevices"]?.arrayValue?.compactMap { $0["deviceid"]?.stringValue } ?? []
    }

    private func command(_ id: String, _ params: String) -> String {
        commandText(params).replacing("1000a1b2c3", with: id)
    }

    @Test("A gateway lists its sub-devices after the query, then each reports its state", arguments: [66, 168, 243])
    func start(uiid: Int) throws {
        let kind = try #require(SimulatedDeviceKind(uiid: uiid))
        var rig = DeviceRig(kind, subDevices: [1770, 2026])
        rig.register()
        rig.receive(DeviceRig.date)
        let full = rig.receive(DeviceRig.good).sent
        let list = rig.receive(DeviceRig.noTimers).sent

        #expect(full.map { $0["action"] } == ["query"])
        #expect(list.map { $0["action"] } == ["reportSubDevice"])
        #expect(list.first?["params"]?["subDevices"] == rig.behaviour.params["subDevices"])
        #expect(list.first?["params"]?["subDevices"]?.arrayValue?.map { $0["uiid"] } == [1770, 2026])
        let states = rig.receive(DeviceRig.good).sent
        #expect(states.map { $0["deviceid"]?.stringValue } == ids(rig))
        #expect(states.first?["params"]?["temperature"] == "2150")
        #expect(states.last?["params"]?["motion"] == 0)
        #expect(rig.behaviour.isOnline)
    }

    @Test("The deviceid of a sub-device begins with a4, and no two are alike")
    func identifiers() throws {
        let rig = try DeviceRig.online(uiid: 66)

        #expect(ids(rig).count == 8)
        #expect(Set(ids(rig)).count == 8)
        for id in ids(rig) {
            #expect(id.hasPrefix("a4"))
            #expect(id.count == 10)
        }
    }

    @Test("A server that refuses the list has the gateway online all the same")
    func refusedList() throws {
        let kind = try #require(SimulatedDeviceKind(uiid: 66))
        var rig = DeviceRig(kind)
        rig.register()
        for answer in [DeviceRig.date, DeviceRig.good, DeviceRig.noTimers] { rig.receive(answer) }

        let told = rig.receive(#"{"error":400}"#).told

        #expect(told == [.answeredWithError(400), .online])
        #expect(DeviceRig.subDeviceReports(rig.live(for: .seconds(3_600))).isEmpty)
    }

    @Test("A command with a sub-device's deviceid switches it, and is answered in its name")
    func command() throws {
        var rig = try DeviceRig.online(uiid: 168, subDevices: [1009, 3258])
        let plug = try #require(ids(rig).first)

        let actions = rig.receive(command(plug, #"{"switch":"on"}"#))

        let sent = actions.sent
        #expect(sent.map { $0["deviceid"] } == [.string(plug), .string(plug)])
        #expect(sent.first?["error"] == 0)
        #expect(sent.first?["sequence"] == "1700000500000")
        #expect(sent.last?["params"] == ["switch": "on"])
        let id = try #require(DeviceID(plug))
        #expect(actions.told == [.subDeviceCommand(id, ["switch": "on"]), .subDeviceReport(id, ["switch": "on"])])
        #expect(rig.behaviour.params["switch"] == nil)
    }

    @Test("What a sub-device cannot apply is refused in its name; an unknown one in the gateway's")
    func refused() throws {
        var rig = try DeviceRig.online(uiid: 66, subDevices: [3258, 1770])
        let (light, sensor) = (ids(rig)[0], ids(rig)[1])

        let bad = [
            command(light, #"{"hue":360}"#), command(sensor, #"{"temperature":"1"}"#),
            command("a4ffffffff", #"{"switch":"on"}"#),
        ].map { rig.receive($0).sent }

        #expect(bad.map { $0.map { $0["error"] } } == [[400], [400], [400]])
        #expect(bad.map { $0.first?["deviceid"]?.stringValue } == [light, sensor, "1000a1b2c3"])
    }

    @Test("Sub-devices inch, move and drift by themselves")
    func hardware() throws {
        var rig = try DeviceRig.online(uiid: 66, subDevices: [1514, 1770])

        rig.receive(command(ids(rig)[0], #"{"curtainAction":"open"}"#))
        let reports = DeviceRig.subDeviceReports(rig.live(for: .seconds(600)))

        #expect(reports.contains { $0["curPercent"] == 100 && $0["openPercent"] == 100 })
        let climate = reports.filter { $0["temperature"] != nil }
        #expect(climate.count > 5)
        #expect(climate.allSatisfy { $0["trigTime"]?.stringValue?.count == 13 })
    }

    @Test("A gateway told to search finds one more sub-device and tells of it")
    func search() throws {
        var rig = try DeviceRig.online(uiid: 66, subDevices: [1770])

        rig.receive(commandText(#"{"addSubDevState":"on"}"#))
        let sent = rig.live(for: .seconds(5)).sent

        #expect(ids(rig).count == 2)
        #expect(sent.map { $0["action"] } == ["reportSubDevice", "update"])
        #expect(sent[0]["params"]?["subDevices"]?.arrayValue?.count == 2)
        #expect(sent[1]["params"]?["addSubDevState"] == "off")
        #expect(sent[1]["params"]?["subDevices"] == rig.behaviour.params["subDevices"])
        // Not before the server knows it.
        rig.live(for: .seconds(300))
        let sequence = try #require(sent[0]["d_seq"])
        let first = rig.receive(#"{"error":0,"deviceid":"1000a1b2c3","d_seq":\#(sequence.text)}"#).sent
        #expect(first.contains { $0["deviceid"]?.stringValue == ids(rig)[1] })
    }

    @Test("A search that is called off finds nothing, and a full gateway neither")
    func searchInVain() throws {
        var rig = try DeviceRig.online(uiid: 66, subDevices: Array(repeating: 1009, count: 32))
        rig.receive(commandText(#"{"addSubDevState":"on"}"#))
        rig.live(for: .seconds(10))
        #expect(ids(rig).count == 32)

        var other = try DeviceRig.online(uiid: 66, subDevices: [1009])
        other.receive(commandText(#"{"addSubDevState":"on"}"#))
        other.receive(commandText(#"{"addSubDevState":"off"}"#))
        other.live(for: .seconds(10))
        #expect(ids(other).count == 1)
    }
}
