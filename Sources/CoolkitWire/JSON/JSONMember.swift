/// Where a member of an object stands in the bytes of a JSON text.
struct JSONMember: Hashable, Sendable {
    let name: JSONSpan
    let value: JSONSpan
}

extension JSONScanner {
    /// Reads the object that the scanner's text consists of, and hands over each member.
    ///
    /// `visit` returns false to stop early; then what follows is not checked. Returns whether the end was reached.
    @inline(__always)
    static func visitMembers(
        of object: UnsafeRawBufferPointer,
        _ visit: (JSONMember) -> Bool
    ) throws(JSONSyntaxError) -> Bool {
        var scanner = JSONScanner(object)
        _ = try scanner.nextToken()
        guard try scanner.visitMembers(depth: 0, visit) else { return false }
        try scanner.finish()
        return true
    }

    /// Reads the object at `position`, which `depth` arrays and objects surround; otherwise as the other.
    @inline(__always)
    mutating func visitMembers(depth: Int, _ visit: (JSONMember) -> Bool) throws(JSONSyntaxError) -> Bool {
        guard bytes[position] == JSONByte.openBrace else { throw failure(.notAnObject) }
        guard try enterObject(depth: depth) else { return true }
        repeat {
            let name = try memberName()
            let value = try skipValue(depth: depth + 1)
            guard visit(JSONMember(name: name, value: value)) else { return false }
        } while try hasNextMember()
        return true
    }
}
