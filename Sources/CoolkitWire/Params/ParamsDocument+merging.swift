package import NIOCore

extension ParamsDocument {
    /// Merges an object, or each object of an array in order; returns whether anything changed.
    ///
    /// Members replace those of the same name, members not mentioned stay, `null` is stored. Arrays whose elements all
    /// have an `outlet` merge by outlet. `partnerApikey` and `sequence` are not stored. White space is left out.
    ///
    /// Source: `uiid-catalogue.md` §2; `coolkit-websocket.md` §6.1 (group devices and arrays), §6.2 (`partnerApikey`).
    package mutating func merge(_ update: ByteBuffer) throws(ParamsError) -> Bool {
        let merged = try update.withUnsafeReadableBytes { (update) throws(ParamsError) in
            try holds(update) ? nil : merging(update)
        }
        guard let merged, merged.bytes != bytes else { return false }
        guard merged.bytes.count <= Self.maximumBytes else { throw .tooLarge }
        (bytes, members) = merged
        return true
    }

    /// The update with `switches` completed from the stored array; nil when there is nothing to complete.
    ///
    /// For devices that want the state of all outlets in each command. An update that is an array of objects is left
    /// alone. Source: `coolkit-device-side.md` §6, `fullSwitchesArray`.
    package func completingSwitches(_ update: ByteBuffer) -> ByteBuffer? {
        bytes.withRawBytes { object in
            update.withUnsafeReadableBytes { update in
                guard let stored = Self.switches(of: object), let sent = Self.switches(of: update),
                    let completed = OutletArray.completed(
                        update: UnsafeRawBufferPointer(rebasing: update[sent.range]),
                        stored: UnsafeRawBufferPointer(rebasing: object[stored.range])
                    )
                else { return nil }
                var buffer = ByteBufferAllocator().buffer(capacity: update.count + completed.count)
                buffer.writeBytes(UnsafeRawBufferPointer(rebasing: update[..<sent.range.lowerBound]))
                buffer.writeBytes(completed)
                buffer.writeBytes(UnsafeRawBufferPointer(rebasing: update[sent.range.upperBound...]))
                return buffer
            }
        }
    }

    private static func switches(of object: UnsafeRawBufferPointer) -> JSONSpan? {
        var switches: JSONSpan?
        let isWhole = try? JSONScanner.visitMembers(of: object) { member in
            if JSONString.contents(member.name, in: object, equal: "switches") { switches = member.value }
            return true
        }
        return isWhole == true ? switches : nil
    }
}

// MARK: - The two ways through a merge

extension ParamsDocument {
    /// Whether the update is an object all of whose values are here byte for byte.
    ///
    /// Allocates nothing.
    ///
    /// False may also mean that it was not worth finding out: then the merge itself decides.
    private func holds(_ update: UnsafeRawBufferPointer) throws(ParamsError) -> Bool {
        guard update.first == JSONByte.openBrace else { return false }
        var visited = 0
        var comparisons = 0
        // Devices report their members in the same order each time, so the next one is tried first.
        var expected = 0
        do {
            return try bytes.withRawBytes { (object) throws(JSONSyntaxError) in
                try JSONScanner.visitMembers(of: update) { member in
                    visited += 1
                    guard visited <= 64, comparisons <= max(4_096, 16 * members.count),
                        let position = position(of: member.name, in: update, from: expected, object, &comparisons)
                    else { return false }
                    expected = position + 1
                    return UnsafeRawBufferPointer(rebasing: object[members[position].value.range])
                        .matches(UnsafeRawBufferPointer(rebasing: update[member.value.range]))
                }
            }
        } catch {
            throw .malformed
        }
    }

    @inline(__always)
    private func position(
        of name: JSONSpan,
        in update: UnsafeRawBufferPointer,
        from expected: Int,
        _ object: UnsafeRawBufferPointer,
        _ comparisons: inout Int
    ) -> Int? {
        if expected < members.count, JSONString.same(members[expected].name, in: object, name, in: update) {
            return expected
        }
        comparisons += members.count
        return members.firstIndex { JSONString.same($0.name, in: object, name, in: update) }
    }

    private typealias Merged = (bytes: [UInt8], members: [JSONMember])

    private func merging(_ update: UnsafeRawBufferPointer) throws(ParamsError) -> Merged {
        try bytes.withRawBytes { (object) throws(ParamsError) in
            var merge = ObjectMerge(
                base: object,
                members: members,
                ignoring: ["partnerApikey", "sequence"],
                mergesOutlets: true
            )
            do throws(JSONSyntaxError) {
                var scanner = JSONScanner(update)
                if try scanner.nextToken() == JSONByte.openBracket {
                    try Self.merge(elementsOf: &scanner, into: &merge)
                } else {
                    try Self.merge(objectOf: &scanner, depth: 0, into: &merge)
                }
                try scanner.finish()
            } catch {
                throw error.reason == .tooLong ? .tooLarge : .malformed
            }
            return merge.result()
        }
    }

    private static func merge(
        elementsOf scanner: inout JSONScanner,
        into merge: inout ObjectMerge
    ) throws(JSONSyntaxError) {
        guard try scanner.enterArray(depth: 0) else { return }
        var count = 0
        repeat {
            count += 1
            guard count <= maximumUpdateElements else { throw scanner.failure(.tooLong) }
            _ = try scanner.nextToken()
            try self.merge(objectOf: &scanner, depth: 1, into: &merge)
        } while try scanner.hasNextElement()
    }

    private static func merge(
        objectOf scanner: inout JSONScanner,
        depth: Int,
        into merge: inout ObjectMerge
    ) throws(JSONSyntaxError) {
        let update = scanner.bytes
        _ = try scanner.visitMembers(depth: depth) { member in
            merge.set(member, in: update)
            return true
        }
    }
}
