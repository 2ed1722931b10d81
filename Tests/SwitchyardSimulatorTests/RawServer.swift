import NIOCore
import NIOPosix
import SwitchyardSimulator

/// A TCP server that keeps what it gets and answers the first bytes with fixed ones.
struct RawServer: Sendable {
    enum Answer: Sendable {
        case bytes(String)
        case nothing
        case close
    }

    let address: ServerAddress
    private let received: Inbox<String>

    /// Runs `body` with a server that is gone afterwards.
    static func with<Result>(
        answering answer: Answer,
        _ body: (RawServer) async throws -> Result
    ) async throws -> Result {
        let received = Inbox<String>(capacity: 100)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let listener = try await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Recorder(answer: answer, received: received))
                    }
                }
                .bind(host: "127.0.0.1", port: 0)
                .get()
            let port = listener.localAddress?.port ?? 0
            let address = ServerAddress(host: "127.0.0.1", port: port, usesTLS: false)
            let result = try await body(RawServer(address: address, received: received))
            try await group.shutdownGracefully()
            return result
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    /// What came next, one Latin-1 character a byte.
    func next() async throws -> String {
        try await withDeadline(.seconds(10), waitingFor: "bytes at the server") { [received] in
            try await received.next { _ in true }
        }
    }
}

private final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: RawServer.Answer
    private let received: Inbox<String>
    private var isFirst = true

    init(answer: RawServer.Answer, received: Inbox<String>) {
        self.answer = answer
        self.received = received
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data).readableBytesView
        _ = received.deliver(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })))
        guard isFirst else { return }
        isFirst = false
        switch answer {
        case .bytes(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .nothing: break
        case .close: context.close(promise: nil)
        }
    }
}
