import CoolkitWire
import NIOCore
import Testing

@Suite("Envelopes")
struct EnvelopeTests {
    @Test("Every member of the protocol is found, in any order and with white space between")
    func findsMembers() throws {
        let envelope = try Envelope(
            scanning: buffer(
                """
                 { "config":{"hb":1},"error" : 0 , "params":{"switch":"on","action":"inner"},"appid":"id","at":"token",\
                "version":8,"ts":970,"seq":"5","d_seq":1700000400000,"sequence":"17","userAgent":"app",\
                "deviceid":"1000a1b2c3","selfApikey":"s","apikey":"k","action":"update","nonce":"n" }\u{0A}
                """
            )
        )

        #expect(envelope.text(envelope.action) == "update")
        #expect(envelope.text(envelope.apiKey) == "k")
        #expect(envelope.text(envelope.selfAPIKey) == "s")
        #expect(envelope.text(envelope.deviceID) == "1000a1b2c3")
        #expect(envelope.text(envelope.userAgent) == "app")
        #expect(envelope.text(envelope.sequence) == "17")
        #expect(envelope.int(envelope.deviceSequence) == 1_700_000_400_000)
        #expect(envelope.int(envelope.seq) == 5)
        #expect(envelope.int(envelope.ts) == 970)
        #expect(envelope.int(envelope.version) == 8)
        #expect(envelope.text(envelope.accessToken) == "token")
        #expect(envelope.text(envelope.appID) == "id")
        #expect(envelope.int(envelope.error) == 0)
        #expect(text(envelope.params.map(envelope.slice)) == #"{"switch":"on","action":"inner"}"#)
        #expect(text(envelope.config.map(envelope.slice)) == #"{"hb":1}"#)
    }

