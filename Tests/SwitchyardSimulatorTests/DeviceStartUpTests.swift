import CoolkitWire
import SwitchyardSimulator
import Testing

/// From power-on to online.
///
/// Source: `coolkit-device-side.md` §5 and §9.
@Suite struct DeviceStartUpTests {
    @Test("A device that is switched on asks dispatch first")
    func dispatch() throws {
        var rig = DeviceRig()

        let actions = rig.feed(.started)

        let body = try object(
            #"""
            {"accept":"ws;2","version":2,"ts":0,"deviceid":"1000a1b2c3",
            "apikey":"d0d0d0d0-1111-4222-8333-444455550001","model":"PSF-B01-GL","romVersion":"3.0.1"}
            """#
        )
        let withoutTimers = actions.filter { if case .setTimer = $0 { false } else { true } }
        #expect(withoutTimers == [.tell(.connecting), .connect(attempt: 1, dispatch: body)])
    }

    @Test("register, date, full update and query follow one another, each after the answer before it")
    func order() throws {
        var rig = DeviceRig()
        rig.feed(.started)

        let register = rig.feed(.connected(attempt: 1)).sent
        let date = rig.receive(DeviceRig.goodRegister).sent
        let update = rig.receive(DeviceRig.date).sent
        let query = rig.receive(DeviceRig.good).sent
        let end = rig.receive(DeviceRig.noTimers)

        #expect(register.map { $0["action"] } == ["register"])
        #expect(date.map { $0["action"] } == ["date"])
        #expect(update.map { $0["action"] } == ["update"])
        #expect(update.first?["params"] == .object(rig.behaviour.params))
        #expect(
            query == [
                try object(
                    #"""
                    {"userAgent":"device","apikey":"\#(DeviceRig.owner)","deviceid":"1000a1b2c3","action":"query",
                    "params":["timers"]}
                    """#
                )
            ]
        )
        #expect(end == [.tell(.online)])
        #expect(rig.behaviour.isOnline)
    }

    @Test(
        "register carries the factory apikey and what the firmware sends",
        arguments: [
            (
                DeviceFirmware.emulated,
                #""version":8,"romVersion":"3.0.1","model":"PSF-B01-GL","ts":0,"mac":"MAC","chipid":"CHIP""#
            ),
            (.sonoff155, #""version":2,"romVersion":"3.0.1","model":"PSF-B01-GL","ts":0"#),
            (
                .opl,
                #""version":"8","romVersion":"3.0.1","model":"PSF-B01-GL","ts":1700000000,"d_seq":1700000000000,"chipid":"CHIP""#
            ),
        ]
    )
    func register(firmware: DeviceFirmware, members: String) throws {
        var rig = DeviceRig(settings: DeviceSettings(firmware: firmware))
        rig.feed(.started)

        let sent = rig.feed(.connected(attempt: 1)).sent

        let identity = DeviceRig.identity()
        let known = members.replacing("MAC", with: identity.mac).replacing("CHIP", with: identity.chipID)
        let expected = #"""
            {"userAgent":"device","apikey":"d0d0d0d0-1111-4222-8333-444455550001","deviceid":"1000a1b2c3","action":"register",\#(known)}
            """#
        #expect(sent.map { JSON.object($0).text } == [expected])
    }

    @Test("After register a device speaks with its owner's apikey")
    func ownerKey() {
        var rig = DeviceRig()

        let sent = rig.register().sent

        #expect(sent.map { $0["apikey"] } == [.string(DeviceRig.owner)])
    }

    @Test("OPL firmware sends no query, and a number as d_seq with everything")
    func opl() {
        var rig = DeviceRig(settings: DeviceSettings(firmware: .opl))
        rig.register()

        let update = rig.receive(DeviceRig.date).sent
        let end = rig.receive(DeviceRig.good)

        #expect(update.map { $0["d_seq"] } == [1_700_000_000_002])
        #expect(end == [.tell(.online)])
    }

    @Test("Timers that the server has kept come back with the query")
    func timers() throws {
        var rig = DeviceRig()
        rig.register()
        rig.receive(DeviceRig.date)
        rig.receive(DeviceRig.good)

        rig.receive(#"{"error":0,"params":{"timers":[{"mId":"m","enabled":1}]}}"#)

        #expect(rig.behaviour.params["timers"] == [["mId": "m", "enabled": 1]])
    }

    @Test("A refusal of register ends it all", arguments: [403, 404, 415])
    func refusal(code: Int) throws {
        var rig = DeviceRig()

        let actions = rig.register(answer: #"{"error":\#(code),"deviceid":"1000a1b2c3"}"#)

        #expect(actions == [.close(attempt: 1), .tell(.refused(code)), .stop(code)])
        #expect(rig.feed(.started).isEmpty)
        #expect(rig.feed(.changedLocally(["switch": "on"])).isEmpty)
    }

    @Test(
        "Any other error of register, or an answer without apikey, leads back to dispatch",
        arguments: [
            (#"{"error":500}"#, "register was answered with error 500"),
            (#"{"error":400}"#, "register was answered with error 400"),
            (#"{"error":0}"#, "the answer to register has no apikey"),
            (#"{"error":0,"apikey":""}"#, "the answer to register has no apikey"),
        ]
    )
    func failedRegister(answer: String, reason: String) {
        var rig = DeviceRig()

        let told = rig.register(answer: answer).told

        #expect(told == [.disconnected(reason: reason, retryAfter: .seconds(30))])
    }

    @Test("An error in the start-up talk leads back to dispatch", arguments: 0..<3)
    func errorLater(step: Int) {
        var rig = DeviceRig()
        rig.register()
        for answer in [DeviceRig.date, DeviceRig.good].prefix(step) { rig.receive(answer) }

        let told = rig.receive(#"{"error":406}"#).told

        #expect(told == [.disconnected(reason: "the server answered with error 406", retryAfter: .seconds(30))])
    }

    @Test("An answer that does not come leads back to dispatch", arguments: 0..<4)
    func silence(step: Int) throws {
        var rig = DeviceRig()
        rig.feed(.started)
        rig.feed(.connected(attempt: 1))
        for answer in [DeviceRig.goodRegister, DeviceRig.date, DeviceRig.good].prefix(step) { rig.receive(answer) }

        let actions = try rig.fire(.answer)

        #expect(actions.first == .close(attempt: 1))
        #expect(actions.told == [.disconnected(reason: "no answer came within 10.0 seconds", retryAfter: .seconds(30))])
        #expect(rig.now == .seconds(10))
    }

    @Test(
        "Text that is no message is dropped",
        arguments: [
            "", "hello", "[]", "7", "{", "{}", #"{"deviceid":"1000a1b2c3"}"#, #"{"error":"x"}"#,
        ]
    )
    func noise(text: String) {
        var rig = DeviceRig.online()

        #expect(rig.receive(text).isEmpty)
        #expect(rig.behaviour.isOnline)
    }
}
