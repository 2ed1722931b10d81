import NIOCore
import NIOPosix
import NIOSSL

/// The other end of a connection, byte by byte: what a peer that is not well behaved is made of.
final class RawClient {
    struct Ended: Error {}

    let channel: any Channel
    private var iterator: AsyncStream<ByteBuffer>.Iterator
    private var received = ByteBuffer()

    private init(channel: any Channel, bytes: AsyncStream<ByteBuffer>) {
        self.channel = channel
        iterator = bytes.makeAsyncIterator()
    }

    /// Connects; with `trusting`, over TLS and verifying the server against that PEM file, for `serverName`.
    ///
    /// - Parameter pieceBytes: what it sends goes out in pieces of that size, a moment apart.
    static func connect(
        port: Int,
        trusting authority: String? = nil,
        serverName: String = "localhost",
        autoRead: Bool = true,
        pieceBytes: Int? = nil,
        configure: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws -> RawClient {
        let (bytes, continuation) = AsyncStream<ByteBuffer>.makeStream()
        var tls: NIOSSLContext?
        if let authority {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(authority)
            configure(&configuration)
            tls = try NIOSSLContext(configuration: configuration)
        }
        let context = tls
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: autoRead)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let pieceBytes { try pipeline.addHandler(Pieces(bytes: pieceBytes)) }
                    if let context {
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: serverName))
                    }
                    try pipeline.addHandler(Collector(continuation: continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel: channel, bytes: bytes)
    }

    func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes) }

    /// Asks for a WebSocket and returns the head of the answer.
    func upgrade(path: String = "/api/ws", headers: String = "") async throws -> String {
        try await send(
            "GET \(path) HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ITEADTmobiM0x1DabcEsnw==\r\n\(headers)\r\n"
        )
        return try await readHead()
    }

    /// The next head, with its empty line.
    func readHead() async throws -> String {
        while true {
            let text = String(buffer: received)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = String(text[..<end.upperBound])
                received.moveReaderIndex(forwardBy: head.utf8.count)
                return head
            }
            try await readMore()
        }
    }

    func read(_ count: Int) async throws -> String { String(buffer: try await readBytes(count)) }

    func readBytes(_ count: Int) async throws -> ByteBuffer {
        while received.readableBytes < count { try await readMore() }
        return received.readSlice(length: count) ?? ByteBuffer()
    }

    /// The next frame of the server: its opcode and payload.
    ///
    /// Frames above 65 535 bytes are not expected.
    func readFrame() async throws -> (opcode: UInt8, payload: ByteBuffer) {
        while true {
            var bytes = received
            if let first = bytes.readInteger(as: UInt8.self), let short = bytes.readInteger(as: UInt8.self) {
                let length = short == 126 ? bytes.readInteger(as: UInt16.self).map(Int.init) : Int(short)
                if let length, let payload = bytes.readSlice(length: length) {
                    received = bytes
                    return (first & 0x0F, payload)
                }
            }
            try await readMore()
        }
    }

    /// Reads a close frame; its code.
    func readClose() async throws -> UInt16? {
        var (opcode, payload) = try await readFrame()
        guard opcode == 8 else { throw Ended() }
        return payload.readInteger()
    }

    /// Everything up to the end of the connection.
    func readToEnd() async -> String {
        while let more = await iterator.next(isolation: #isolation) { received.writeImmutableBuffer(more) }
        return String(buffer: received)
    }

    func close() async {
        // Closed already is as good.
        try? await channel.close()
    }

    private func readMore() async throws {
        guard let more = await iterator.next(isolation: #isolation) else { throw Ended() }
        received.writeImmutableBuffer(more)
    }

    /// A client's frame, masked.
    static func frame(_ opcode: UInt8, _ payload: some Sequence<UInt8>, isFinal: Bool = true) -> ByteBuffer {
        let mask: [UInt8] = [0xB2, 0x39, 0x85, 0xA6]
        let bytes = Array(payload)
        var frame = ByteBuffer()
        frame.writeInteger((isFinal ? 0x80 : 0) | opcode)
        if bytes.count < 126 {
            frame.writeInteger(0x80 | UInt8(bytes.count))
        } else if bytes.count <= 0xFFFF {
            frame.writeInteger(UInt8(0x80 | 126))
            frame.writeInteger(UInt16(bytes.count))
        } else {
            frame.writeInteger(UInt8(0x80 | 127))
            frame.writeInteger(UInt64(bytes.count))
        }
        frame.writeBytes(mask)
        frame.writeBytes(bytes.enumerated().map { $1 ^ mask[$0 % 4] })
        return frame
    }

    static func text(_ text: String) -> ByteBuffer { frame(1, text.utf8) }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let continuation: AsyncStream<ByteBuffer>.Continuation

        init(continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
