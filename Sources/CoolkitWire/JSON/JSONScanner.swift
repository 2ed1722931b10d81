/// Walks over the bytes of a JSON text, checks them against RFC 8259, and builds nothing.
///
/// Total: any bytes end in a position or an error. UTF-8 is not checked here: whoever needs it checked does so where
/// strings are made, since bytes above ASCII can stand nowhere else. Everything that reads JSON in this module stands
/// on this type.
struct JSONScanner {
    /// The nesting that is accepted unless the caller says otherwise.
    static let defaultMaximumDepth = 32

    let bytes: UnsafeRawBufferPointer
    let maximumDepth: Int
    /// The next byte to read.
    var position = 0

    init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = JSONScanner.defaultMaximumDepth) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// The next byte that is not white space, not consumed; an error at the end.
    @inline(__always)
    mutating func nextToken() throws(JSONSyntaxError) -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            if byte > 0x20 { return byte }
            guard JSONByte.isWhitespace(byte) else { throw failure(.unexpectedByte) }
            position += 1
        }
        throw failure(.unexpectedEnd)
    }

    /// Makes sure that only white space is left.
    mutating func finish() throws(JSONSyntaxError) {
        while position < bytes.count {
            guard JSONByte.isWhitespace(bytes[position]) else { throw failure(.trailingBytes) }
            position += 1
        }
    }

    func failure(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError { JSONSyntaxError(reason, at: position) }
}

// MARK: - Values

extension JSONScanner {
    /// Reads the value at `position`, which is not white space, and stops behind it.
    ///
    /// `depth` is the number of arrays and objects around the value.
    @inline(__always)
    mutating func skipValue(depth: Int) throws(JSONSyntaxError) -> JSONSpan {
        let start = position
        switch bytes[position] {
        case JSONByte.quote:
            let hasEscapes = try skipString()
            return JSONSpan(start, position, .string, hasEscapes: hasEscapes)
        case JSONByte.openBrace:
            try skipObject(depth: depth)
            return JSONSpan(start, position, .object)
        case JSONByte.openBracket:
            try skipArray(depth: depth)
            return JSONSpan(start, position, .array)
        case JSONByte.minus, JSONByte.zero...JSONByte.nine:
            try skipNumber()
            return JSONSpan(start, position, .number)
        case UInt8(ascii: "t"):
            try skipWord("true")
            return JSONSpan(start, position, .bool)
        case UInt8(ascii: "f"):
            try skipWord("false")
            return JSONSpan(start, position, .bool)
        case UInt8(ascii: "n"):
            try skipWord("null")
            return JSONSpan(start, position, .null)
        default:
            throw failure(.unexpectedByte)
        }
    }

    private mutating func skipObject(depth: Int) throws(JSONSyntaxError) {
        guard try enterObject(depth: depth) else { return }
        repeat {
            _ = try memberName()
            _ = try skipValue(depth: depth + 1)
        } while try hasNextMember()
    }

    private mutating func skipArray(depth: Int) throws(JSONSyntaxError) {
        guard try enterArray(depth: depth) else { return }
        repeat {
            _ = try nextToken()
            _ = try skipValue(depth: depth + 1)
        } while try hasNextElement()
    }
}

// MARK: - Steps through an object or array

extension JSONScanner {
    /// Steps over `{`; false, behind the `}`, when the object is empty.
    @inline(__always)
    mutating func enterObject(depth: Int) throws(JSONSyntaxError) -> Bool {
        try enter(closing: JSONByte.closeBrace, depth: depth)
    }

    /// Steps over `[`; false, behind the `]`, when the array is empty.
    @inline(__always)
    mutating func enterArray(depth: Int) throws(JSONSyntaxError) -> Bool {
        try enter(closing: JSONByte.closeBracket, depth: depth)
    }

    /// Reads a member's name and the colon, and stops at the member's value.
    @inline(__always)
    mutating func memberName() throws(JSONSyntaxError) -> JSONSpan {
        guard try nextToken() == JSONByte.quote else { throw failure(.unexpectedByte) }
        let start = position
        let hasEscapes = try skipString()
        let name = JSONSpan(start, position, .string, hasEscapes: hasEscapes)
        guard try nextToken() == JSONByte.colon else { throw failure(.unexpectedByte) }
        position += 1
        _ = try nextToken()
        return name
    }

    /// Steps over what follows a member: true behind a comma, false behind the closing brace.
    @inline(__always)
    mutating func hasNextMember() throws(JSONSyntaxError) -> Bool { try hasNext(closing: JSONByte.closeBrace) }

    /// Steps over what follows an element: true behind a comma, false behind the closing bracket.
    @inline(__always)
    mutating func hasNextElement() throws(JSONSyntaxError) -> Bool { try hasNext(closing: JSONByte.closeBracket) }

    @inline(__always)
    private mutating func enter(closing: UInt8, depth: Int) throws(JSONSyntaxError) -> Bool {
        guard depth < maximumDepth else { throw failure(.tooDeep) }
        position += 1
        guard try nextToken() == closing else { return true }
        position += 1
        return false
    }

    @inline(__always)
    private mutating func hasNext(closing: UInt8) throws(JSONSyntaxError) -> Bool {
        let byte = try nextToken()
        guard byte == JSONByte.comma || byte == closing else { throw failure(.unexpectedByte) }
        position += 1
        return byte == JSONByte.comma
    }
}

// MARK: - Words and numbers

extension JSONScanner {
    private mutating func skipWord(_ word: StaticString) throws(JSONSyntaxError) {
        guard bytes.count - position >= word.utf8CodeUnitCount else { throw failure(.unexpectedByte) }
        for index in 0..<word.utf8CodeUnitCount where bytes[position + index] != word.utf8Start[index] {
            throw failure(.unexpectedByte)
        }
        position += word.utf8CodeUnitCount
    }

    /// `-`, an integer without leading zeros, a fraction, an exponent: as RFC 8259 §6 has them.
    private mutating func skipNumber() throws(JSONSyntaxError) {
        if bytes[position] == JSONByte.minus { position += 1 }
        if position < bytes.count, bytes[position] == JSONByte.zero {
            position += 1
        } else {
            try skipDigits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == JSONByte.minus {
                position += 1
            }
            try skipDigits()
        }
    }

    /// One digit or more.
    @inline(__always)
    private mutating func skipDigits() throws(JSONSyntaxError) {
        let start = position
        while position < bytes.count, bytes[position] &- JSONByte.zero <= 9 { position += 1 }
        guard position > start else { throw failure(.malformedNumber) }
    }
}
