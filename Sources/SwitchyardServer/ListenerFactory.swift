import CoolkitWire
import Logging
import NIOCore
import NIOPosix
import SwitchyardAPI
import SwitchyardCore
import SwitchyardHub
import SwitchyardTransport

/// Makes the listeners that the configuration asks for, with their certificates.
struct ListenerFactory {
    let configuration: ServerConfiguration
    let environment: ServerEnvironment
    let hub: Hub
    let responder: HTTPResponder
    /// Of the listener for downloads.
    let downloadResponder: HTTPResponder
    let timers: LoopTimersGroup
    let eventLoops: MultiThreadedEventLoopGroup
    /// Of all listeners but the one for metrics.
    let connections: ConnectionLimiter

    typealias Listeners = [(name: ServerConfiguration.ListenerName, listener: HTTPListener)]

    func makeListeners() throws(SwitchyardError) -> (Listeners, [TLSContextSource]) {
        var listeners: Listeners = []
        var certificates: [TLSContextSource] = []
        for name in ServerConfiguration.ListenerName.allCases {
            let endpoints = configuration.listeners.endpoints(of: configuration.listeners[name])
            guard !endpoints.isEmpty else { continue }
            let tls = try tlsContext(for: name)
            if let tls { certificates.append(tls) }
            warn(of: name)
            for endpoint in endpoints {
                let listener = makeListener(name.kind, at: endpoint, tls: tls)
                listeners.append((name, listener))
            }
        }
        return (listeners, certificates)
    }

    private func makeListener(
        _ kind: ListenerKind,
        at endpoint: Endpoint,
        tls: TLSContextSource?
    ) -> HTTPListener {
        var listening = HTTPListenerConfiguration(kind: kind, host: endpoint.host, port: endpoint.port, tls: tls)
        listening.webSocketLimits.maximumQueuedFrames = configuration.protocolSettings.maximumQueuedFrames
        // Devices read answers into small buffers, and the device listener's TLS is weak enough without.
        if configuration.listeners.compression, kind != .device {
            listening.compression = CompressionPolicy(excluding: CoolkitAPI.pathsOfDevices)
        }
        listening.forwarding = ForwardedAddress(trusting: configuration.trustedProxies)
        // Door sensors use their connection again for up to 3 minutes. Source: coolkit-v1-http.md §6.1.
        if kind == .device || kind == .plain { listening.limits.idle = .seconds(200) }
        // Downloads are no way in for anything else.
        if kind == .ota { listening.webSocketPaths = [] }
        let responder = kind == .ota ? downloadResponder : responder
        let drain = configuration.limits.stopDeadline - .milliseconds(1_500)
        listening.limits.drain = max(drain, .milliseconds(500))
        return HTTPListener(
            configuration: listening,
            group: eventLoops,
            timers: timers,
            connections: connections,
            logger: environment.logger,
            responder: responder.respond,
            admit: { [hub] info, _ in
                guard hub.admits(info.peerAddress) else { return .refuse(status: 429) }
                return .accept { hub.makeConnection() }
            }
        )
    }

    /// The listeners for metrics: small, and nothing but HTTP.
    func makeMetricsListeners(_ responder: HTTPResponder) -> [HTTPListener] {
        configuration.listeners.endpoints(of: configuration.listeners.metrics).map { endpoint in
            var listening = HTTPListenerConfiguration(kind: .metrics, host: endpoint.host, port: endpoint.port)
            listening.webSocketPaths = []
            listening.backlog = 64
            return HTTPListener(
                configuration: listening,
                group: eventLoops,
                timers: timers,
                connections: ConnectionLimiter(maximumTotal: Self.maximumMetricsConnections),
                logger: environment.logger,
                responder: responder.respond,
                admit: { _, _ in .refuse(status: 404) }
            )
        }
    }

    /// A few that scrape, a few that probe.
    private static let maximumMetricsConnections = 64

    private func tlsContext(for name: ServerConfiguration.ListenerName) throws(SwitchyardError) -> TLSContextSource? {
        let files = ServerCertificates(configuration).files
        let (file, profile): (CertificateFiles.Name, TLSProfile)
        switch name {
        case .publicTLS: (file, profile) = (.public, .public(minimum: configuration.listeners.publicMinimumTLS.minimum))
        case .device: (file, profile) = (.device, .device)
        case .plain, .ota: return nil
        }
        return try TLSContextSource(
            certificateFile: files.certificateFile(file),
            keyFile: files.keyFile(file),
            profile: profile
        )
    }

    /// Tells the operator of what is weak by his own choice.
    private func warn(of name: ServerConfiguration.ListenerName) {
        switch name {
        case .device:
            environment.logger.warning(
                "The device listener takes TLS 1.0 and static RSA: only for old firmware on a network you trust"
            )
        case .plain:
            environment.logger.warning(
                "The plain listener encrypts nothing, keys and tokens included: only on a network you trust"
            )
        case .publicTLS where [.oneZero, .oneOne].contains(configuration.listeners.publicMinimumTLS):
            environment.logger.warning("The public listener takes TLS below 1.2, which is broken")
        case .publicTLS, .ota: break
        }
    }
}

extension ServerConfiguration.ListenerName {
    fileprivate var kind: ListenerKind {
        switch self {
        case .publicTLS: .public
        case .device: .device
        case .plain: .plain
        case .ota: .ota
        }
    }
}
