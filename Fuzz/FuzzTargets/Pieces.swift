import NIOCore

/// Cuts bytes into pieces whose lengths follow from a seed: a stream may arrive cut anywhere.
struct Pieces: Sequence, IteratorProtocol {
    private static let lengths = [1, 2, 3, 6, 7, 8, 9, 15, 64, 200, 1_000, 4_000]

    private var rest: ByteBuffer
    private var state: UInt64

    init(_ bytes: UnsafeRawBufferPointer, seed: UInt8) {
        rest = ByteBuffer(bytes: bytes)
        state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next() -> ByteBuffer? {
        guard rest.readableBytes > 0 else { return nil }
        // A linear congruential generator (Knuth); its upper bits are good enough to choose a length.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let length = Self.lengths[Int(state >> 33) % Self.lengths.count]
        return rest.readSlice(length: Swift.min(length, rest.readableBytes))
    }
}

extension UnsafeRawBufferPointer {
    /// The first byte, which chooses something, and the rest, which is the input; an empty input chooses 0.
    var choiceAndInput: (UInt8, UnsafeRawBufferPointer) {
        guard let first else { return (0, self) }
        return (first, UnsafeRawBufferPointer(rebasing: dropFirst()))
    }

    var text: String { String(decoding: self, as: UTF8.self) }
}
