import CoolkitWire
import NIOCore
import SwitchyardCore

/// The members of a JSON object that is being written, in the order they are added.
///
/// Names are our own and need no escapes. No tree is built: what is JSON already is copied as it is.
struct JSONMembers {
    fileprivate private(set) var buffer: ByteBuffer
    private var isEmpty = true
    /// Where the elements of long lists go, in an answer that is sent piece by piece.
    private let lists: LongLists?

    fileprivate init(appendingTo buffer: ByteBuffer, _ lists: LongLists?) {
        self.buffer = buffer
        self.lists = lists
    }

    mutating func add(_ name: StaticString, _ text: String) {
        write(name)
        JSON.string(text).write(into: &buffer)
    }

    mutating func add(_ name: StaticString, _ number: Int) {
        write(name)
        buffer.writeString(String(number))
    }

    mutating func add(_ name: StaticString, _ flag: Bool) {
        write(name)
        buffer.writeStaticString(flag ? "true" : "false")
    }

    /// Adds a value that is JSON already.
    mutating func add(_ name: StaticString, json: [UInt8]) {
        write(name)
        buffer.writeBytes(json)
    }

    /// Adds a value that is JSON already.
    mutating func add(_ name: StaticString, json: ByteBuffer) {
        write(name)
        buffer.writeImmutableBuffer(json)
    }

    mutating func add(_ name: StaticString, _ value: JSON) {
        write(name)
        value.write(into: &buffer)
    }

    /// Adds an object.
    mutating func add(_ name: StaticString, _ members: (inout JSONMembers) -> Void) {
        write(name)
        buffer.writeJSONObject(lists: lists, members)
    }

    /// Adds an array of things, for later if the answer is long.
    mutating func add(_ name: StaticString, things: [ThingView]) {
        guard let lists else {
            return add(name, array: things.map { V2ThingObject(thing: $0) }) { thing, buffer in
                buffer.writeJSONObject(thing.write)
            }
        }
        write(name)
        buffer.writeStaticString("[")
        lists.insert(things, at: buffer.writerIndex)
        buffer.writeStaticString("]")
    }

    /// Adds an array whose elements `write` writes.
    mutating func add<Element>(
        _ name: StaticString,
        array elements: [Element],
        _ write: (Element, inout ByteBuffer) -> Void
    ) {
        self.write(name)
        buffer.writeJSONArray(elements, write)
    }

    fileprivate mutating func end() { buffer.writeStaticString("}") }

    private mutating func write(_ name: StaticString) {
        buffer.writeStaticString(isEmpty ? "\"" : ",\"")
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
        isEmpty = false
    }
}

extension ByteBuffer {
    /// Writes an object with the members that the closure adds.
    mutating func writeJSONObject(lists: LongLists? = nil, _ members: (inout JSONMembers) -> Void) {
        writeStaticString("{")
        var object = JSONMembers(appendingTo: self, lists)
        // The only other reference to the bytes goes, so that adding to them does not copy them.
        self = ByteBuffer()
        members(&object)
        // Before the bytes come back: `object` refers to them until it is gone, and a write would copy them all.
        object.end()
        self = object.buffer
    }

    /// Writes an array whose elements `write` writes.
    mutating func writeJSONArray<Element>(_ elements: [Element], _ write: (Element, inout ByteBuffer) -> Void) {
        writeStaticString("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { writeStaticString(",") }
            write(element, &self)
        }
        writeStaticString("]")
    }
}
