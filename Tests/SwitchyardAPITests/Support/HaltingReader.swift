import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import SwitchyardSimulator
import TestSupport

/// A client over TLS that takes the beginning of an answer, and the rest when it is told to.
struct HaltingReader: Sendable {
    /// Bytes on the wire: the handshake is over by then and the answer has begun.
    private static let first = 32_768

    private let channel: any Channel
    private let gate: NIOLoopBound<Gate>
    private let content: NIOLoopBound<Content>

    init(to server: TestServer) async throws {
        let address = try server.address(of: .public)
        let tls = try NIOSSLContext(configuration: try TestListener.public.trust(of: server).makeConfiguration())
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        (gate, content) = try await loop.submit {
            (
                NIOLoopBound(Gate(limit: Self.first, loop: loop), eventLoop: loop),
                NIOLoopBound(Content(loop: loop), eventLoop: loop)
            )
        }.get()
        channel = try await ClientBootstrap(group: loop)
            // What the kernel takes for a peer that does not read would hide what the server holds.
            .channelOption(.socketOption(.so_rcvbuf), value: 16_384)
            .channelInitializer { [gate, content] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(gate.value)
                    try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    try pipeline.addHandler(content.value)
                }
            }
            .connect(host: address.host, port: address.port).get()
    }

    /// Asks as HTTP/1.0 does: the answer has no chunks and ends with the connection.
    func get(_ target: String, token: String) async throws {
        let request = "GET \(target) HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\r\n"
        try await channel.writeAndFlush(ByteBuffer(string: request))
    }

    /// Waits until the answer has begun to come and is not read any more.
    func hasHalted() async throws {
        let future = try await channel.eventLoop.submit { [gate] in gate.value.halted.futureResult }.get()
        try await withPatience(for: "the beginning of an answer") { try await future.get() }
    }

    /// Takes the rest, and returns all that came behind the head.
    func rest() async throws -> String {
        let future = try await channel.eventLoop.submit { [gate, content] in
            gate.value.open()
            return content.value.ended.futureResult
        }.get()
        let text = String(buffer: try await future.get())
        guard let head = text.range(of: "\r\n\r\n") else { throw TestFailure("no head") }
        return String(text[head.upperBound...])
    }

    /// One that has ended is as good.
    func close() async { try? await channel.close() }
}

/// Reads from the socket until it has got so many bytes.
private final class Gate: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let halted: EventLoopPromise<Void>
    private var limit: Int
    private var context: ChannelHandlerContext?

    init(limit: Int, loop: any EventLoop) {
        self.limit = limit
        halted = loop.makePromise()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        halted.succeed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        limit -= unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if limit > 0 { context.read() } else { halted.succeed() }
    }

    func open() {
        limit = .max
        context?.read()
    }
}

/// Keeps what came.
private final class Content: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let ended: EventLoopPromise<ByteBuffer>
    private var content = ByteBuffer()

    init(loop: any EventLoop) { ended = loop.makePromise() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        content.writeBuffer(&part)
    }

    func handlerRemoved(context: ChannelHandlerContext) { ended.succeed(content) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
