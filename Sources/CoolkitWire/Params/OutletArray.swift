/// An array whose elements are all objects with an `outlet`: `switches`, `configure`, `pulses`.
///
/// It merges by outlet.
///
/// Source: `uiid-catalogue.md` §2, rule 2. An empty array is none: it replaces.
struct OutletArray {
    fileprivate struct Element {
        let outlet: Int
        let bytes: [UInt8]
        let members: [JSONMember]
    }

    fileprivate var elements: [Element] = []
    /// Positions in `elements` by outlet; of two elements with one outlet the first.
    private var positions: [Int: Int] = [:]

    /// Reads a JSON text; nil when it is no such array.
    private init?(_ text: UnsafeRawBufferPointer) {
        var scanner = JSONScanner(text)
        do {
            guard try scanner.nextToken() == JSONByte.openBracket, try scanner.enterArray(depth: 0) else { return nil }
            repeat {
                guard try scanner.nextToken() == JSONByte.openBrace else { return nil }
                let span = try scanner.skipValue(depth: 1)
                let bytes = JSONCompaction.compact(UnsafeRawBufferPointer(rebasing: text[span.range]))
                guard let element = Self.element(bytes) else { return nil }
                append(element)
            } while try scanner.hasNextElement()
        } catch {
            return nil
        }
    }

    private mutating func append(_ element: Element) {
        if positions[element.outlet] == nil { positions[element.outlet] = elements.count }
        elements.append(element)
    }

    private static func element(_ bytes: [UInt8]) -> Element? {
        bytes.withRawBytes { object in
            var members: [JSONMember] = []
            var outlet: Int?
            let isWhole = try? JSONScanner.visitMembers(of: object) { member in
                members.append(member)
                if JSONString.contents(member.name, in: object, equal: "outlet") {
                    outlet = Self.outlet(member.value, in: object)
                }
                return true
            }
            guard isWhole == true, let outlet else { return nil }
            return Element(outlet: outlet, bytes: bytes, members: members)
        }
    }

    /// The outlet as a number, or as the text some clients send instead.
    private static func outlet(_ value: JSONSpan, in object: UnsafeRawBufferPointer) -> Int? {
        switch value.kind {
        case .number:
            JSONNumber(scanned: String(decoding: object[value.range], as: UTF8.self)).int64.flatMap { Int(exactly: $0) }
        case .string: Int(String(decoding: object[value.contents], as: UTF8.self))
        default: nil
        }
    }
}

extension OutletArray {
    /// The stored array with the update's elements merged into those of the same outlet, others appended; compact.
    ///
    /// nil when one of the two is no outlet array.
    static func merged(stored: UnsafeRawBufferPointer, update: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let update = OutletArray(update), let stored = OutletArray(stored) else { return nil }
        return stored.merging(update).text
    }

    /// The update's elements completed with the stored elements of all outlets; nil when it has all outlets already.
    static func completed(update: UnsafeRawBufferPointer, stored: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let update = OutletArray(update), let stored = OutletArray(stored) else { return nil }
        guard stored.elements.contains(where: { update.positions[$0.outlet] == nil }) else { return nil }
        return stored.merging(update).text
    }

    private func merging(_ update: OutletArray) -> OutletArray {
        var result = self
        for element in update.elements {
            if let position = result.positions[element.outlet] {
                result.elements[position] = result.elements[position].merging(element)
            } else {
                result.append(element)
            }
        }
        return result
    }

    private var text: [UInt8] {
        var text: [UInt8] = [JSONByte.openBracket]
        for (index, element) in elements.enumerated() {
            if index > 0 { text.append(JSONByte.comma) }
            text.append(contentsOf: element.bytes)
        }
        text.append(JSONByte.closeBracket)
        return text
    }
}

extension OutletArray.Element {
    /// Merges by key; `outlet` keeps its stored spelling, because devices are picky about a number.
    ///
    /// Source: `coolkit-websocket.md` §12, "`outlet` as a number".
    fileprivate func merging(_ update: Self) -> Self {
        bytes.withRawBytes { base in
            update.bytes.withRawBytes { other in
                var merge = ObjectMerge(base: base, members: members, ignoring: ["outlet"])
                for member in update.members { merge.set(member, in: other) }
                let (bytes, members) = merge.result()
                return Self(outlet: outlet, bytes: bytes, members: members)
            }
        }
    }
}
