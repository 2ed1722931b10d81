import CoolkitWire
import NIOCore
import SwitchyardCore
import Testing

@testable import SwitchyardHub

/// Source of the rules: `coolkit-websocket.md` §4, §5, §7.
@Suite("Device session")
final class DeviceSessionTests {
    private static let head = #""deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001""#
    private var session = DeviceSessionTests.session()
    private let origin = RecordingOrigin()

    private static func session(_ change: (inout ProtocolSettings) -> Void = { _ in }) -> DeviceSession {
        var settings = ProtocolSettings()
        change(&settings)
        return DeviceSession(id: HubRig.deviceID, ownerAPIKey: HubRig.apiKey, settings: settings)
    }

    private func step(_ message: String) throws -> String {
        session.receive(try Envelope(message), at: HubRig.time).text
    }

    /// Enters a command that waits for its ack; false when too many wait.
    @discardableResult
    private func enter(_ sequence: String) throws -> Bool {
        let device = try HubRig.makeDevice()
        let command = DeviceCommand(
            device: device,
            params: ByteBuffer(string: "{}"),
            sequence: SequenceText(sequence),
            origin: origin,
            issuedAt: MonotonicTime(milliseconds: 0),
            deadline: MonotonicTime(milliseconds: 8_000)
        )
        return session.pending.enter(command) { SequenceText("made") } != nil
    }

    // MARK: Requests

    @Test(
        "d_seq comes back as it was sent, number or text",
        arguments: [
            ("11", #","d_seq":11"#), (#""a""#, #","d_seq":"a""#), ("1.50", #","d_seq":1.50"#), ("{}", ""), ("null", ""),
        ]
    )
    func echoes(sent: String, echoed: String) throws {
        let answer = try step("{\"action\":\"date\",\"d_seq\":\(sent)}")

        #expect(answer == "{\"error\":0,\(Self.head),\"date\":\"2023-11-14T22:13:20.000Z\"\(echoed)}")
    }

    @Test("A report carries params, d_seq and seq as they came")
    func reports() throws {
        #expect(
            try step(
                #"{"action":"update","deviceid":"1000a1b2c3","apikey":"x","params":{"a": 1.0},"d_seq":7,"seq":"7"}"#
            )
                == #"report {"a": 1.0} 7 "7""#
        )
        #expect(try step(#"{"action":"update","params":{}}"#) == "report {} - -")
    }

    @Test("A report whose params are no object is 400", arguments: ["[]", "null", "1", #""{}""#])
    func refusesReports(params: String) throws {
        #expect(
            try step("{\"action\":\"update\",\"d_seq\":7,\"params\":\(params)}")
                == #"{"error":400,"deviceid":"1000a1b2c3","d_seq":7}"#
        )
        #expect(try step(#"{"action":"update"}"#) == #"{"error":400,"deviceid":"1000a1b2c3"}"#)
    }

    @Test(
        "Another's deviceid is looked up in every request but register",
        arguments: ["update", "date", "query", "reportSubDevice", "sysmsg", "dance"]
    )
    func looksUpAnotherID(action: String) throws {
        #expect(
            try step("{\"action\":\"\(action)\",\"deviceid\":\"1000a1b2c4\",\"params\":{},\"d_seq\":1}")
                == "named 1000a1b2c4 1"
        )
    }

    @Test("What a sub-device says is answered under its own deviceid")
    func answersForSubDevices() throws {
        let id = DeviceID(unchecked: "a480000001")
        func step(_ message: String) throws -> String {
            session.receive(try Envelope(message), of: id, at: HubRig.time).text
        }

        #expect(try step(#"{"action":"update","params":{"a":1},"d_seq":7}"#) == #"report {"a":1} 7 -"#)
        #expect(try step(#"{"action":"update","params":1}"#) == #"{"error":400,"deviceid":"a480000001"}"#)
        #expect(try step(#"{"action":"query","params":["a"]}"#) == #"query ["a"] -"#)
        #expect(
            try step(#"{"action":"date","d_seq":7}"#)
                == #"{"error":0,"deviceid":"a480000001","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","#
                + #""date":"2023-11-14T22:13:20.000Z","d_seq":7}"#
        )
        #expect(try step(#"{"action":"sysmsg","params":{"online":false}}"#) == "reachable false -")
        #expect(try step(#"{"action":"sysmsg","params":{"online":1}}"#) == #"{"error":400,"deviceid":"a480000001"}"#)
        #expect(
            try step(#"{"action":"reportSubDevice","params":[{"deviceid":"a480000002"}]}"#)
                == #"{"error":400,"deviceid":"a480000001"}"#
        )
    }

