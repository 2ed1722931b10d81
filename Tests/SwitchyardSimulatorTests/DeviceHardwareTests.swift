import CoolkitWire
import SwitchyardSimulator
import Testing

/// Relays, covers and radio: what the hardware does by itself after a command.
///
/// Source: `uiid-catalogue.md` §1, §4, §8.
@Suite struct DeviceHardwareTests {
    private func switches(_ rig: DeviceRig) -> [Bool] {
        rig.behaviour.params["switches"]?.arrayValue?.map { $0["switch"] == "on" } ?? []
    }

    @Test("Inching switches back when its width is over, and reports it")
    func inching() throws {
        var rig = DeviceRig.online()
        rig.receive(commandText(#"{"pulse":"on","pulseWidth":1500}"#))
        rig.receive(commandText(#"{"switch":"on"}"#))

        #expect(rig.live(for: .milliseconds(1_499)).sent.isEmpty)
        #expect(DeviceRig.reports(rig.live(for: .milliseconds(1))) == [["switch": "off"]])
    }

    @Test("Each outlet has its own inching, and switching off by hand ends it")
    func outletInching() throws {
        var rig = DeviceRig.online(.fourChannelSwitch)
        rig.receive(
            commandText(#"{"pulses":[{"pulse":"on","width":500,"outlet":1},{"pulse":"on","width":1000,"outlet":2}]}"#)
        )
        rig.receive(
            commandText(
                #"{"switches":[{"switch":"on","outlet":0},{"switch":"on","outlet":1},{"switch":"on","outlet":2}]}"#
            )
        )

        rig.live(for: .milliseconds(500))
        #expect(switches(rig) == [true, false, true, false])
        rig.receive(commandText(#"{"switches":[{"switch":"off","outlet":2}]}"#))
        #expect(rig.live(for: .seconds(5)).sent.isEmpty)
        #expect(switches(rig) == [true, false, false, false])
    }

    @Test("Interlock leaves the outlet on that was switched on last")
    func interlock() throws {
        var rig = DeviceRig.online(.fourChannelSwitch)
        rig.receive(commandText(#"{"switches":[{"switch":"on","outlet":1},{"switch":"on","outlet":3}]}"#))

        let locked = rig.receive(commandText(#"{"lock":1}"#)).sent
        #expect(switches(rig) == [false, true, false, false])
        #expect(locked.last?["params"]?["switches"]?.arrayValue?.count == 4)
        rig.receive(commandText(#"{"switches":[{"switch":"on","outlet":0}]}"#))
        #expect(switches(rig) == [true, false, false, false])
    }

    @Test("A fan's two higher gears exclude each other")
    func fan() throws {
        var rig = try DeviceRig.online(uiid: 34)
        rig.receive(commandText(#"{"switches":[{"switch":"on","outlet":1},{"switch":"on","outlet":2}]}"#))
        #expect(switches(rig) == [false, true, true, false])

        rig.receive(commandText(#"{"switches":[{"switch":"on","outlet":3}]}"#))
        #expect(switches(rig) == [false, true, false, true])
    }

    @Test(
        "A curtain moves, stops on command, and tells where it has come to",
        arguments: [
            (11, #"{"switch":"off"}"#, #"{"switch":"pause"}"#, "setclose", 30, 100),
            (67, #"{"op":1}"#, #"{"op":2}"#, "per", 30, 100),
        ]
    )
    func cover(uiid: Int, start: String, pause: String, position: String, half: Int, end: Int) throws {
        var rig = try DeviceRig.online(uiid: uiid)
        rig.receive(commandText(start))
        rig.live(for: .seconds(3))

        let stopped = rig.receive(commandText(pause)).sent
        #expect(stopped.last?["params"]?[position] == JSON(half))
        rig.receive(commandText(start))
        let arrived = DeviceRig.reports(rig.live(for: .seconds(8)))
        #expect(arrived.map { $0[position] } == [JSON(end)])
        #expect(rig.behaviour.params[position] == JSON(end))
    }

    @Test("The motor of a DualR3 moves in motor mode only")
    func motor() throws {
        var rig = try DeviceRig.online(uiid: 126)
        rig.receive(commandText(#"{"motorTurn":1}"#))
        rig.live(for: .seconds(20))
        #expect(rig.behaviour.params["currLocation"] == 0)

        rig.receive(commandText(#"{"workMode":2,"location":40}"#))
        rig.live(for: .seconds(20))
        #expect(rig.behaviour.params["currLocation"] == 40)
    }

    @Test("An RF bridge learns after the acknowledgement, with the complete list, then sends what it knows")
    func learning() throws {
        var rig = try DeviceRig.online(uiid: 28)

        let capture = rig.receive(commandText(#"{"cmd":"capture","rfChl":0}"#)).sent
        #expect(capture.first?["error"] == 0)
        let learnt = try #require(DeviceRig.reports(rig.live(for: .seconds(2))).first)
        let list = try #require(learnt["rfList"]?.arrayValue)
        #expect(list.map { $0["rfChl"] } == [0])
        #expect(list.first?["rfVal"]?.stringValue?.count == 24)

        rig.receive(commandText(#"{"cmd":"capture","rfChl":5}"#))
        let second = try #require(DeviceRig.reports(rig.live(for: .seconds(2))).first)
        #expect(second["rfList"]?.arrayValue?.map { $0["rfChl"] } == [0, 5])
        #expect(rig.receive(commandText(#"{"cmd":"transmit","rfChl":5}"#)).sent.first?["error"] == 0)
    }

    @Test("A cancelled capture learns nothing")
    func captureCancelled() throws {
        var rig = try DeviceRig.online(uiid: 28)
        rig.receive(commandText(#"{"cmd":"capture","rfChl":0}"#))

        rig.receive(commandText(#"{"cmd":"captureCancel"}"#))

        #expect(rig.live(for: .seconds(10)).sent.isEmpty)
        #expect(rig.behaviour.params["rfList"] == [])
    }

    @Test("A channel can be edited, and an armed bridge tells of remotes that it hears, a disarmed one does not")
    func trigger() throws {
        var rig = try DeviceRig.online(uiid: 28)
        let edited = rig.receive(commandText(#"{"cmd":"edit","rfChl":2,"rfVal":"ABC"}"#)).sent
        #expect(edited.last?["params"]?["rfList"] == [["rfChl": 2, "rfVal": "ABC"]])

        let heard = DeviceRig.reports(rig.live(for: .seconds(7_200)))
        rig.receive(commandText(#"{"setState":"disarm"}"#))
        let deaf = DeviceRig.reports(rig.live(for: .seconds(7_200))).filter { $0["rfTrig2"] != nil }

        #expect(heard.contains { $0["cmd"] == "trigger" && $0["rfTrig2"]?.stringValue?.hasSuffix("Z") == true })
        #expect(deaf.isEmpty)
    }

    @Test("The signal strength is reported when it changes class, not before")
    func signal() throws {
        var rig = DeviceRig.online()
        let classes = { (rssi: Int) in [-92, -77, -62].filter { rssi < $0 }.count }
        var last = -55

        let reported = DeviceRig.reports(rig.live(for: .seconds(200_000))).compactMap { $0["rssi"]?.intValue }

        #expect(reported.count > 2)
        for rssi in reported {
            #expect(classes(rssi) != classes(last))
            last = rssi
        }
    }
}
