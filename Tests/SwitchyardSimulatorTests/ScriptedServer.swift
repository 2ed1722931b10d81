import CoolkitWire
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import SwitchyardSimulator

/// A small HTTP and WebSocket server on a free port of the loopback address, which answers what a test tells it to.
struct ScriptedServer: Sendable {
    struct Request: Sendable {
        let method: HTTPMethod
        let uri: String
        let headers: HTTPHeaders
        let body: String
    }

    /// One WebSocket connection, seen from the server.
    struct Peer: Sendable {
        let channel: any Channel

        func send(_ text: String) { send(.text, ByteBuffer(string: text)) }

        func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
            channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, data: data), promise: nil)
        }

        func close(code: UInt16) {
            send(.connectionClose, ByteBuffer(integer: code))
            channel.close(promise: nil)
        }
    }

    /// The answer to an HTTP request.
    struct Reply: Sendable, ExpressibleByStringInterpolation {
        var status = HTTPResponseStatus.ok
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        var body: ByteBuffer

        init(_ json: String) { body = ByteBuffer(string: json) }
        init(stringLiteral value: String) { self.init(value) }

        init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
            self.status = status
            self.headers = headers
            self.body = body
        }
    }

    /// Makes the answer to an HTTP request.
    typealias Respond = @Sendable (Request, _ port: Int) -> Reply
    /// Takes a frame, its data unmasked; pings and Close frames too.
    typealias Receive = @Sendable (WebSocketFrame, Peer) -> Void

    let address: ServerAddress

    /// Runs `body` with a server that is gone afterwards, with all its connections.
    static func with<Result>(
        respond: @escaping Respond = { _, _ in #"{"error":404}"# },
        receive: @escaping Receive = { _, _ in },
        _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try configure(channel, respond: respond, receive: receive) }
                }
                .bind(host: "127.0.0.1", port: 0)
                .get()
            let port = listener.localAddress?.port ?? 0
            let result = try await body(
                ScriptedServer(address: ServerAddress(host: "127.0.0.1", port: port, usesTLS: false))
            )
            try await group.shutdownGracefully()
            return result
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    private static func configure(
        _ channel: any Channel,
        respond: @escaping Respond,
        receive: @escaping Receive
    ) throws {
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: 1_048_576,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(head.uri == "/api/ws" ? [:] : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FrameReader(receive: receive))
                }
            }
        )
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    // The reader of HTTP requests is not there when the upgrade came first; nothing is lost then.
                    context.pipeline.syncOperations.removeHandler(name: "requests", promise: nil)
                }
            )
        )
        try pipeline.addHandler(RequestReader(respond: respond), name: "requests")
    }
}

/// Gathers requests and answers them.
private final class RequestReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let respond: ScriptedServer.Respond
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(respond: @escaping ScriptedServer.Respond) { self.respond = respond }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part): body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            let request = ScriptedServer.Request(
                method: head.method,
                uri: head.uri,
                headers: head.headers,
                body: String(buffer: body)
            )
            let reply = respond(request, context.channel.localAddress?.port ?? 0)
            var headers = reply.headers
            headers.replaceOrAdd(name: "Content-Length", value: String(reply.body.readableBytes))
            let status: HTTPResponseStatus = head.uri.hasPrefix("/missing") ? .notFound : reply.status
            context.write(
                wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))),
                promise: nil
            )
            context.write(wrapOutboundOut(.body(.byteBuffer(reply.body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

/// Hands frames to the script.
private final class FrameReader: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    private let receive: ScriptedServer.Receive

    init(receive: @escaping ScriptedServer.Receive) { self.receive = receive }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var frame = unwrapInboundIn(data)
        // A client's frame must be masked: one that is not is answered by the end of the connection.
        guard frame.maskKey != nil else { return context.close(promise: nil) }
        frame.data = frame.unmaskedData
        receive(frame, ScriptedServer.Peer(channel: context.channel))
    }
}
