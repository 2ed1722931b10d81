import CoolkitWire
import SwitchyardSimulator
import Testing

/// Commands, acknowledgements and reports.
///
/// Source: `coolkit-device-side.md` §6, §9.6, §9.7, §9.10.
@Suite struct DeviceCommandTests {
    static let acknowledgement = #"""
        {"error":0,"userAgent":"device","apikey":"\#(DeviceRig.owner)","deviceid":"1000a1b2c3","sequence":"1700000500000"}
        """#

    struct Case: Sendable, CustomTestStringConvertible {
        let kind: SimulatedDeviceKind
        let params: String
        /// `nil`: nothing has changed, so nothing is reported.
        let report: String?
        var testDescription: String { "uiid \(kind.uiid) \(params)" }
    }

    @Test(
        "A command is acknowledged at once with its sequence, then what has changed is reported",
        arguments: [
            Case(kind: .singleSwitch, params: #"{"switch":"on"}"#, report: #"{"switch":"on"}"#),
            Case(kind: .singleSwitch, params: #"{"switch":"off"}"#, report: nil),
            Case(
                kind: .singleSwitch,
                params: #"{"startup":"stay","pulseWidth":500}"#,
                report: #"{"startup":"stay"}"#
            ),
            Case(
                kind: .singleSwitch,
                params: #"{"switch":"on","partnerApikey":"p","sequence":"s"}"#,
                report: #"{"switch":"on"}"#
            ),
            Case(
                kind: .singleSwitch,
                params: #"[{"switch":"on"},{"sledOnline":"off"}]"#,
                report: #"{"switch":"on","sledOnline":"off"}"#
            ),
            Case(kind: .singleSwitch, params: #"{"timers":[{"mId":"a"}]}"#, report: #"{"timers":[{"mId":"a"}]}"#),
            Case(
                kind: .fourChannelSwitch,
                params: #"{"switches":[{"switch":"on","outlet":2}]}"#,
                report: #"""
                    {"switches":[{"switch":"off","outlet":0},{"switch":"off","outlet":1},
                    {"switch":"on","outlet":2},{"switch":"off","outlet":3}]}
                    """#
            ),
            Case(kind: .fourChannelSwitch, params: #"{"switches":[{"switch":"off","outlet":3}]}"#, report: nil),
            Case(
                kind: .fourChannelSwitch,
                params: #"{"pulses":[{"pulse":"on","outlet":0}]}"#,
                report: #"""
                    {"pulses":[{"pulse":"on","width":1000,"outlet":0},{"pulse":"off","width":1000,"outlet":1},
                    {"pulse":"off","width":1000,"outlet":2},{"pulse":"off","width":1000,"outlet":3}]}
                    """#
            ),
            Case(
                kind: .powerMeter,
                params: #"{"switch":"on"}"#,
                report: #"{"switch":"on","power":"60.05","current":"0.26"}"#
            ),
            Case(kind: .powerMeter, params: #"{"uiActive":60}"#, report: nil),
            Case(
                kind: .thermoHygrometer,
                params: #"{"mainSwitch":"on","deviceType":"temperature"}"#,
                report: #"{"mainSwitch":"on","deviceType":"temperature"}"#
            ),
        ]
    )
    func command(_ example: Case) throws {
        var rig = DeviceRig.online(example.kind)

        let actions = rig.receive(commandText(example.params))

        let sent = actions.sent
        #expect(sent.first.map { JSON.object($0).text } == Self.acknowledgement)
        #expect(sent.count == (example.report == nil ? 1 : 2))
        let report = try example.report.map { try object($0) }
        #expect(sent.dropFirst().first?["params"]?.objectValue == report)
        #expect(sent.dropFirst().allSatisfy { $0["action"] == "update" })
        #expect(actions.told.contains { if case .command = $0 { true } else { false } })
        #expect(actions.told.contains { if case .report = $0 { true } else { false } } == (report != nil))
    }

    @Test("Switching a meter off takes power and current down to zero")
    func meterOff() throws {
        var rig = DeviceRig.online(.powerMeter)
        rig.receive(commandText(#"{"switch":"on"}"#))

        let sent = rig.receive(commandText(#"{"switch":"off"}"#)).sent

        let report = try object(#"{"switch":"off","power":"0.00","current":"0.00"}"#)
        #expect(sent.last?["params"]?.objectValue == report)
    }

    @Test("A hundred days of energy come in the acknowledgement, not in a report")
    func history() throws {
        var rig = DeviceRig.online(.powerMeter)

        let sent = rig.receive(commandText(#"{"hundredDaysKwh":"get"}"#)).sent

        let data = try #require(sent.first?["config"]?["hundredDaysKwhData"]?.stringValue)
        #expect(sent.count == 1)
        #expect(data.count == 600)
        #expect(data.allSatisfy { $0.isHexDigit })
    }

    @Test(
        "The sequence comes back as it was sent, and is left out when there was none",
        arguments: [
            (#""1700000500000""#, #""1700000500000""#), (#""x-1""#, #""x-1""#), ("1700000500000", "1700000500000"),
        ]
    )
    func sequence(sent: String, expected: String) throws {
        var rig = DeviceRig.online()

        let answer = rig.receive(commandText(#"{"switch":"on"}"#, sequence: sent)).sent.first

        #expect(answer?["sequence"] == (try JSON(parsing: expected)))
    }

    @Test("A command without sequence is acknowledged without one")
    func noSequence() {
        var rig = DeviceRig.online()

        let answer = rig.receive(
            #"{"action":"update","deviceid":"1000a1b2c3","apikey":"\#(DeviceRig.owner)","params":{"switch":"on"}}"#
        ).sent.first

        #expect(answer?["error"] == 0)
        #expect(answer?.keys == ["error", "userAgent", "apikey", "deviceid"])
    }

    @Test(
        "What a device does not understand is answered with 400 and the sequence, and changes nothing",
        arguments: [
            commandText("{}", action: "explode"),
            commandText("{}", action: "upgrade"),
            commandText("7"),
            commandText(#"[{"switch":"on"},7]"#),
            #"{"action":"update","deviceid":"1000a1b2c3","sequence":"1700000500000"}"#,
            #"{"action":"update","deviceid":"1000ffffff","sequence":"1700000500000","params":{"switch":"on"}}"#,
        ]
    )
    func badCommand(text: String) {
        var rig = DeviceRig.online()
        let before = rig.behaviour.params

        let actions = rig.receive(text)

        #expect(actions.count == 1)
        #expect(actions.sent.first?["error"] == 400)
        #expect(actions.sent.first?["sequence"] == "1700000500000")
        #expect(rig.behaviour.params == before)
    }

    @Test("A device told to hang says nothing, and one told to refuse says the error")
    func responses() {
        var hanging = DeviceSettings()
        hanging.commandResponse = .ignore
        var refusing = DeviceSettings()
        refusing.commandResponse = .refuse(500)
        var silent = DeviceRig.online(settings: hanging)
        var unwilling = DeviceRig.online(settings: refusing)

        let nothing = silent.receive(commandText(#"{"switch":"on"}"#))
        let refusal = unwilling.receive(commandText(#"{"switch":"on"}"#))

        #expect(nothing == [.tell(.command(["switch": "on"]))])
        #expect(refusal.sent.map { $0["error"] } == [500])
        #expect(unwilling.behaviour.params["switch"] == "off")
    }

    @Test("A command in the start-up talk is acknowledged at once and reported when the talk is over")
    func earlyCommand() {
        var rig = DeviceRig()
        rig.register()
        rig.receive(DeviceRig.date)

        let early = rig.receive(commandText(#"{"switch":"on"}"#)).sent
        rig.receive(DeviceRig.good)
        let end = rig.receive(DeviceRig.noTimers)

        #expect(early.map { $0["error"] } == [0])
        #expect(end.told == [.online, .report(["switch": "on"])])
    }

    @Test("A press on the button is reported with only what has changed")
    func button() {
        var rig = DeviceRig.online()

        let sent = rig.feed(.changedLocally(["switch": "on", "startup": "off"])).sent

        #expect(sent.map { $0["params"] } == [["switch": "on"]])
        #expect(sent.map { $0["sequence"] } == [nil])
    }

    @Test("A press on the button while offline is in the full report on reconnection")
    func buttonOffline() {
        var rig = DeviceRig()
        rig.feed(.started)

        let offline = rig.feed(.changedLocally(["switch": "on"]))
        rig.register()
        let full = rig.receive(DeviceRig.date).sent
        rig.receive(DeviceRig.good)
        let end = rig.receive(DeviceRig.noTimers)

        #expect(offline.isEmpty)
        #expect(full.first?["params"]?["switch"] == "on")
        #expect(end.told == [.online])
    }

    @Test("An error in answer to a report is told")
    func reportRefused() {
        var rig = DeviceRig.online()
        rig.feed(.changedLocally(["switch": "on"]))

        #expect(rig.receive(#"{"error":406}"#) == [.tell(.answeredWithError(406))])
    }
}

/// A command as the server sends it to the device of the rig.
func commandText(
    _ params: String,
    action: String = "update",
    sequence: String = #""1700000500000""#
) -> String {
    #"""
    {"action":"\#(action)","deviceid":"1000a1b2c3","apikey":"\#(DeviceRig.owner)","userAgent":"app",
    "sequence":\#(sequence),"ts":0,"params":\#(params),"from":"app"}
    """#
}
