/// Merges members into a JSON object, by name and without decoding values.
///
/// Names are equal when their texts are, however they are escaped. Lives within the closure that lends it `base`.
/// Searches members one by one; when that gets dear, because somebody sends thousands, it goes over to a table.
struct ObjectMerge {
    private struct Added {
        /// The name as it came, with its quotes.
        let name: [UInt8]
        let hasEscapes: Bool
        var value: [UInt8]

        var span: JSONSpan { JSONSpan(0, name.count, .string, hasEscapes: hasEscapes) }
    }

    private let base: UnsafeRawBufferPointer
    private let members: [JSONMember]
    private let ignoredNames: [StaticString]
    private let mergesOutlets: Bool

    private var replacements: [Int: [UInt8]] = [:]
    private var added: [Added] = []
    /// Positions by name text, once searching has cost too much; those of `added` follow those of `members`.
    private var positions: [[UInt8]: Int]?
    private var comparisons = 0
    /// A table of thousands is worth some tens of searches, and most updates have a few members.
    private let maximumComparisons: Int

    /// `base` is a compact object with these members; an empty `base` is an object without any.
    init(
        base: UnsafeRawBufferPointer,
        members: [JSONMember],
        ignoring ignoredNames: [StaticString] = [],
        mergesOutlets: Bool = false
    ) {
        self.base = base
        self.members = members
        self.ignoredNames = ignoredNames
        self.mergesOutlets = mergesOutlets
        maximumComparisons = max(4_096, 32 * members.count)
    }

    /// Sets the member to a value that stands in `update`.
    mutating func set(_ member: JSONMember, in update: UnsafeRawBufferPointer) {
        guard !ignoredNames.contains(where: { JSONString.contents(member.name, in: update, equal: $0) }) else { return }
        let value = UnsafeRawBufferPointer(rebasing: update[member.value.range])
        guard let position = position(of: member.name, in: update) else {
            add(member.name, in: update, value: stored(value))
            return
        }
        let merged: [UInt8]? = withValue(at: position) { current in
            guard !current.matches(value) else { return nil }
            let outlets = mergesOutlets ? OutletArray.merged(stored: current, update: value) : nil
            return outlets ?? stored(value)
        }
        guard let merged else { return }
        if position < members.count {
            replacements[position] = merged
        } else {
            added[position - members.count].value = merged
        }
    }

    /// A value as it is stored where nothing is to be merged with.
    private func stored(_ value: UnsafeRawBufferPointer) -> [UInt8] {
        (mergesOutlets ? OutletArray.normalized(value) : nil) ?? JSONCompaction.compact(value)
    }

    /// The merged object, compact, and where its members stand.
    func result() -> (bytes: [UInt8], members: [JSONMember]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(base.count + added.reduce(2) { $0 + $1.name.count + $1.value.count + 2 })
        var places: [JSONMember] = []
        places.reserveCapacity(members.count + added.count)
        bytes.append(JSONByte.openBrace)
        for (position, member) in members.enumerated() {
            let name = UnsafeRawBufferPointer(rebasing: base[member.name.range])
            withValue(at: position) { value in
                places.append(
                    Self.append(name, member.name.hasEscapes, value, isFirst: places.isEmpty, to: &bytes)
                )
            }
        }
        for member in added {
            member.name.withRawBytes { name in
                member.value.withRawBytes { value in
                    places.append(Self.append(name, member.hasEscapes, value, isFirst: places.isEmpty, to: &bytes))
                }
            }
        }
        bytes.append(JSONByte.closeBrace)
        return (bytes, places)
    }

    private static func append(
        _ name: UnsafeRawBufferPointer,
        _ hasEscapes: Bool,
        _ value: UnsafeRawBufferPointer,
        isFirst: Bool,
        to bytes: inout [UInt8]
    ) -> JSONMember {
        if !isFirst { bytes.append(JSONByte.comma) }
        let start = bytes.count
        bytes.append(contentsOf: name)
        bytes.append(JSONByte.colon)
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        let kind = JSONKind(firstByte: value.first ?? 0)
        let isEscaped = kind == .string && value.contains(JSONByte.backslash)
        return JSONMember(
            name: JSONSpan(start, valueStart - 1, .string, hasEscapes: hasEscapes),
            value: JSONSpan(valueStart, bytes.count, kind, hasEscapes: isEscaped)
        )
    }
}

// MARK: - Finding members

extension ObjectMerge {
    private func withValue<Result>(at position: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if position >= members.count { return added[position - members.count].value.withRawBytes(body) }
        if let replacement = replacements[position] { return replacement.withRawBytes(body) }
        return body(UnsafeRawBufferPointer(rebasing: base[members[position].value.range]))
    }

    private mutating func position(of name: JSONSpan, in update: UnsafeRawBufferPointer) -> Int? {
        if positions == nil {
            comparisons += members.count + added.count
            if comparisons > maximumComparisons { positions = makePositions() }
        }
        if let positions { return positions[JSONString.bytes(name, in: update)] }
        if let index = members.firstIndex(where: { JSONString.same($0.name, in: base, name, in: update) }) {
            return index
        }
        let index = added.firstIndex { member in
            member.name.withRawBytes { JSONString.same(member.span, in: $0, name, in: update) }
        }
        return index.map { members.count + $0 }
    }

    private mutating func add(_ name: JSONSpan, in update: UnsafeRawBufferPointer, value: [UInt8]) {
        added.append(Added(name: Array(update[name.range]), hasEscapes: name.hasEscapes, value: value))
        positions?[JSONString.bytes(name, in: update)] = members.count + added.count - 1
    }

    private func makePositions() -> [[UInt8]: Int] {
        var positions: [[UInt8]: Int] = [:]
        for (index, member) in members.enumerated() { positions[JSONString.bytes(member.name, in: base)] = index }
        for (index, member) in added.enumerated() {
            let text = member.name.withRawBytes { JSONString.bytes(member.span, in: $0) }
            positions[text] = members.count + index
        }
        return positions
    }
}
