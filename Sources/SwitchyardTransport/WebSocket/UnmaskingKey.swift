import NIOCore

/// A frame's masking key and how far it has been used: unmasks while copying, eight bytes at a time.
struct UnmaskingKey {
    /// The key twice, in the order of the bytes on the wire, turned so that the next byte's key comes first.
    private var key: UInt64

    init(_ maskingKey: UInt32) {
        let once = UInt64(maskingKey.byteSwapped)
        key = UInt64(littleEndian: once | once << 32)
    }

    /// Appends the next `count` bytes of `source` to `target`, unmasked.
    mutating func copy(_ count: Int, from source: inout ByteBuffer, to target: inout ByteBuffer?) {
        guard target != nil else { return }
        source.readWithUnsafeReadableBytes { bytes in
            _ = target?.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                unmask(UnsafeRawBufferPointer(rebasing: bytes[..<count]), into: space)
                return count
            }
            return count
        }
        turn(by: count & 3)
    }

    private func unmask(_ bytes: UnsafeRawBufferPointer, into space: UnsafeMutableRawBufferPointer) {
        let end = bytes.count
        var position = 0
        while position &+ 8 <= end {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) ^ key
            space.storeBytes(of: word, toByteOffset: position, as: UInt64.self)
            position &+= 8
        }
        var rest = key.littleEndian
        while position < end {
            space[position] = bytes[position] ^ UInt8(truncatingIfNeeded: rest)
            rest >>= 8
            position &+= 1
        }
    }

    private mutating func turn(by bytes: Int) {
        guard bytes > 0 else { return }
        let word = key.littleEndian
        let shift = UInt64(bytes * 8)
        key = UInt64(littleEndian: word >> shift | word << (64 - shift))
    }
}
