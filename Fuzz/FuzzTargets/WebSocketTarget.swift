import NIOCore
import SwitchyardTransport

extension FuzzTarget {
    /// A client's bytes give the same messages however they are cut, and those that NIO's decoder and the rules of
    /// RFC 6455 give.
    static let webSocket = FuzzTarget(name: "websocket", maximumBytes: 4_096) { bytes in
        let (seed, input) = bytes.choiceAndInput
        let whole = try StreamReading(CollectionOfOne(ByteBuffer(bytes: input)))
        let cut = try StreamReading(Pieces(input, seed: seed))
        try require(whole == cut, "in pieces: \(cut), whole: \(whole)")
        try whole.compare(with: try FrameOracle(reading: input, limits: StreamReading.limits))
    }
}

/// What the reader makes of a whole stream.
private struct StreamReading: Equatable {
    /// Small ones, so that they are reached.
    static let limits = {
        var limits = WebSocketLimits()
        limits.maximumMessageBytes = 1_024
        limits.maximumFragments = 8
        return limits
    }()

    private(set) var events: [WebSocketReader.Event] = []
    private(set) var failure: UInt16?

    init(_ pieces: some Sequence<ByteBuffer>) throws {
        var reader = WebSocketReader(limits: Self.limits, allocator: ByteBufferAllocator())
        var hasEnded = false
        for var piece in pieces {
            while let event = reader.next(&piece) {
                try require(!hasEnded, "something follows the end: \(event)")
                switch event {
                case .failure(let code, let reason):
                    try require(failure == nil, "it fails twice: \(reason)")
                    failure = code
                case .close where failure != nil: hasEnded = true
                case .close:
                    hasEnded = true
                    events.append(event)
                case .text, .binary, .ping, .pong:
                    try require(failure == nil, "a message follows a failure")
                    events.append(event)
                }
            }
            try require(piece.readableBytes == 0, "bytes are left lying")
        }
    }

    func compare(with oracle: FrameOracle) throws {
        try require(events == oracle.events, "read \(events), expected \(oracle.events)")
        guard let failure else {
            // NIO's decoder judges a header before it has the mask.
            let isWellKnown = oracle.failure == nil || oracle.hasIncompleteHeader
            return try require(isWellKnown, "expected \(oracle.failure ?? 0)")
        }
        guard let expected = oracle.failure else {
            // A frame need not be whole to be wrong.
            return try require(oracle.hasIncompleteFrame, "fails with \(failure) for nothing")
        }
        // Of two faults in one frame either may be seen first; a text is judged as it comes, so 1007 may be early.
        try require([1_002, 1_007, 1_008, 1_009].contains(failure), "fails with \(failure), expected \(expected)")
    }
}
