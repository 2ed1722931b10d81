package import NIOCore

/// The stored `params` of one device: a JSON object kept as compact bytes, with an index of its members.
///
/// Values are never decoded: unknown keys and the spelling of numbers survive. Source: `uiid-catalogue.md` §2 (merge
/// rules).
package struct ParamsDocument: Sendable {
    /// What a device's params may take up.
    ///
    /// Source: `design.md` §4.
    package static let maximumBytes = 65_536
    /// The objects that an update in the form of an array may have.
    package static let maximumUpdateElements = 256

    /// The object as compact JSON.
    package internal(set) var bytes: [UInt8]
    var members: [JSONMember]

    /// A document without members, `{}`.
    package init() {
        bytes = [JSONByte.openBrace, JSONByte.closeBrace]
        members = []
    }

    /// Takes what the store kept; of members with the same name the last one wins.
    package init(bytes: [UInt8]) throws(JSONSyntaxError) {
        let members = try bytes.withRawBytes { (object) throws(JSONSyntaxError) in
            var members: [JSONMember] = []
            _ = try JSONScanner.visitMembers(of: object) { member in
                members.append(member)
                return true
            }
            return members
        }
        if bytes.withRawBytes({ Self.isCanonical($0, members) }) {
            self.bytes = bytes
            self.members = members
        } else {
            (self.bytes, self.members) = bytes.withRawBytes { object in
                var merge = ObjectMerge(base: UnsafeRawBufferPointer(start: nil, count: 0), members: [])
                for member in members { merge.set(member, in: object) }
                return merge.result()
            }
        }
    }

    /// Whether the object is compact, few enough to be compared each with each, and has no name twice.
    private static func isCanonical(_ object: UnsafeRawBufferPointer, _ members: [JSONMember]) -> Bool {
        guard members.count <= 64, JSONCompaction.isCompact(object) else { return false }
        for (index, member) in members.enumerated() {
            for other in members[..<index] where JSONString.same(member.name, in: object, other.name, in: object) {
                return false
            }
        }
        return true
    }
}

extension ParamsDocument: Hashable {
    package static func == (left: ParamsDocument, right: ParamsDocument) -> Bool { left.bytes == right.bytes }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

// MARK: - Reading

extension ParamsDocument {
    package var isEmpty: Bool { members.isEmpty }

    /// The object in a buffer of its own.
    package var buffer: ByteBuffer { ByteBuffer(bytes: bytes) }

    /// The JSON of one member's value.
    package func value(of name: String) -> ByteBuffer? {
        member(named: name).map { ByteBuffer(bytes: bytes[$0.value.range]) }
    }

    /// An object with those of the named members that exist, each once, in the order asked; nil when there is none.
    package func selecting(_ names: [String]) -> ByteBuffer? {
        let find = finder(searches: names.count)
        var seen: Set<JSONSpan> = []
        var object = ByteBuffer()
        for name in names {
            guard let member = find(name), seen.insert(member.name).inserted else { continue }
            object.writeInteger(seen.count == 1 ? JSONByte.openBrace : JSONByte.comma)
            object.writeBytes(bytes[member.name.range])
            object.writeInteger(JSONByte.colon)
            object.writeBytes(bytes[member.value.range])
        }
        guard !seen.isEmpty else { return nil }
        object.writeInteger(JSONByte.closeBrace)
        return object
    }

    private func member(named name: String) -> JSONMember? {
        bytes.withRawBytes { object in
            var name = name
            return name.withUTF8 { text in
                members.first { JSONString.contents($0.name, in: object, equal: UnsafeRawBufferPointer(text)) }
            }
        }
    }

    /// A way to find members: a search for few, a table for many.
    private func finder(searches: Int) -> (String) -> JSONMember? {
        guard searches.multipliedReportingOverflow(by: members.count).partialValue > 4_096 else {
            return member(named:)
        }
        var table: [[UInt8]: JSONMember] = [:]
        bytes.withRawBytes { object in
            for member in members { table[JSONString.bytes(member.name, in: object)] = member }
        }
        return { table[Array($0.utf8)] }
    }
}
