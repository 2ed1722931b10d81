import NIOCore
import NIOEmbedded
import NIOWebSocket
import TestRandom
import Testing

@testable import SwitchyardTransport

@Suite struct WebSocketReaderTests {
    /// All events for these bytes, given in pieces of at most `piece` bytes.
    static func events(
        _ bytes: ByteBuffer,
        limit: Int = 65_536,
        fragments: Int = WebSocketLimits().maximumFragments,
        piece: Int = .max
    ) -> [WebSocketReader.Event] {
        var limits = WebSocketLimits()
        limits.maximumMessageBytes = limit
        limits.maximumFragments = fragments
        var reader = WebSocketReader(limits: limits, allocator: ByteBufferAllocator())
        var events: [WebSocketReader.Event] = []
        var rest = bytes
        while var chunk = rest.readSlice(length: min(piece, rest.readableBytes)), chunk.readableBytes > 0 {
            while let event = reader.next(&chunk) { events.append(event) }
        }
        return events
    }

    static func failureCode(_ events: [WebSocketReader.Event]) -> UInt16? {
        if case .failure(let code, _) = events.last { code } else { nil }
    }

    /// Bytes from hex and frames, for the broken ones.
    struct Broken: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: ByteBuffer
        let code: UInt16

        init(_ description: String, _ bytes: ByteBuffer..., code: UInt16) {
            testDescription = description
            self.bytes = bytes.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
            self.code = code
        }
    }

    @Test(
        "Each breach of the protocol has its close code, however the bytes are cut",
        arguments: [
            Broken("unmasked", ByteBuffer(bytes: [0x81, 0x01, 0x41]), code: 1002),
            Broken("reserved bit 1", ByteBuffer(bytes: [0xC1, 0x80, 0, 0, 0, 0]), code: 1002),
            Broken("reserved bit 3", ByteBuffer(bytes: [0x91, 0x80, 0, 0, 0, 0]), code: 1002),
            Broken("data opcode 3", RawClient.frame(3, []), code: 1002),
            Broken("control opcode 11", RawClient.frame(11, []), code: 1002),
            Broken("fragmented ping", RawClient.frame(9, [1], isFinal: false), code: 1002),
            Broken("long ping", RawClient.frame(9, Array(repeating: 0, count: 126)), code: 1002),
            Broken("continuation of nothing", RawClient.frame(0, []), code: 1002),
            Broken("text within text", RawClient.frame(1, [], isFinal: false), RawClient.frame(1, []), code: 1002),
            Broken(
                "length with its highest bit",
                ByteBuffer(bytes: [0x82, 0xFF] + Array(repeating: 0xFF, count: 12)),
                code: 1002
            ),
            Broken("short length in two bytes", ByteBuffer(bytes: [0x81, 0xFE, 0, 1, 0, 0, 0, 0, 0x41]), code: 1002),
            Broken(
                "length of two bytes in eight",
                ByteBuffer(bytes: [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]),
                code: 1002
            ),
            Broken("close of one byte", RawClient.frame(8, [3]), code: 1002),
            Broken("close with 999", RawClient.frame(8, [0x03, 0xE7]), code: 1002),
            Broken("close with 1005", RawClient.frame(8, [0x03, 0xED]), code: 1002),
            Broken("close with 5000", RawClient.frame(8, [0x13, 0x88]), code: 1002),
            Broken("close reason not UTF-8", RawClient.frame(8, [0x03, 0xE8, 0xFF]), code: 1007),
            Broken("text not UTF-8", RawClient.frame(1, [0xFF]), code: 1007),
            Broken("text cut within a character", RawClient.frame(1, [0xE2, 0x82]), code: 1007),
            Broken("message too long", RawClient.frame(2, Array(repeating: 0, count: 1_025)), code: 1009),
            Broken(
                "fragments too long",
                RawClient.frame(2, Array(repeating: 0, count: 600), isFinal: false),
                RawClient.frame(0, Array(repeating: 0, count: 600)),
                code: 1009
            ),
        ],
        [1, 3, Int.max]
    )
    func breach(broken: Broken, piece: Int) {
        let events = Self.events(broken.bytes, limit: 1_024, piece: piece)
        #expect(events.count == 1)
        #expect(Self.failureCode(events) == broken.code)
    }

    @Test("Text that is not UTF-8 fails before its frame is whole")
    func failsFast() {
        var bytes = RawClient.frame(1, [0xC0] + Array(repeating: 0x41, count: 100))
        let beginning = bytes.readSlice(length: 7)
        #expect(Self.failureCode(Self.events(beginning ?? ByteBuffer())) == 1007)
    }

    @Test("A message that is only announced to be too long fails at its header")
    func announcedLength() {
        #expect(
            Self.failureCode(Self.events(ByteBuffer(bytes: [0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]))) == 1009
        )
    }

    @Test("A message in fragments is one message, and pings may come in between", arguments: [1, 2, 5, Int.max])
    func fragments(piece: Int) {
        var bytes = RawClient.frame(1, Array("Hé".utf8).dropLast(), isFinal: false)
        bytes.writeImmutableBuffer(RawClient.frame(9, Array("?".utf8)))
        bytes.writeImmutableBuffer(RawClient.frame(0, [], isFinal: false))
        bytes.writeImmutableBuffer(RawClient.frame(0, Array("é!".utf8).dropFirst()))
        bytes.writeImmutableBuffer(RawClient.frame(8, [0x0F, 0xA0]))
        bytes.writeImmutableBuffer(RawClient.text("after the end"))
        #expect(
            Self.events(bytes, piece: piece) == [
                .ping(ByteBuffer(string: "?")), .text(ByteBuffer(string: "Hé!")), .close(code: 4_000),
            ]
        )
    }

    @Test("A message comes in a bounded number of frames, empty ones too", arguments: [0, 1])
    func fragmentBound(length: Int) {
        let payload = [UInt8](repeating: 0x41, count: length)
        var bytes = RawClient.frame(1, payload, isFinal: false)
        for _ in 0..<3 { bytes.writeImmutableBuffer(RawClient.frame(0, payload, isFinal: false)) }
        let whole = ByteBuffer(repeating: 0x41, count: length * 5)

        var good = bytes
        good.writeImmutableBuffer(RawClient.frame(0, payload))
        #expect(Self.events(good, fragments: 5) == [.text(whole)])
        // The next message has all of them again.
        good.writeImmutableBuffer(good)
        #expect(Self.events(good, fragments: 5) == [.text(whole), .text(whole)])

        bytes.writeImmutableBuffer(RawClient.frame(0, payload, isFinal: false))
        #expect(Self.events(bytes, fragments: 5).isEmpty)
        bytes.writeImmutableBuffer(RawClient.frame(0, payload))
        #expect(Self.failureCode(Self.events(bytes, fragments: 5)) == 1_008)
    }

    @Test("A message has a buffer of its own with room for a header")
    func headroom() throws {
        guard case .text(let text) = Self.events(RawClient.text("hello")).first else {
            Issue.record("no text")
            return
        }
        #expect(text.readerIndex == WebSocketFrame.headroom)
        #expect(text.capacity < 64)
    }

    @Test("After a failure only the close frame is found", arguments: [1, 4, Int.max])
    func draining(piece: Int) {
        var bytes = RawClient.frame(1, [0xFF] + Array(repeating: 0x42, count: 300))
        bytes.writeImmutableBuffer(RawClient.text("ignored"))
        bytes.writeImmutableBuffer(RawClient.frame(8, [0x03, 0xE8]))
        let events = Self.events(bytes, piece: piece)
        #expect(events.count == 2)
        #expect(events.last == .close(code: nil))
    }

    @Test("What NIO's encoder masks and frames, cut at random, comes back as it was", arguments: 1...10)
    func agreesWithEncoder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let encoder = EmbeddedChannel(handler: WebSocketFrameEncoder())
        var expected: [WebSocketReader.Event] = []
        for _ in 0..<15 { try Self.writeMessage(to: encoder, expecting: &expected, &random) }
        var bytes = ByteBuffer()
        while let more = try encoder.readOutbound(as: ByteBuffer.self) { bytes.writeImmutableBuffer(more) }

        var limits = WebSocketLimits()
        limits.maximumMessageBytes = 1 << 20
        var reader = WebSocketReader(limits: limits, allocator: ByteBufferAllocator())
        var events: [WebSocketReader.Event] = []
        while bytes.readableBytes > 0 {
            let length = min(bytes.readableBytes, [1, 2, 7, 100, 1_024, 5_000].randomElement(using: &random) ?? 1)
            guard var chunk = bytes.readSlice(length: length) else { break }
            while let event = reader.next(&chunk) { events.append(event) }
        }
        #expect(events == expected)
    }

    @Test("Random bytes never give more than a failure or a close", arguments: 1...20)
    func garbage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let events = Self.events(
                ByteBuffer(bytes: bytes),
                limit: 1_024,
                piece: Int.random(in: 1...50, using: &random)
            )
            let ends = events.filter {
                switch $0 {
                case .failure, .close: true
                case .text, .binary, .ping, .pong: false
                }
            }
            #expect(ends.count <= 2)
        }
    }

    private static func writeMessage(
        to encoder: EmbeddedChannel,
        expecting expected: inout [WebSocketReader.Event],
        _ random: inout SeededGenerator
    ) throws {
        let isText = Bool.random(using: &random)
        let length = [0, 1, 7, 125, 126, 300, 65_535, 65_536, 70_000].randomElement(using: &random) ?? 0
        let whole = ByteBuffer(bytes: (0..<length).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) })
        let count = Int.random(in: 1...3, using: &random)
        var rest = whole
        for index in 0..<count {
            let isLast = index == count - 1
            let size = isLast ? rest.readableBytes : Int.random(in: 0...rest.readableBytes, using: &random)
            let frame = OracleFrame(
                fin: isLast,
                opcode: index > 0 ? .continuation : isText ? .text : .binary,
                maskKey: .random(using: &random),
                data: rest.readSlice(length: size) ?? ByteBuffer()
            )
            try encoder.writeOutbound(frame)
            if Int.random(in: 0..<3, using: &random) == 0 {
                let ping = ByteBuffer(string: "ping \(index)")
                try encoder.writeOutbound(
                    OracleFrame(fin: true, opcode: .ping, maskKey: .random(using: &random), data: ping)
                )
                expected.append(.ping(ping))
                if isLast { expected.insert(isText ? .text(whole) : .binary(whole), at: expected.count - 1) }
            } else if isLast {
                expected.append(isText ? .text(whole) : .binary(whole))
            }
        }
    }
}

/// NIO's frame, whose name ours shares.
typealias OracleFrame = NIOWebSocket.WebSocketFrame
