package import NIOCore

extension JSON {
    /// Reads one JSON text: RFC 8259 in full, UTF-8 checked, nothing but white space around it.
    ///
    /// Of members with the same name the last one wins, unless `uniqueMembers` refuses them: for what is judged here
    /// and read by another parser after that. `comparableTexts` refuses rows of ``CombiningMarks``: for texts that are to
    /// be compared with others. Arrays and objects may nest `maximumDepth` deep.
    package init(
        parsing bytes: UnsafeRawBufferPointer,
        maximumDepth: Int = 32,
        uniqueMembers: Bool = false,
        comparableTexts: Bool = false
    ) throws(JSONSyntaxError) {
        guard bytes.count <= Int(UInt32.max) else { throw JSONSyntaxError(.tooLong, at: 0) }
        var parser = JSONParser(
            scanner: JSONScanner(bytes, maximumDepth: maximumDepth),
            refusesDuplicates: uniqueMembers,
            refusesPiledMarks: comparableTexts
        )
        self = try parser.parse()
    }

    package init(
        parsing buffer: ByteBuffer,
        maximumDepth: Int = 32,
        uniqueMembers: Bool = false,
        comparableTexts: Bool = false
    ) throws(JSONSyntaxError) {
        self = try buffer.withUnsafeReadableBytes { (bytes) throws(JSONSyntaxError) in
            try JSON(
                parsing: bytes,
                maximumDepth: maximumDepth,
                uniqueMembers: uniqueMembers,
                comparableTexts: comparableTexts
            )
        }
    }

    package init(parsing bytes: [UInt8], maximumDepth: Int = 32) throws(JSONSyntaxError) {
        self = try bytes.withRawBytes { (bytes) throws(JSONSyntaxError) in
            try JSON(parsing: bytes, maximumDepth: maximumDepth)
        }
    }

    package init(parsing text: String, maximumDepth: Int = 32) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }
}

/// Builds the tree of a JSON text with the scanner's steps.
private struct JSONParser {
    var scanner: JSONScanner
    let refusesDuplicates: Bool
    let refusesPiledMarks: Bool

    mutating func parse() throws(JSONSyntaxError) -> JSON {
        _ = try scanner.nextToken()
        let value = try value(depth: 0)
        try scanner.finish()
        return value
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
        switch scanner.bytes[scanner.position] {
        case JSONByte.openBrace: return try object(depth: depth)
        case JSONByte.openBracket: return try array(depth: depth)
        default: break
        }
        let span = try scanner.skipValue(depth: depth)
        switch span.kind {
        case .string: return .string(try text(span))
        case .number: return .number(JSONNumber(scanned: String(decoding: slice(span.range), as: UTF8.self)))
        case .bool: return .bool(scanner.bytes[span.range.lowerBound] == UInt8(ascii: "t"))
        case .null, .object, .array: return .null
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSON {
        var object = JSONObject()
        guard try scanner.enterObject(depth: depth) else { return .object(object) }
        repeat {
            let name = try scanner.memberName()
            let key = try text(name)
            if refusesDuplicates, object[key] != nil {
                throw JSONSyntaxError(.duplicateMember, at: name.range.lowerBound)
            }
            object[key] = try value(depth: depth + 1)
        } while try scanner.hasNextMember()
        return .object(object)
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSON {
        var elements: [JSON] = []
        guard try scanner.enterArray(depth: depth) else { return .array(elements) }
        repeat {
            _ = try scanner.nextToken()
            elements.append(try value(depth: depth + 1))
        } while try scanner.hasNextElement()
        return .array(elements)
    }

    private func text(_ span: JSONSpan) throws(JSONSyntaxError) -> String {
        let contents = slice(span.contents)
        let text =
            span.hasEscapes
            ? String(validating: JSONString.unescape(contents), as: UTF8.self)
            : String(validating: contents, as: UTF8.self)
        guard let text else { throw JSONSyntaxError(.invalidUTF8, at: span.range.lowerBound) }
        if refusesPiledMarks, CombiningMarks.pileUp(in: text) {
            throw JSONSyntaxError(.piledMarks, at: span.range.lowerBound)
        }
        return text
    }

    private func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: scanner.bytes[range])
    }
}
