package import NIOCore

/// Makes the buffers that messages are written into.
package enum FrameBuffer {
    /// Free bytes before the message: room for the longest header of an unmasked WebSocket frame.
    ///
    /// The WebSocket layer puts the header there and sends the same buffer on. Source: `spike.md` §1, "Lean rules".
    package static let headroom = 10

    /// An empty buffer whose payload begins behind the head room.
    package static func make(payloadCapacity: Int) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: headroom + payloadCapacity)
        buffer.moveWriterIndex(to: headroom)
        buffer.moveReaderIndex(to: headroom)
        return buffer
    }

    /// A buffer with head room and this text behind it: for `ping` and `pong`, and JSON made elsewhere.
    package static func make(_ text: String) -> ByteBuffer {
        var buffer = make(payloadCapacity: text.utf8.count)
        buffer.writeString(text)
        return buffer
    }
}

/// The pieces that messages are made of. What comes from a ``WireIdentifier`` needs no escapes by its own rules.
extension ByteBuffer {
    /// Writes `,"deviceid":"…"`.
    mutating func writeDeviceID(_ deviceID: DeviceID) {
        writeStaticString(",\"deviceid\":\"")
        writeString(deviceID.rawValue)
        writeInteger(JSONByte.quote)
    }

    /// Writes `,"apikey":"…"`.
    mutating func writeAPIKey(_ apiKey: APIKey) {
        writeStaticString(",\"apikey\":\"")
        writeString(apiKey.rawValue)
        writeInteger(JSONByte.quote)
    }

    /// Writes a member whose value is JSON already, or nothing; `name` is `,"name":`.
    mutating func writeMember(_ name: StaticString, json value: ByteBuffer?) {
        guard let value else { return }
        writeStaticString(name)
        writeImmutableBuffer(value)
    }

    /// Writes a member whose value is any text, or nothing; `name` is `,"name":`.
    mutating func writeMember(_ name: StaticString, text: String?) {
        guard let text else { return }
        writeStaticString(name)
        writeJSONString(text)
    }

    /// Writes a member whose value is an integer, or nothing; `name` is `,"name":`.
    mutating func writeMember(_ name: StaticString, number: Int64?) {
        guard let number else { return }
        writeStaticString(name)
        writeString(String(number))
    }

    /// Writes `,"sequence":"…"`, or nothing when there was none.
    mutating func writeSequenceMember(_ sequence: SequenceText?) {
        guard let sequence else { return }
        writeStaticString(",\"sequence\":")
        writeSequence(sequence)
    }

    /// Writes a member whose value is the moment as ISO 8601, `,"date":"…"`.
    mutating func writeDate(_ date: UnixTime) {
        writeStaticString(",\"date\":\"")
        writeString(date.iso8601)
        writeInteger(JSONByte.quote)
    }

    mutating func writeObjectEnd() { writeInteger(JSONByte.closeBrace) }
}
