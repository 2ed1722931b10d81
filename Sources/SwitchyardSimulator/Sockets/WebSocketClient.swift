package import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Opens WebSocket connections to one server.
///
/// A connection is nothing but a channel: what arrives goes to a closure on the channel's event loop, so there is no
/// task to leak, and the channel is gone when `closed` has been delivered.
package struct WebSocketClient: Sendable {
    /// The longest text message accepted from a server, in bytes.
    package static let maximumMessageLength = 1_048_576
    /// The most events that `withConnection` keeps for its body; beyond that the connection is closed.
    package static let maximumWaitingEvents = 4_096

    static let frameEncoderName = "frame encoder"

    package let address: ServerAddress
    package let path: String
    package let style: UpgradeStyle
    /// The most time that connecting, TLS and upgrade may take together.
    package let connectTimeout: TimeAmount
    private let tls: NIOSSLContext?
    private let group: any EventLoopGroup

    /// - Throws: `SimulatorError` if the trust cannot be set up.
    package init(
        address: ServerAddress,
        trust: ServerTrust,
        path: String = "/api/ws",
        style: UpgradeStyle = .standard,
        connectTimeout: TimeAmount = .seconds(10),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(SimulatorError) {
        self.init(
            address: address,
            tls: address.usesTLS ? try trust.makeContext() : nil,
            path: path,
            style: style,
            connectTimeout: connectTimeout,
            group: group
        )
    }

    /// As above, with a context that many clients share.
    init(
        address: ServerAddress,
        tls: NIOSSLContext?,
        path: String = "/api/ws",
        style: UpgradeStyle = .standard,
        connectTimeout: TimeAmount = .seconds(10),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.address = address
        self.tls = tls
        self.path = path
        self.style = style
        self.connectTimeout = connectTimeout
        self.group = group
    }

    /// Connects and upgrades; from then on every event goes to `deliver`, on the connection's event loop.
    ///
    /// `deliver` returns false when it takes no more: the connection is closed then. The last event is always `closed`.
    /// The caller closes the connection.
    ///
    /// - Throws: `SimulatorError`, or `CancellationError` when the task is cancelled; no connection is left then.
    package func connect(
        delivering deliver: @escaping @Sendable (WebSocketEvent) -> Bool
    ) async throws -> WebSocketConnection {
        let (channel, upgraded) = try await open(delivering: deliver)
        let deadline = channel.eventLoop.scheduleTask(in: connectTimeout) { channel.close(promise: nil) }
        defer { deadline.cancel() }
        do {
            try await withTaskCancellationHandler {
                try await upgraded.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            try Task.checkCancellation()
        } catch {
            channel.close(promise: nil)
            // Either way the channel is closed after this; that is all that is wanted.
            try? await channel.closeFuture.get()
            guard !Task.isCancelled else { throw CancellationError() }
            throw error
        }
        return WebSocketConnection(channel: channel)
    }

    private func open(
        delivering deliver: @escaping @Sendable (WebSocketEvent) -> Bool
    ) async throws -> (any Channel, EventLoopFuture<Void>) {
        let (address, path, style, tls) = (address, path, style, tls)
        do {
            return try await ClientBootstrap(group: group)
                .connectTimeout(connectTimeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: address.host, port: address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let tls {
                            try pipeline.addHandler(
                                NIOSSLClientHandler(context: tls, serverHostname: address.verifiedHostName)
                            )
                        }
                        let promise = channel.eventLoop.makePromise(of: Void.self)
                        let key = style.makeKey()
                        let upgrade = UpgradeHandler(
                            address: address,
                            request: style.request(to: address, path: path, key: key),
                            key: key,
                            promise: promise
                        ) { try Self.addWebSocketHandlers(to: $0, style: style, deliver: deliver) }
                        try pipeline.addHandler(upgrade)
                        return (channel, promise.futureResult)
                    }
                }
        } catch {
            throw address.failure(of: "connecting", error)
        }
    }

    private static func addWebSocketHandlers(
        to pipeline: ChannelPipeline.SynchronousOperations,
        style: UpgradeStyle,
        deliver: @escaping @Sendable (WebSocketEvent) -> Bool
    ) throws {
        try pipeline.addHandler(ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: maximumMessageLength)))
        try pipeline.addHandler(WebSocketFrameEncoder(), name: frameEncoderName)
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0,
                maxAccumulatedFrameCount: 1_024,
                maxAccumulatedFrameSize: maximumMessageLength
            )
        )
        try pipeline.addHandler(WebSocketEventHandler(style: style, deliver: deliver))
    }

    /// Connects, runs `body` with the connection, and closes it whatever happens.
    package func withConnection<Result>(
        _ body: (WebSocketConversation) async throws -> Result
    ) async throws -> Result {
        let inbox = Inbox<WebSocketEvent>(capacity: Self.maximumWaitingEvents)
        let connection = try await connect { event in
            let isKept = inbox.deliver(event)
            if case .closed = event { inbox.finish() }
            return isKept
        }
        let result: Result
        do {
            result = try await body(WebSocketConversation(connection: connection, inbox: inbox))
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
        return result
    }
}

extension ServerAddress {
    /// The name for SNI and verification; `nil` for an address, which is verified as such.
    fileprivate var verifiedHostName: String? {
        ServerAddress(host: certificateName ?? host, port: port).hostName
    }
}
