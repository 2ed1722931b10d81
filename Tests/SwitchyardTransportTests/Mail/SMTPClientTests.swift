import CoolkitWire
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite("The mail client on real sockets")
struct SMTPClientTests {
    private static let group = MultiThreadedEventLoopGroup.singleton

    private func message() throws -> MailMessage {
        MailMessage(
            from: try #require(MailAddress("a@example.net")),
            to: try #require(MailAddress("b@example.org")),
            subject: "code",
            text: "text",
            date: UnixTime(seconds: 0)
        )
    }

    private func client(
        port: Int,
        host: String = "127.0.0.1",
        security: MailSecurity = .none,
        authority: String? = nil,
        timeout: Duration = .seconds(20)
    ) throws -> SMTPClient {
        try SMTPClient(
            .init(host: host, port: port, security: security, authorityFile: authority, timeout: timeout),
            group: Self.group
        )
    }

    /// Runs `body` with a server that says `lines`, one for each line or message it gets, the first at once.
    private func withServer(
        _ lines: [String],
        tls: NIOSSLContext? = nil,
        _ body: (Int) async throws -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(ScriptedMailServer(lines))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(port))
        } catch {
            result = .failure(error)
        }
        try await server.close()
        try result.get()
    }

    private static let good = ["220 x", "250 x", "250 x", "250 x", "354 x", "250 x"]

    @Test("A message is handed to a server on this machine")
    func sends() async throws {
        try await withServer(Self.good) { port in
            try await client(port: port).send(message())
            try await client(port: port, host: "localhost").send(message())
        }
    }

    @Test("A server that says nothing is left after the time limit")
    func silence() async throws {
        try await withServer([]) { port in
            let client = try client(port: port, timeout: .milliseconds(150))

            await #expect(throws: SMTPFailure.timedOut(step: "the connection")) { try await client.send(message()) }
        }
    }

    @Test("Where nobody listens, and for a name that does not exist, the failure says so")
    func nobody() async throws {
        for host in ["127.0.0.1", "nobody.invalid"] {
            let client = try client(port: 1, host: host)

            let error = await #expect(throws: SMTPFailure.self) { try await client.send(message()) }
            #expect(error?.description.hasPrefix("no connection: ") == true)
        }
    }

    @Test("Only so many messages are on their way at a time; when one ends another may go")
    func bound() async throws {
        try await withServer([]) { port in
            let client = try client(port: port, timeout: .milliseconds(300))
            let message = try message()

            let failures = await withTaskGroup(of: SMTPFailure?.self) { group in
                for _ in 0...SMTPClient.maximumInFlight {
                    group.addTask {
                        do {
                            try await client.send(message)
                            return nil
                        } catch {
                            return error as? SMTPFailure
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            #expect(failures.count { $0 == .tooMany } == 1)
            await #expect(throws: SMTPFailure.timedOut(step: "the connection")) { try await client.send(message) }
        }
    }

    @Test("With TLS from the first byte the server's certificate has to name it and be signed by whom we trust")
    func implicitTLS() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "switchyard-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // A folder left in /tmp harms no test.
        for name in ["right", "wrong"] {
            try CertificateFiles(directory: folder.appending(path: name).path)
                .initialise(names: CertificateNames(dnsNames: ["localhost"], addresses: []))
        }
        let right = folder.appending(path: "right").path
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(right + "/public.pem").map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: right + "/public.key", format: .pem))
        )
        let tls = try NIOSSLContext(configuration: configuration)

        try await withServer(Self.good, tls: tls) { port in
            let authority = right + "/ca.pem"
            try await client(port: port, host: "localhost", security: .tls, authority: authority).send(message())

            let stranger = folder.appending(path: "wrong/ca.pem").path
            for (host, authority) in [("localhost", stranger), ("127.0.0.1", authority), ("localhost", nil)] {
                let client = try client(port: port, host: host, security: .tls, authority: authority)
                let error = await #expect(throws: SMTPFailure.self) { try await client.send(message()) }
                #expect(error?.description.hasPrefix("no connection: ") == true, "\(host)")
            }
        }
    }

    @Test("EHLO names the client's address")
    func clientName() throws {
        #expect(SMTPClient.name(of: try SocketAddress(ipAddress: "192.0.2.1", port: 1)) == "[192.0.2.1]")
        #expect(SMTPClient.name(of: try SocketAddress(ipAddress: "2001:db8::1", port: 1)) == "[IPv6:2001:db8::1]")
    }
}

/// A mail server that knows its part by heart.
private final class ScriptedMailServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var lines: ArraySlice<String>

    init(_ lines: [String]) { self.lines = lines[...] }

    func channelActive(context: ChannelHandlerContext) { speak(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Each thing the client says is small enough to come at once.
        speak(context)
    }

    private func speak(_ context: ChannelHandlerContext) {
        guard let line = lines.popFirst() else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: line + "\r\n")), promise: nil)
    }
}