    @Test("A gateway's list is read; of itself it cannot say that it is away")
    func listsSubDevices() throws {
        #expect(
            try step(#"{"action":"reportSubDevice","params":[{"deviceid":"a480000002"}],"d_seq":1}"#)
                == #"sub-devices [a480000002] [{"deviceid":"a480000002"}] 1"#
        )
        #expect(try step(#"{"action":"reportSubDevice"}"#) == #"{"error":400,"deviceid":"1000a1b2c3"}"#)
        #expect(try step(#"{"action":"sysmsg","params":{"online":false}}"#) == "{\"error\":0,\(Self.head)}")
    }

    @Test("A query asks for names, or for everything")
    func queries() throws {
        #expect(try step(#"{"action":"query","params":["timers"],"d_seq":3}"#) == #"query ["timers"] 3"#)
        #expect(try step(#"{"action":"query"}"#) == "query [] -")
        #expect(try step(#"{"action":"query","params":"timers"}"#) == #"{"error":400,"deviceid":"1000a1b2c3"}"#)
    }

    @Test(
        "An unknown action is acknowledged, or 400 by the setting",
        arguments: [#""dance""#, "1", "null", #""Update""#]
    )
    func answersUnknownActions(action: String) throws {
        let message = "{\"action\":\(action),\"d_seq\":1}"

        #expect(try step(message) == "{\"error\":0,\(Self.head),\"d_seq\":1}")
        session = Self.session { $0.strictActions = true }
        #expect(try step(message) == #"{"error":400,"deviceid":"1000a1b2c3","d_seq":1}"#)
    }

    @Test("No answer has the text action in it, which firmware would take for a command")
    func avoidsAction() throws {
        for message in [#"{"action":"date"}"#, #"{"action":"action"}"#, #"{"action":"update","params":[]}"#] {
            #expect(!(try step(message).contains("action")))
        }
    }

    @Test("Register again on the same socket is a refresh; for another device, or malformed, it is refused")
    func registersAgain() throws {
        func register(_ id: String) -> String {
            "{\"action\":\"register\",\(id)\"apikey\":\"\(HubRig.factoryKey)\",\"version\":8,\"ts\":1,\"d_seq\":2}"
        }

        #expect(try step(register(#""deviceid":"1000a1b2c3","#)) == "register again 1000a1b2c3 2")
        for id in [#""deviceid":"1000a1b2c4","#, #""deviceid":7,"#, ""] {
            #expect(try step(register(id)) == #"refuse {"error":400,"d_seq":2}"#)
        }
    }

    // MARK: Acks

    @Test(
        "An ack completes the command it names, whether its sequence is text or number",
        arguments: [#""1700000300100""#, "1700000300100"]
    )
    func acks(sequence: String) throws {
        try enter("1700000300100")

        let ack = "{\"error\":0,\"sequence\":\(sequence),\"config\":{\"a\":1},\"params\":{\"b\":2},\"d_seq\":3}"

        #expect(try step(ack) == #"acked 1700000300100 {"a":1} {"b":2} 3"#)
        #expect(try step(ack) == "ignore")
        #expect(session.pending.isEmpty)
    }

    @Test(
        "The device's own error is passed on",
        arguments: [("400", "400"), ("-1", "-1"), (#""2""#, "2"), (#""0""#, "acked")]
    )
    func passesOnErrors(error: String, expected: String) throws {
        try enter("5")

        let step = try step("{\"error\":\(error),\"sequence\":\"5\"}")

        #expect(step == (expected == "acked" ? "acked 5 - - -" : "refused 5 \(expected)"))
    }

    @Test(
        "What is no ack, or an unknown one, is ignored and completes nothing",
        arguments: [
            "{}", #"{"error":0}"#, #"{"sequence":"5"}"#, #"{"error":null,"sequence":"5"}"#,
            #"{"error":1.5,"sequence":"5"}"#, #"{"error":0,"sequence":"6"}"#, #"{"error":0,"sequence":null}"#,
            #"{"error":0,"sequence":["5"]}"#, #"{"error":99999999999999999999,"sequence":"5"}"#,
        ]
    )
    func ignores(message: String) throws {
        try enter("5")

        #expect(try step(message) == "ignore")
        #expect(session.pending.count == 1)
    }

    @Test("A report does not complete a command by itself")
    func keepsPending() throws {
        try enter("5")

        _ = try step(#"{"action":"update","params":{"switch":"on"},"sequence":"5"}"#)

        #expect(session.pending.count == 1)
    }

    @Test("No more than 64 commands wait for one device")
    func isBounded() throws {
        let entered = try (0..<66).map { try enter("\($0)") }

        #expect(entered == Array(repeating: true, count: 64) + [false, false])
    }
}
