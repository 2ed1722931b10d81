import NIOCore
package import NIOPosix
import NIOSSL
import Synchronization

/// Whether and how a connection to a mail server is encrypted.
package enum MailSecurity: String, Sendable, CaseIterable {
    /// Begun by command, and insisted on: the usual thing on port 587.
    case starttls
    /// From the first byte: the usual thing on port 465.
    case tls
    /// Not at all: for a server on this machine.
    case none
}

/// Hands messages to one mail server, one connection each.
package final class SMTPClient: Sendable {
    /// The mail server.
    package struct Server: Sendable {
        package let host: String
        package let port: Int
        package let security: MailSecurity
        package let credentials: SMTPCredentials?
        /// PEM file of those who sign the server's certificate; nil: those the system trusts.
        package let authorityFile: String?
        /// For the connection, and for each answer.
        package let timeout: Duration

        package init(
            host: String,
            port: Int,
            security: MailSecurity,
            credentials: SMTPCredentials? = nil,
            authorityFile: String? = nil,
            timeout: Duration = .seconds(10)
        ) {
            self.host = host
            self.port = port
            self.security = security
            self.credentials = credentials
            self.authorityFile = authorityFile
            self.timeout = timeout
        }
    }

    /// Messages on their way at a time; one more is refused.
    static let maximumInFlight = 8
    /// The server's half of closing TLS is waited for this long.
    private static let shutdownSeconds: Int64 = 1

    private let server: Server
    private let group: MultiThreadedEventLoopGroup
    private let tls: NIOSSLContext?
    private let inFlight = Mutex(0)

    /// Throws when the authorities cannot be read.
    package init(_ server: Server, group: MultiThreadedEventLoopGroup) throws {
        self.server = server
        self.group = group
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = .seconds(Self.shutdownSeconds)
        if let file = server.authorityFile { configuration.trustRoots = .file(file) }
        tls = server.security == .none ? nil : try NIOSSLContext(configuration: configuration)
    }

    /// Returns when the server has taken the message.
    ///
    /// Throws `SMTPFailure`. Not cancellable; each step ends in time.
    package func send(_ message: MailMessage) async throws {
        let isAdmitted = inFlight.withLock { count in
            guard count < Self.maximumInFlight else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw SMTPFailure.tooMany }
        defer { inFlight.withLock { $0 -= 1 } }
        let loop = group.next()
        let outcome = loop.makePromise(of: Void.self)
        connect(on: loop, for: message, outcome)
        try await outcome.futureResult.get()
    }

    /// Nothing is read before the handlers are there, as the server speaks first.
    private func connect(on loop: any EventLoop, for message: MailMessage, _ outcome: EventLoopPromise<Void>) {
        ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .connectTimeout(TimeAmount(server.timeout))
            .connect(host: server.host, port: server.port)
            .flatMapThrowing { [self] channel in
                try addHandlers(to: channel, for: message, outcome)
                channel.setOption(.autoRead, value: true).whenFailure { outcome.fail($0) }
            }
            .whenFailure { error in
                outcome.fail((error as? SMTPFailure) ?? SMTPFailure.notConnected("\(error)"))
            }
    }

    /// On the channel's loop.
    private func addHandlers(
        to channel: any Channel,
        for message: MailMessage,
        _ outcome: EventLoopPromise<Void>
    ) throws {
        let session = SMTPSession(
            message: message,
            credentials: server.credentials,
            needsSTARTTLS: server.security == .starttls,
            clientName: Self.name(of: channel.localAddress)
        )
        let handler = SMTPConnectionHandler(
            session: session,
            timeout: TimeAmount(server.timeout),
            makeTLS: makeTLSHandler,
            outcome: outcome
        )
        let pipeline = channel.pipeline.syncOperations
        if server.security == .tls { try pipeline.addHandler(try makeTLSHandler()) }
        try pipeline.addHandler(handler)
    }

    /// The certificate has to name the host; an address is compared with the certificate's addresses.
    private func makeTLSHandler() throws -> NIOSSLClientHandler {
        guard let tls else { throw SMTPFailure.notConnected("TLS is off") }
        let isAddress = (try? SocketAddress(ipAddress: server.host, port: 0)) != nil
        return try NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : server.host)
    }

    /// This client's address as EHLO takes it.
    ///
    /// Source: RFC 5321 §4.1.3.
    static func name(of address: SocketAddress?) -> String {
        guard let address, let text = address.ipAddress else { return "[127.0.0.1]" }
        if case .v6 = address { return "[IPv6:\(text)]" }
        return "[\(text)]"
    }
}
