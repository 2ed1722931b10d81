/// Where a value stands in the bytes of a JSON text, and what it is.
struct JSONSpan: Hashable, Sendable {
    /// Offsets from the start of the text; a string's span takes in its quotes.
    let start: UInt32
    let end: UInt32
    let kind: JSONKind
    /// Whether a string has escapes, so that its bytes are not its text.
    let hasEscapes: Bool

    @inline(__always)
    init(_ start: Int, _ end: Int, _ kind: JSONKind, hasEscapes: Bool = false) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
        self.kind = kind
        self.hasEscapes = hasEscapes
    }

    var range: Range<Int> { Int(start)..<Int(end) }
    var count: Int { Int(end) - Int(start) }
    /// The bytes between a string's quotes.
    var contents: Range<Int> { Int(start) + 1..<Int(end) - 1 }
}

/// The six kinds of JSON values.
package enum JSONKind: UInt8, Hashable, Sendable {
    case string
    case number
    case object
    case array
    case bool
    case null

    /// The kind of the valid value that begins with this byte.
    init(firstByte: UInt8) {
        switch firstByte {
        case JSONByte.quote: self = .string
        case JSONByte.openBrace: self = .object
        case JSONByte.openBracket: self = .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .bool
        case UInt8(ascii: "n"): self = .null
        default: self = .number
        }
    }
}
