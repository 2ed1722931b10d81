extension JSONScanner {
    /// Steps over the string whose opening quote is at `position`; tells whether it has escapes.
    @inline(__always)
    mutating func skipString() throws(JSONSyntaxError) -> Bool {
        position += 1
        var hasEscapes = false
        while true {
            skipPlainBytes()
            guard position < bytes.count else { throw failure(.unexpectedEnd) }
            switch bytes[position] {
            case JSONByte.quote:
                position += 1
                return hasEscapes
            case JSONByte.backslash:
                hasEscapes = true
                try skipEscape()
            default:
                throw failure(.controlCharacter)
            }
        }
    }

    /// Steps to the next quote, backslash or control character, eight bytes at a time while there are eight.
    @inline(__always)
    private mutating func skipPlainBytes() {
        while bytes.count - position >= 8 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let marks = JSONByte.marksOfSpecialBytes(in: word)
            guard marks == 0 else {
                position += marks.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < bytes.count, !JSONByte.isSpecial(bytes[position]) { position += 1 }
    }

    /// Steps over `\n`, `\u0041` or a whole surrogate pair; half of a pair is an error.
    private mutating func skipEscape() throws(JSONSyntaxError) {
        guard position + 1 < bytes.count else { throw failure(.unexpectedEnd) }
        guard bytes[position + 1] == UInt8(ascii: "u") else {
            guard JSONByte.unescaped(bytes[position + 1]) != nil else { throw failure(.malformedEscape) }
            position += 2
            return
        }
        guard let unit = JSONByte.codeUnit(in: bytes, at: position + 2) else { throw failure(.malformedEscape) }
        guard UTF16.isLeadSurrogate(unit) else {
            guard !UTF16.isTrailSurrogate(unit) else { throw failure(.malformedEscape) }
            position += 6
            return
        }
        guard bytes.count - position >= 12,
            bytes[position + 6] == JSONByte.backslash, bytes[position + 7] == UInt8(ascii: "u"),
            let second = JSONByte.codeUnit(in: bytes, at: position + 8), UTF16.isTrailSurrogate(second)
        else { throw failure(.malformedEscape) }
        position += 12
    }
}
