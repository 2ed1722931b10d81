/// Takes the white space out of JSON that a scanner has passed.
enum JSONCompaction {
    /// The text without white space between its tokens.
    static func compact(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        guard !isCompact(text) else { return Array(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var strings = StringTracker()
        for byte in text where strings.isInside(at: byte) || !JSONByte.isWhitespace(byte) { bytes.append(byte) }
        return bytes
    }

    /// Whether there is no white space between the text's tokens.
    static func isCompact(_ text: UnsafeRawBufferPointer) -> Bool {
        var strings = StringTracker()
        for byte in text where !strings.isInside(at: byte) && JSONByte.isWhitespace(byte) { return false }
        return true
    }
}

/// Follows a text byte by byte and knows whether it is within a string.
private struct StringTracker {
    private var isInString = false
    private var isEscaped = false

    /// Steps over `byte`; whether it stands between quotes (the closing one counts as within).
    @inline(__always)
    mutating func isInside(at byte: UInt8) -> Bool {
        guard isInString else {
            isInString = byte == JSONByte.quote
            return false
        }
        if isEscaped {
            isEscaped = false
        } else if byte == JSONByte.backslash {
            isEscaped = true
        } else if byte == JSONByte.quote {
            isInString = false
        }
        return true
    }
}
