/// An array whose elements are all objects with an `outlet`: `switches`, `configure`, `pulses`.
///
/// It merges by outlet: an outlet that stands there twice is one, as is a member that an element has twice.
///
/// Source: `uiid-catalogue.md` §2, rule 2. An empty array is none: it replaces.
struct OutletArray {
    /// What is said of one outlet, in the order it was said.
    private struct Outlet {
        let number: Int
        var elements: [ParamsDocument]
    }

    private var outlets: [Outlet] = []
    /// Positions in `outlets` by number.
    private var positions: [Int: Int] = [:]

    /// Reads a JSON text; nil when it is no such array.
    private init?(_ text: UnsafeRawBufferPointer) {
        var scanner = JSONScanner(text)
        do {
            guard try scanner.nextToken() == JSONByte.openBracket, try scanner.enterArray(depth: 0) else { return nil }
            repeat {
                guard try scanner.nextToken() == JSONByte.openBrace else { return nil }
                let span = try scanner.skipValue(depth: 1)
                let element = try ParamsDocument(bytes: Array(text[span.range]))
                guard let number = element.outlet else { return nil }
                append([element], of: number)
            } while try scanner.hasNextElement()
        } catch {
            return nil
        }
    }

    private mutating func append(_ elements: [ParamsDocument], of number: Int) {
        if let position = positions[number] {
            outlets[position].elements += elements
        } else {
            positions[number] = outlets.count
            outlets.append(Outlet(number: number, elements: elements))
        }
    }
}

extension OutletArray {
    /// The array with each outlet once, compact; nil when it is no outlet array.
    static func normalized(_ text: UnsafeRawBufferPointer) -> [UInt8]? { OutletArray(text)?.text }

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
        guard stored.outlets.contains(where: { update.positions[$0.number] == nil }) else { return nil }
        return stored.merging(update).text
    }

    private func merging(_ update: OutletArray) -> OutletArray {
        var result = self
        for outlet in update.outlets { result.append(outlet.elements, of: outlet.number) }
        return result
    }

    private var text: [UInt8] {
        var text: [UInt8] = [JSONByte.openBracket]
        for (index, outlet) in outlets.enumerated() {
            if index > 0 { text.append(JSONByte.comma) }
            text.append(contentsOf: Self.merged(outlet.elements))
        }
        text.append(JSONByte.closeBracket)
        return text
    }

    /// Merges by key; `outlet` keeps its first spelling, because devices are picky about a number.
    ///
    /// All in one go: a frame may hold thousands of elements for one outlet. Source: `coolkit-websocket.md` §12, "`outlet`
    /// as a number".
    private static func merged(_ elements: [ParamsDocument]) -> [UInt8] {
        guard let first = elements.first, elements.count > 1 else { return elements.first?.bytes ?? [] }
        return first.bytes.withRawBytes { base in
            var merge = ObjectMerge(base: base, members: first.members, ignoring: ["outlet"])
            for element in elements.dropFirst() {
                element.bytes.withRawBytes { object in
                    for member in element.members { merge.set(member, in: object) }
                }
            }
            return merge.result().bytes
        }
    }
}

extension ParamsDocument {
    /// The outlet as a number, or as the text some clients send instead.
    fileprivate var outlet: Int? {
        bytes.withRawBytes { object in
            guard let value = members.first(where: { JSONString.contents($0.name, in: object, equal: "outlet") })?.value
            else { return nil }
            switch value.kind {
            case .number:
                let number = JSONNumber(scanned: String(decoding: object[value.range], as: UTF8.self))
                return number.int64.flatMap { Int(exactly: $0) }
            case .string: return Int(String(decoding: JSONString.bytes(value, in: object), as: UTF8.self))
            default: return nil
            }
        }
    }
}
