import CoolkitWire
import SwitchyardSimulator
import Testing

/// What a command may set.
///
/// Source: `uiid-catalogue.md`, `coolkit-websocket.md` §7.
@Suite struct DeviceRuleTests {
    @Test(
        "What a device cannot apply is answered with 400, and nothing of it is applied",
        arguments: [
            (1, #"{"startup":"stay","switch":"maybe"}"#), (1, #"{"switch":1}"#), (1, #"{"pulseWidth":750}"#),
            (1, #"{"pulseWidth":400}"#), (1, #"{"startup":"never"}"#), (1, #"[{"startup":"stay"},{"switch":"maybe"}]"#),
            (4, #"{"switches":[{"switch":"on","outlet":"0"}]}"#), (4, #"{"switches":[{"switch":"on","outlet":4}]}"#),
            (4, #"{"switches":[{"switch":"on"}]}"#), (4, #"{"switches":[]}"#), (4, #"{"switches":{"switch":"on"}}"#),
            (4, #"{"switches":[{"outlet":1}]}"#), (4, #"{"lock":2}"#),
            (4, #"{"configure":[{"startup":"x","outlet":0}]}"#), (5, #"{"power":"1.00"}"#), (5, #"{"uiActive":"x"}"#),
            (5, #"{"oneKwh":"begin"}"#), (190, #"{"getHoursKwh":{"start":5,"end":1}}"#),
            (190, #"{"getHoursKwh":{"start":0,"end":99999}}"#), (15, #"{"currentTemperature":"40"}"#),
            (15, #"{"deviceType":"weather"}"#), (18, #"{"temperature":30}"#), (44, #"{"brightness":101}"#),
            (44, #"{"brightness":"50"}"#), (22, #"{"channel2":255}"#), (22, #"{"channel2":"256"}"#),
            (59, #"{"mode":13}"#), (103, #"{"ltype":"party"}"#), (11, #"{"setclose":101}"#), (11, #"{"switch":"up"}"#),
            (17, #"{"speed":"furious"}"#), (25, #"{"lightbright":255}"#), (28, #"{"cmd":"sing"}"#),
            (28, #"{"cmd":"capture"}"#), (28, #"{"cmd":"capture","rfChl":64}"#), (28, #"{"cmd":"transmit","rfChl":3}"#),
            (28, #"{"cmd":"edit","rfChl":1,"rfVal":7}"#), (126, #"{"workMode":4}"#), (133, #"{"HMI_resources":1}"#),
            (225, #"{"switch":"on"}"#), (1, #"{"timers":7}"#), (1, #"{"timers":[7]}"#),
            (4, #"{"timers":[{"type":"duration","at":"2023-11-14T22:20:00.000Z 10"}]}"#),
            (1, #"{"timers":[{"type":"duration"},{"type":"duration"}]}"#),
        ]
    )
    func refused(uiid: Int, params: String) throws {
        var rig = try DeviceRig.online(uiid: uiid)
        let before = rig.behaviour.params

        let actions = rig.receive(commandText(params))

        #expect(actions.sent.map { $0["error"] } == [400])
        #expect(actions.sent.first?["sequence"] == "1700000500000")
        #expect(actions.told.isEmpty)
        #expect(rig.behaviour.params == before)
    }

    @Test("Unknown params are acknowledged, kept and reported back", arguments: [1, 4, 28, 44, 66, 0])
    func unknown(uiid: Int) throws {
        var rig = try DeviceRig.online(uiid: uiid, subDevices: [])

        let sent = rig.receive(commandText(#"{"zyx_info":{"a":[1,1.0,"1"]}}"#)).sent

        #expect(sent.map { $0["error"] } == [0, nil])
        #expect(sent.last?["params"] == (try JSON(parsing: #"{"zyx_info":{"a":[1,1.0,"1"]}}"#)))
    }

    @Test("More timers than a device looks at are refused")
    func tooManyTimers() {
        var rig = DeviceRig.online()
        let timer = #"{"mId":"m","enabled":0}"#
        let list = { (count: Int) in "[" + Array(repeating: timer, count: count).joined(separator: ",") + "]" }

        #expect(rig.receive(commandText(#"{"timers":\#(list(65))}"#)).sent.first?["error"] == 400)
        #expect(rig.receive(commandText(#"{"timers":\#(list(64))}"#)).sent.first?["error"] == 0)
    }
}
