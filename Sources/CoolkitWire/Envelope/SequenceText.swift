import NIOCore

/// An app's `sequence`: an opaque text, kept exactly as it stood between the quotes, or as the number was spelled.
///
/// Answers carry it as a JSON string, even when it came as a number. Source: `coolkit-websocket.md` §1.1, sequence
/// rules 1 to 3.
package struct SequenceText: Hashable, Sendable {
    /// What goes between the quotes: JSON string contents, with any escapes it came with.
    package let contents: String

    /// The longest sequence that device firmware copies (a buffer of 32 bytes).
    package static let maximumForwardedLength = 31

    /// Takes the string or number that an envelope found; nil for other kinds, and for rows of ``CombiningMarks``.
    package init?(_ value: Envelope.Value?, in envelope: Envelope) {
        guard let value else { return nil }
        let range: Range<Int>
        switch value.kind {
        case .string: range = value.span.contents
        case .number: range = value.range
        default: return nil
        }
        contents = envelope.frame.withUnsafeReadableBytes { bytes in
            String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        }
        if CombiningMarks.pileUp(in: contents) { return nil }
    }

    /// Takes any text, and escapes what must be escaped.
    package init(_ text: String) {
        guard text.utf8.contains(where: JSONByte.isSpecial) else {
            contents = text
            return
        }
        var quoted = ByteBuffer()
        quoted.writeJSONString(text)
        contents = quoted.getString(at: 1, length: quoted.readableBytes - 2) ?? ""
    }

    /// A sequence made by the server: the time in milliseconds, 13 digits.
    package init(_ number: Int64) { contents = String(number) }

    /// Whether a device can take it as it is; otherwise the server makes one and maps it back.
    package var isForwardable: Bool {
        let bytes = contents.utf8
        return !bytes.isEmpty && bytes.count <= Self.maximumForwardedLength
            && bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != JSONByte.backslash }
    }
}

extension ByteBuffer {
    /// Writes the sequence as a JSON string.
    mutating func writeSequence(_ sequence: SequenceText) {
        writeInteger(JSONByte.quote)
        writeString(sequence.contents)
        writeInteger(JSONByte.quote)
    }
}
