import CoolkitWire
import NIOCore
import Testing

@Suite("Parsing JSON")
struct JSONParsingTests {
    @Test(
        "Texts that RFC 8259 allows are read, and written again they read the same",
        arguments: try Fixture.lines("json-accepted.txt")
    )
    func acceptsValidText(text: String) throws {
        let value = try JSON(parsing: text)

        #expect(try JSON(parsing: value.text) == value)
    }

    @Test("Texts that RFC 8259 does not allow are refused", arguments: try Fixture.lines("json-refused.txt"))
    func refusesInvalidText(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
    }

    @Test(
        "Bytes that no text editor would write are refused",
        arguments: [
            ([], .unexpectedEnd, 0),
            ([0x20, 0x0A], .unexpectedEnd, 2),
            ([0x00], .unexpectedByte, 0),
            ([0xEF, 0xBB, 0xBF, 0x7B, 0x7D], .unexpectedByte, 0),
            ([0x22, 0x0A, 0x22], .controlCharacter, 1),
            ([0x22, 0x1F, 0x22], .controlCharacter, 1),
            ([0x22, 0xFF, 0x22], .invalidUTF8, 0),
            ([0x22, 0xC0, 0x80, 0x22], .invalidUTF8, 0),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, 0),
            ([0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], .invalidUTF8, 0),
            ([0x22, 0xE6, 0x97, 0x22], .invalidUTF8, 0),
            ([0x31, 0x00], .trailingBytes, 1),
            ([0x5B, 0x31, 0x0B, 0x5D], .unexpectedByte, 2),
            ([0x5B, 0xC2, 0xA0, 0x5D], .unexpectedByte, 1),
        ] as [([UInt8], JSONSyntaxError.Reason, Int)]
    )
    func refusesBytes(bytes: [UInt8], reason: JSONSyntaxError.Reason, offset: Int) {
        #expect(throws: JSONSyntaxError(reason, at: offset)) { try JSON(parsing: bytes) }
    }

    @Test("A control character is found wherever it stands among plain bytes", arguments: 0..<24)
    func findsControlCharacter(offset: Int) {
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 24)
        bytes[offset] = 0x1F
        let text = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]

        #expect(throws: JSONSyntaxError(.controlCharacter, at: offset + 1)) { try JSON(parsing: text) }
    }

    @Test(
        "Strings are read to the text they stand for",
        arguments: [
            (#""a\u0041\n\/""#, "aA\n/"),
            (#""\ud83d\ude00!""#, "😀!"),
            (#""\uD83D\uDE00""#, "😀"),
            (#""zo\u00eb""#, "zoë"),
            (#""\u65e5\u672c""#, "日本"),
            (#""\b\f\r\t\\\"""#, "\u{8}\u{C}\r\t\\\""),
            (#""\u0000""#, "\u{0}"),
        ]
    )
    func unescapesStrings(text: String, expected: String) throws {
        #expect(try JSON(parsing: text).stringValue == expected)
    }

    @Test("Of members with the same name the last one wins, at the first one's place")
    func lastDuplicateWins() throws {
        let value = try JSON(parsing: #"{"a":1,"b":2,"a":3,"\u0061":4}"#)

        #expect(value.text == #"{"a":4,"b":2}"#)
    }

    @Test("Nesting is bounded where the caller says")
    func boundsDepth() throws {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: #"{"a":[1]}"#, maximumDepth: 1) }
        #expect(try JSON(parsing: #"{"a":[1]}"#, maximumDepth: 2)["a"] == [1])
        #expect(try JSON(parsing: "7", maximumDepth: 0) == 7)
    }

    @Test("A buffer is read from its reader index to its writer index")
    func readsBuffer() throws {
        var buffer = ByteBuffer(string: "xx{\"a\":1}")
        buffer.moveReaderIndex(forwardBy: 2)

        #expect(try JSON(parsing: buffer) == ["a": 1])
    }
}
