import NIOCore

/// Reads and writes the text of JSON strings.
enum JSONString {
    /// The text's UTF-8 bytes for string contents that a scanner has passed.
    static func unescape(_ contents: UnsafeRawBufferPointer) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(contents.count)
        var position = 0
        while position < contents.count {
            let byte = contents[position]
            guard byte == JSONByte.backslash, position + 1 < contents.count else {
                text.append(byte)
                position += 1
                continue
            }
            if let plain = JSONByte.unescaped(contents[position + 1]) {
                text.append(plain)
                position += 2
            } else {
                position += appendCodePoint(of: contents, at: position, to: &text)
            }
        }
        return text
    }

    /// The text of string contents that a scanner has passed; what is not UTF-8 is repaired.
    static func text(_ contents: UnsafeRawBufferPointer, hasEscapes: Bool) -> String {
        hasEscapes ? String(decoding: unescape(contents), as: UTF8.self) : String(decoding: contents, as: UTF8.self)
    }

    /// The UTF-8 bytes of the string at `span`, escapes resolved.
    static func bytes(_ span: JSONSpan, in text: UnsafeRawBufferPointer) -> [UInt8] {
        let contents = UnsafeRawBufferPointer(rebasing: text[span.contents])
        return span.hasEscapes ? unescape(contents) : Array(contents)
    }

    /// Whether the string at `span`, escapes resolved, is this text.
    @inline(__always)
    static func contents(_ span: JSONSpan, in bytes: UnsafeRawBufferPointer, equal text: StaticString) -> Bool {
        contents(span, in: bytes, equal: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether the string at `span`, escapes resolved, has these UTF-8 bytes.
    @inline(__always)
    static func contents(
        _ span: JSONSpan,
        in bytes: UnsafeRawBufferPointer,
        equal text: UnsafeRawBufferPointer
    ) -> Bool {
        let contents = UnsafeRawBufferPointer(rebasing: bytes[span.contents])
        return span.hasEscapes ? unescape(contents).withRawBytes { $0.matches(text) } : contents.matches(text)
    }

    /// Whether two strings have the same text, however each is escaped.
    @inline(__always)
    static func same(
        _ left: JSONSpan,
        in leftText: UnsafeRawBufferPointer,
        _ right: JSONSpan,
        in rightText: UnsafeRawBufferPointer
    ) -> Bool {
        guard left.hasEscapes || right.hasEscapes else {
            let leftBytes = UnsafeRawBufferPointer(rebasing: leftText[left.range])
            return leftBytes.matches(UnsafeRawBufferPointer(rebasing: rightText[right.range]))
        }
        return bytes(left, in: leftText) == bytes(right, in: rightText)
    }

    /// Appends what `\uXXXX`, or a pair of them, stands for; returns the number of bytes read.
    private static func appendCodePoint(
        of contents: UnsafeRawBufferPointer,
        at position: Int,
        to text: inout [UInt8]
    ) -> Int {
        let unit = JSONByte.codeUnit(in: contents, at: position + 2) ?? 0xFFFD
        if UTF16.isLeadSurrogate(unit), let second = JSONByte.codeUnit(in: contents, at: position + 8) {
            append(Unicode.Scalar(0x1_0000 + (UInt32(unit) & 0x3FF) << 10 + UInt32(second) & 0x3FF), to: &text)
            return 12
        }
        append(Unicode.Scalar(unit), to: &text)
        return 6
    }

    private static func append(_ scalar: Unicode.Scalar?, to text: inout [UInt8]) {
        guard let encoded = UTF8.encode(scalar ?? "\u{FFFD}") else { return }
        text.append(contentsOf: encoded)
    }
}

extension ByteBuffer {
    /// Writes `text` as a JSON string with its quotes, escaping what must be escaped and nothing else.
    mutating func writeJSONString(_ text: String) {
        writeInteger(JSONByte.quote)
        if text.utf8.contains(where: JSONByte.isSpecial) {
            writeEscaped(text)
        } else {
            writeString(text)
        }
        writeInteger(JSONByte.quote)
    }

    private mutating func writeEscaped(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case JSONByte.quote: writeStaticString("\\\"")
            case JSONByte.backslash: writeStaticString("\\\\")
            case 0x08: writeStaticString("\\b")
            case 0x0C: writeStaticString("\\f")
            case 0x0A: writeStaticString("\\n")
            case 0x0D: writeStaticString("\\r")
            case 0x09: writeStaticString("\\t")
            case 0..<0x20:
                writeStaticString("\\u00")
                writeInteger(JSONByte.hexadecimalDigit(byte >> 4))
                writeInteger(JSONByte.hexadecimalDigit(byte))
            default: writeInteger(byte)
            }
        }
    }
}