    @Test("Members that are not sent are absent")
    func absentMembers() throws {
        let envelope = try Envelope(scanning: buffer(#"{"Action":"update","ACTION":1,"param":{}}"#))

        #expect(envelope.action == nil)
        #expect(envelope.params == nil)
        #expect(envelope.text(envelope.action) == nil)
        #expect(!envelope.equals(envelope.action, "update"))
        #expect(envelope.int(envelope.error) == nil)
    }

    @Test(
        "Both spellings of the two keys are accepted",
        arguments: ["apikey", "apiKey"],
        ["selfApikey", "selfApiKey"]
    )
    func spellings(apiKey: String, selfAPIKey: String) throws {
        let envelope = try Envelope(scanning: buffer(#"{"\#(apiKey)":"a","\#(selfAPIKey)":"b"}"#))

        #expect(envelope.text(envelope.apiKey) == "a")
        #expect(envelope.text(envelope.selfAPIKey) == "b")
    }

    @Test("Keys and values may be escaped")
    func escapes() throws {
        let envelope = try Envelope(scanning: buffer(#"{"\u0061ction":"up\u0064ate","deviceid":"\ud83d\ude00"}"#))

        #expect(envelope.action?.hasEscapes == true)
        #expect(envelope.equals(envelope.action, "update"))
        #expect(envelope.equals(envelope.action, bytes: Array("update".utf8)))
        #expect(envelope.equals(envelope.action, bytes: "update"))
        #expect(!envelope.equals(envelope.action, "upgrade"))
        #expect(envelope.text(envelope.deviceID) == "😀")
        #expect(text(envelope.action.map(envelope.slice)) == #""up\u0064ate""#)
    }

    @Test("Text is compared in full")
    func comparesText() throws {
        let envelope = try Envelope(scanning: buffer(#"{"action":"update","deviceid":123}"#))

        #expect(envelope.equals(envelope.action, "update"))
        #expect(!envelope.equals(envelope.action, "updat"))
        #expect(!envelope.equals(envelope.action, "updates"))
        #expect(!envelope.equals(envelope.action, bytes: ""))
        #expect(!envelope.equals(envelope.deviceID, "123"))
    }

    @Test(
        "Values are known by their kind, and only strings and numbers have text",
        arguments: [
            (#""x""#, .string, "x", "x", nil), ("12", .number, nil, "12", 12), (#""12""#, .string, "12", "12", 12),
            ("1571141530100.123", .number, nil, "1571141530100.123", nil), ("1e2", .number, nil, "1e2", 100),
            ("true", .bool, nil, nil, nil), ("null", .null, nil, nil, nil), ("{}", .object, nil, nil, nil),
            ("[1]", .array, nil, nil, nil),
        ] as [(String, JSONKind, String?, String?, Int?)]
    )
    func kinds(json: String, kind: JSONKind, text: String?, textOrNumber: String?, int: Int?) throws {
        let envelope = try Envelope(scanning: buffer(#"{"version":\#(json)}"#))

        #expect(envelope.version?.kind == kind)
        #expect(envelope.text(envelope.version) == text)
        #expect(envelope.textOrNumber(envelope.version) == textOrNumber)
        #expect(envelope.int(envelope.version) == int)
    }

    @Test(
        "A known member that occurs twice makes the frame malformed",
        arguments: [
            #"{"action":"a","action":"a"}"#, #"{"apikey":"a","apiKey":"b"}"#, #"{"action":"a","\u0061ction":"a"}"#,
            #"{"params":{},"params":{}}"#, #"{"ts":null,"ts":1}"#,
        ]
    )
    func refusesDuplicates(frame: String) {
        #expect {
            try Envelope(scanning: buffer(frame))
        } throws: {
            ($0 as? JSONSyntaxError)?.reason == .duplicateMember
        }
    }

    @Test("Unknown members and nested ones may occur twice")
    func ignoresOtherDuplicates() throws {
        let envelope = try Envelope(scanning: buffer(#"{"x":1,"x":2,"params":{"action":1,"action":2}}"#))

        #expect(envelope.params?.kind == .object)
    }

    @Test("Whatever is no object is malformed", arguments: ["[]", "1", "\"a\"", "null", "ping", "", " ", "[{}]"])
    func refusesOtherValues(frame: String) {
        #expect(throws: JSONSyntaxError.self) { try Envelope(scanning: buffer(frame)) }
    }

    @Test("Nesting is accepted to a depth of 32 and no further")
    func boundsDepth() throws {
        func frame(_ depth: Int) -> ByteBuffer {
            buffer(
                "{\"params\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1)
                    + "}"
            )
        }

        #expect(try Envelope(scanning: frame(32)).params?.kind == .array)
        #expect(throws: JSONSyntaxError(.tooDeep, at: 41)) { try Envelope(scanning: frame(33)) }
        #expect(throws: JSONSyntaxError.self) { try Envelope(scanning: frame(30_000)) }
    }

    @Test("A frame that begins in the middle of its buffer is sliced where it stands")
    func slicesWithHeadroom() throws {
        var frame = FrameBuffer.make(payloadCapacity: 64)
        frame.writeString(#"{"params":{"switch":"on"},"sequence":1}"#)
        let envelope = try Envelope(scanning: frame)
        let params = try #require(envelope.params)

        #expect(text(envelope.slice(params)) == #"{"switch":"on"}"#)
        #expect(params.range == 10..<25)
        #expect(envelope.textOrNumber(envelope.sequence) == "1")
    }

    @Test("A text of thousands of combining marks is none, as comparing it would take a quarter of a second")
    func piledMarks() throws {
        let marks = "a" + String(repeating: "\u{301}\u{316}", count: 10_000)
        let envelope = try Envelope(
            scanning: ByteBuffer(string: #"{"apikey":"\#(marks)","sequence":"\#(marks)","deviceid":"a"}"#)
        )

        #expect(envelope.text(envelope.apiKey) == nil)
        #expect(SequenceText(envelope.sequence, in: envelope) == nil)
        #expect(envelope.text(envelope.deviceID) == "a")
    }
}
