import NIOCore
import NIOEmbedded
import NIOHTTP1
import SwitchyardTransport

extension FuzzTarget {
    /// The repair of bare line ends adds nothing but CRs, wherever the stream is cut, and does not touch a stream that
    /// the decoder reads without it.
    static let requestLines = FuzzTarget(name: "request-lines", maximumBytes: 2_048) { bytes in
        let (seed, input) = bytes.choiceAndInput
        let whole = repaired(CollectionOfOne(ByteBuffer(bytes: input)))
        let cut = repaired(Pieces(input, seed: seed))
        try require(whole == cut, "in pieces: \(cut.text), whole: \(whole.text)")
        try require(adds(whole, to: Array(input)), "it wrote more than CRs: \(whole.text)")
        let again = repaired(CollectionOfOne(whole))
        try require(again == whole, "repaired twice it is \(again.text)")

        let before = HTTPReading(ByteBuffer(bytes: input))
        guard !before.hasFailed else { return }
        try require(HTTPReading(whole) == before, "a good request is another after it")
    }

    private static func repaired(_ pieces: some Sequence<ByteBuffer>) -> ByteBuffer {
        var lines = RequestLines()
        var result = ByteBuffer()
        for piece in pieces {
            result.writeImmutableBuffer(lines.repair(piece, allocator: ByteBufferAllocator()) ?? piece)
        }
        return result
    }

    /// Whether the repaired bytes are the original ones and some CRs, each before an LF.
    private static func adds(_ repaired: ByteBuffer, to original: [UInt8]) -> Bool {
        var rest = original[...]
        var previousIsAdded = false
        for byte in repaired.readableBytesView {
            if byte == rest.first, !previousIsAdded || byte == UInt8(ascii: "\n") {
                rest.removeFirst()
                previousIsAdded = false
            } else {
                guard byte == UInt8(ascii: "\r"), !previousIsAdded else { return false }
                previousIsAdded = true
            }
        }
        return rest.isEmpty && !previousIsAdded
    }
}

/// The requests that NIO's decoder finds in a stream.
private struct HTTPReading: Equatable {
    private(set) var parts: [HTTPServerRequestPart] = []
    private(set) var hasFailed = false

    init(_ bytes: ByteBuffer) {
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        let channel = EmbeddedChannel(handler: decoder)
        do {
            try channel.writeInbound(bytes)
            while let part = try channel.readInbound(as: HTTPServerRequestPart.self) { parts.append(part) }
        } catch {
            hasFailed = true
        }
        _ = try? channel.finish()
    }
}
