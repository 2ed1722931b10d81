package import NIOCore

/// Frames as the server sends them: final, unmasked, their header written into room kept before the payload.
package enum WebSocketFrame {
    /// The room a payload keeps before its first byte: the longest header of an unmasked frame.
    package static let headroom = 10

    enum Opcode: UInt8 {
        case continuation = 0x0
        case text = 0x1
        case binary = 0x2
        case close = 0x8
        case ping = 0x9
        case pong = 0xA

        var isControl: Bool { rawValue >= 0x8 }
    }

    /// Turns a payload into a text frame, in place: the payload has `headroom` bytes before its reader index.
    package static func seal(_ payload: inout ByteBuffer) { seal(&payload, opcode: .text) }

    static func seal(_ payload: inout ByteBuffer, opcode: Opcode) {
        let length = payload.readableBytes
        let headerLength = length < 126 ? 2 : length <= 0xFFFF ? 4 : 10
        if payload.readerIndex < headerLength { payload = copyWithHeadroom(payload) }
        let start = payload.readerIndex - headerLength
        payload.setInteger(0x80 | opcode.rawValue, at: start)
        switch headerLength {
        case 2: payload.setInteger(UInt8(length), at: start + 1)
        case 4:
            payload.setInteger(UInt8(126), at: start + 1)
            payload.setInteger(UInt16(length), at: start + 2)
        default:
            payload.setInteger(UInt8(127), at: start + 1)
            payload.setInteger(UInt64(length), at: start + 2)
        }
        payload.moveReaderIndex(to: start)
    }

    /// A buffer with the room for a header before `capacity` bytes.
    static func makeBuffer(capacity: Int, allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: headroom + capacity)
        buffer.moveWriterIndex(to: headroom)
        buffer.moveReaderIndex(to: headroom)
        return buffer
    }

    static func close(code: UInt16, reason: String, allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = makeBuffer(capacity: 2 + reason.utf8.count, allocator: allocator)
        buffer.writeInteger(code)
        buffer.writeString(reason.prefix(utf8Length: 123))
        seal(&buffer, opcode: .close)
        return buffer
    }

    private static func copyWithHeadroom(_ payload: ByteBuffer) -> ByteBuffer {
        var copy = makeBuffer(capacity: payload.readableBytes, allocator: ByteBufferAllocator())
        copy.writeImmutableBuffer(payload)
        return copy
    }
}

extension String {
    /// The longest prefix of whole characters that fits into `limit` bytes.
    fileprivate func prefix(utf8Length limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var result = self
        while result.utf8.count > limit { result.removeLast() }
        return result
    }
}
