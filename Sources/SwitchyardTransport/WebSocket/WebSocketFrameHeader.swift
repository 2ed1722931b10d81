import NIOCore

/// The fields of a frame header, RFC 6455 §5.2.
struct WebSocketFrameHeader {
    var isFinal = false
    var reservedBits: UInt8 = 0
    var opcodeBits: UInt8 = 0
    var isMasked = false
    var length: UInt64 = 0
    /// The bytes that say the length beyond the first: none, two or eight.
    var lengthBytes = 0
    /// The masking key, its first byte the highest.
    var maskingKey: UInt32 = 0

    var isControl: Bool { opcodeBits >= 0x8 }
    /// Source: RFC 6455 §5.2, "the minimal number of bytes MUST be used to encode the length".
    var hasShortestLength: Bool { lengthBytes == (length < 126 ? 0 : length <= 0xFFFF ? 2 : 8) }
}

/// A frame header that may arrive in pieces: at most 14 bytes, kept without allocation.
struct PartialFrameHeader {
    private var bytes = SIMD16<UInt8>()
    private var count = 0

    /// Takes bytes until the header is whole; false when there were too few.
    mutating func read(from buffer: inout ByteBuffer) -> Bool {
        while count < length {
            let missing = min(length - count, buffer.readableBytes)
            guard missing > 0 else { return false }
            buffer.readWithUnsafeReadableBytes { source in
                for index in 0..<missing { bytes[count + index] = source[index] }
                return missing
            }
            count += missing
        }
        return true
    }

    /// How long the header is, as far as the bytes so far tell.
    private var length: Int {
        guard count >= 2 else { return 2 }
        let maskLength = bytes[1] & 0x80 != 0 ? 4 : 0
        switch bytes[1] & 0x7F {
        case 126: return 4 + maskLength
        case 127: return 10 + maskLength
        default: return 2 + maskLength
        }
    }

    /// The header's fields; begins the next header.
    mutating func takeHeader() -> WebSocketFrameHeader {
        var header = WebSocketFrameHeader()
        header.isFinal = bytes[0] & 0x80 != 0
        header.reservedBits = bytes[0] & 0x70
        header.opcodeBits = bytes[0] & 0x0F
        header.isMasked = bytes[1] & 0x80 != 0
        var position = 2
        switch bytes[1] & 0x7F {
        case 126:
            header.lengthBytes = 2
            header.length = integer(at: &position, bytes: 2)
        case 127:
            header.lengthBytes = 8
            header.length = integer(at: &position, bytes: 8)
        default:
            header.length = UInt64(bytes[1] & 0x7F)
        }
        if header.isMasked { header.maskingKey = UInt32(truncatingIfNeeded: integer(at: &position, bytes: 4)) }
        count = 0
        return header
    }

    private func integer(at position: inout Int, bytes width: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in position..<position + width { value = value << 8 | UInt64(bytes[index]) }
        position += width
        return value
    }
}
