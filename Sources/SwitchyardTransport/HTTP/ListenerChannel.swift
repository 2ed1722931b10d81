import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
package import NIOHTTP1
package import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// Decides about a well-formed WebSocket request before it is answered; called on the connection's loop.
package typealias WebSocketAdmission = @Sendable (ConnectionInfo, HTTPRequestHead) -> UpgradeDecision

/// Sets up an accepted connection: TLS, limits, HTTP, and the way out to a WebSocket.
///
/// After an upgrade the pipeline is the TLS handler and the `WebSocketConnection`, and no task lives on for it.
package struct ListenerChannel: HTTPChannelHandler {
    package enum Outcome: Sendable {
        case webSocket
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case refused
    }

    package struct Value: ServerChildChannelValue {
        package let channel: any Channel
        let info: ConnectionInfo
        let outcome: EventLoopFuture<Outcome>
    }

    package let responder: Responder
    private let settings: ListenerSettings

    init(responder: @escaping Responder, settings: ListenerSettings) {
        self.settings = settings
        let forwarding = settings.configuration.forwarding
        self.responder = { request, writer, channel in
            let fields = request.headers.filter { $0.name.canonicalName == ForwardedAddress.fieldName }.map(\.value)
            let info = ConnectionInfo.current
            let client = info.flatMap { forwarding.client(behind: $0.peerAddress, fields: fields) }
            var writer: ResponseWriter? = writer
            try await ConnectionInfo.$current.withValue(info?.forwarded(for: client)) {
                guard let writer = writer.take() else { return }
                try await responder(request, writer, channel)
            }
        }
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let info = ConnectionInfo(channel: channel, listener: settings.configuration.kind)
            // The connections of a proxy are those of all its clients.
            let counted = settings.configuration.forwarding.trusts(info.peerAddress) ? nil : info.peerAddress
            guard !settings.isStopping, let place = settings.connections.enter(counted) else {
                channel.close(promise: nil)
                return Value(
                    channel: channel,
                    info: info,
                    outcome: channel.eventLoop.makeSucceededFuture(.refused)
                )
            }
            channel.closeFuture.whenComplete { _ in place.leave() }
            let connection = AcceptedConnection(info: info, settings: settings)
            return Value(channel: channel, info: info, outcome: try configure(channel, connection, place))
        }
    }

    package func handle(value: Value, logger: Logger) async {
        do {
            guard case .http(let channel) = try await value.outcome.get() else { return }
            await ConnectionInfo.$current.withValue(value.info) {
                await handleHTTP(asyncChannel: channel, logger: logger)
            }
        } catch {
            // The peer left, or what it sent was no HTTP: either way there is no one to answer.
            value.channel.close(promise: nil)
        }
    }

    // MARK: The pipeline

    private func configure(
        _ channel: any Channel,
        _ connection: AcceptedConnection,
        _ place: ConnectionLimiter.Place
    ) throws -> EventLoopFuture<Outcome> {
        try setOptions(of: channel)
        let pipeline = channel.pipeline.syncOperations
        let parts = settings.timers.loopParts(for: channel.eventLoop)
        let tls = settings.configuration.tls
        let phases = ConnectionPhaseHandler(
            limits: settings.configuration.limits,
            loopParts: parts,
            place: place,
            isTLS: tls != nil
        )
        guard let tls else {
            try pipeline.addHandler(phases)
            return try addHTTP(to: channel, connection, phases)
        }
        let outcome = channel.eventLoop.makePromise(of: Outcome.self)
        channel.closeFuture.whenComplete { _ in outcome.fail(ChannelError.ioOnClosedChannel) }
        let admission = HandshakeAdmissionHandler(
            admission: parts.handshakes,
            timers: parts.timers,
            phases: phases
        ) { channel in
            // Many may have come before some of them were slow.
            guard place.admitsHandshake() else { throw ChannelError.ioOnClosedChannel }
            let handler = NIOSSLServerHandler(context: tls.context)
            try channel.pipeline.syncOperations.addHandler(handler, position: .before(phases))
            phases.tls = handler
            try addHTTP(to: channel, connection, phases).cascade(to: outcome)
        }
        phases.handshakeEnded = { [unowned admission] in admission.handshakeEnded() }
        try pipeline.addHandler(admission)
        try pipeline.addHandler(phases)
        return outcome.futureResult
    }

    private func addHTTP(
        to channel: any Channel,
        _ connection: AcceptedConnection,
        _ phases: ConnectionPhaseHandler
    ) throws -> EventLoopFuture<Outcome> {
        let pipeline = channel.pipeline.syncOperations
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: decoderLimits)
        )
        let requests = HTTPRequestGuard(connection: connection, phases: phases)
        let syntax = RequestSyntaxHandler(rules: settings.configuration.syntaxRules, phases: phases)
        try pipeline.addHandler(syntax)
        try pipeline.addHandler(encoder)
        try pipeline.addHandler(decoder)
        try pipeline.addHandler(requests)
        let upgrade = NIOTypedHTTPServerUpgradeHandler(
            httpEncoder: encoder,
            // The guard leaves first at an upgrade: what the decoder has left over is no HTTP.
            extraHTTPHandlers: [requests, decoder, phases, syntax],
            upgradeConfiguration: upgradeConfiguration(connection)
        )
        try pipeline.addHandler(upgrade)
        return upgrade.upgradeResultFuture
    }

    private func setOptions(of channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
        try options.setOption(.socketOption(.so_keepalive), value: 1)
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = settings.configuration.limits.maximumHeadBytes
        limits.maxHeaderListSize = settings.configuration.limits.maximumHeadBytes
        limits.maxHeaderFieldCount = 200
        return limits
    }

    private func upgradeConfiguration(
        _ connection: AcceptedConnection
    ) -> NIOTypedHTTPServerUpgradeConfiguration<Outcome> {
        let isSecure = settings.configuration.tls != nil
        let compression = settings.configuration.compression
        return NIOTypedHTTPServerUpgradeConfiguration(
            upgraders: [WebSocketUpgrader(connection: connection)],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let compression { try pipeline.addHandler(CompressionHandler(policy: compression)) }
                    try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: isSecure))
                    return .http(
                        try NIOAsyncChannel(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true)
                        )
                    )
                }
            }
        )
    }
}
