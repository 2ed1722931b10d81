package import NIOCore

extension JSON {
    /// Writes the value without white space, numbers spelled and members ordered as they came.
    package func write(into buffer: inout ByteBuffer) {
        switch self {
        case .null: buffer.writeStaticString("null")
        case .bool(let value): buffer.writeStaticString(value ? "true" : "false")
        case .number(let number): buffer.writeString(number.text)
        case .string(let text): buffer.writeJSONString(text)
        case .array(let elements): Self.write(elements, into: &buffer)
        case .object(let object): object.write(into: &buffer)
        }
    }

    /// The value as compact JSON text.
    package var text: String { String(buffer: buffer) }

    /// The value as compact JSON in a buffer of its own.
    package var buffer: ByteBuffer {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return buffer
    }

    private static func write(_ elements: [JSON], into buffer: inout ByteBuffer) {
        buffer.writeInteger(JSONByte.openBracket)
        for (index, element) in elements.enumerated() {
            if index > 0 { buffer.writeInteger(JSONByte.comma) }
            element.write(into: &buffer)
        }
        buffer.writeInteger(JSONByte.closeBracket)
    }
}

extension JSONObject {
    /// Writes the object without white space.
    package func write(into buffer: inout ByteBuffer) {
        buffer.writeInteger(JSONByte.openBrace)
        for (index, member) in enumerated() {
            if index > 0 { buffer.writeInteger(JSONByte.comma) }
            buffer.writeJSONString(member.key)
            buffer.writeInteger(JSONByte.colon)
            member.value.write(into: &buffer)
        }
        buffer.writeInteger(JSONByte.closeBrace)
    }
}
