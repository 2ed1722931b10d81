import CoolkitWire
import NIOCore
import Testing

/// Source: `coolkit-websocket.md` §1.1, sequence rules.
@Suite("Sequences")
struct SequenceTextTests {
    private func sequence(_ json: String) throws -> SequenceText? {
        let envelope = try Envelope(scanning: buffer(#"{"sequence":\#(json)}"#))
        return SequenceText(envelope.sequence, in: envelope)
    }

    @Test(
        "Every form that clients send is echoed as a string, byte for byte",
        arguments: [
            (#""1594054354952""#, "1594054354952"), ("1594054354952", "1594054354952"), ("1", "1"), (#""2""#, "2"),
            ("1571141530100.123", "1571141530100.123"), (#""17000003001001234""#, "17000003001001234"), ("1e3", "1e3"),
            (#""a\"b\u0041""#, #"a\"b\u0041"#), (#""zoë""#, "zoë"), (#""""#, ""),
        ]
    )
    func echoes(json: String, contents: String) throws {
        let sequence = try #require(try sequence(json))
        let answer = AppFrames.date(UnixTime(milliseconds: 0), sequence: sequence)

        #expect(sequence.contents == contents)
        #expect(text(answer) == #"{"error":0,"date":"1970-01-01T00:00:00.000Z","sequence":"\#(contents)"}"#)
    }

    @Test("Other kinds are no sequence", arguments: ["null", "true", "{}", "[1]"])
    func refusesOtherKinds(json: String) throws {
        #expect(try sequence(json) == nil)
    }

    @Test("A missing sequence stays missing")
    func missing() throws {
        let envelope = try Envelope(scanning: buffer("{}"))

        #expect(SequenceText(envelope.sequence, in: envelope) == nil)
        #expect(
            text(AppFrames.date(UnixTime(milliseconds: 0), sequence: nil))
                == #"{"error":0,"date":"1970-01-01T00:00:00.000Z"}"#
        )
    }

    @Test(
        "Devices take at most 31 plain characters",
        arguments: [
            (String(repeating: "1", count: 31), true), (String(repeating: "1", count: 32), false), ("", false),
            ("1700000300100", true), ("zoë", false), (#"a"b"#, false), ("a\u{1}", false), ("1571141530100.123", true),
        ]
    )
    func forwardable(text: String, expected: Bool) {
        #expect(SequenceText(text).isForwardable == expected)
    }

    @Test("Text that needs escapes gets them")
    func escapes() {
        #expect(SequenceText("a\"b").contents == #"a\"b"#)
        #expect(SequenceText(1_700_000_300_100).contents == "1700000300100")
    }
}
