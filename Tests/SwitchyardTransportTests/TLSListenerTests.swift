import NIOCore
import NIOEmbedded
import NIOSSL
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite(.timeLimit(.minutes(1))) struct TLSListenerTests {
    private static let names = CertificateNames(dnsNames: ["localhost"], addresses: ["127.0.0.1"])

    private static func source(_ files: CertificateFiles, _ name: CertificateFiles.Name) throws -> TLSContextSource {
        try TLSContextSource(
            certificateFile: files.certificateFile(name),
            keyFile: files.keyFile(name),
            profile: name == .device ? .device : .public(minimum: .version12)
        )
    }

    @Test("A client that trusts the authority and checks names talks WebSocket over TLS")
    func webSocket() async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let authority = files.certificateFile(.authority)
        try await RunningListener.with(kind: .public, tls: Self.source(files, .public)) { listener in
            let client = try await RawClient.connect(port: listener.port, trusting: authority)
            #expect(try await client.upgrade().hasPrefix("HTTP/1.1 101 "))
            for length in [1, 1_000, 60_000] {
                let text = String(repeating: "x", count: length)
                try await client.send(RawClient.text(text))
                #expect(try await client.readFrame().payload == ByteBuffer(string: text))
            }
            try await client.send(RawClient.frame(8, [0x03, 0xE8]))
            #expect(try await client.readClose() == 1_000)
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("A reload serves new connections and leaves those that exist alone")
    func reload() async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let tls = try Self.source(files, .public)
        let authority = files.certificateFile(.authority)
        try await RunningListener.with(kind: .public, tls: tls) { listener in
            let old = try await RawClient.connect(port: listener.port, trusting: authority)
            _ = try await old.upgrade()
            try files.initialise(names: Self.names, replacing: .everything)
            let early = try await RawClient.connect(port: listener.port, trusting: authority)
            #expect(await early.readToEnd().isEmpty)

            try tls.reload()
            let new = try await RawClient.connect(port: listener.port, trusting: authority)
            #expect(try await new.upgrade().hasPrefix("HTTP/1.1 101 "))
            try await old.send(RawClient.text("still here"))
            #expect(try await old.readFrame().payload == ByteBuffer(string: "still here"))
            await old.close()
            await new.close()
        }
    }

    @Test(
        "The device listener speaks what old firmware speaks",
        arguments: zip([TLSVersion.tlsv1, .tlsv11, .tlsv12], ["AES128-SHA", "AES256-SHA", "AES128-SHA"])
    )
    func device(version: TLSVersion, suite: String) async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let trusted = files.certificateFile(.device)
        try await RunningListener.with(kind: .device, tls: Self.source(files, .device)) { listener in
            let client = try await RawClient.connect(port: listener.port, trusting: trusted) { configuration in
                configuration.minimumTLSVersion = version
                configuration.maximumTLSVersion = version
                configuration.cipherSuites = suite
                configuration.certificateVerification = .none
            }
            #expect(try await client.upgrade().hasPrefix("HTTP/1.1 101 "))
            await client.close()
        }
    }

    @Test("The public listener refuses TLS below its minimum")
    func minimum() async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let authority = files.certificateFile(.authority)
        try await RunningListener.with(kind: .public, tls: Self.source(files, .public)) { listener in
            let client = try await RawClient.connect(port: listener.port, trusting: authority) { configuration in
                configuration.minimumTLSVersion = .tlsv1
                configuration.maximumTLSVersion = .tlsv11
            }
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test(
        "The public listener agrees on forward secrecy and authenticated encryption, and on nothing else",
        arguments: [
            ("ECDHE-ECDSA-AES128-GCM-SHA256", true), ("ECDHE-ECDSA-AES256-GCM-SHA384", true),
            ("ECDHE-ECDSA-CHACHA20-POLY1305", true), ("ECDHE-ECDSA-AES128-SHA", false),
            ("ECDHE-ECDSA-AES256-SHA", false), ("AES128-GCM-SHA256", false), ("AES128-SHA", false),
        ]
    )
    func publicSuites(suite: String, isTaken: Bool) async throws {
        try await connect(to: .public(minimum: .version12), with: suite, in: .tlsv12, isTaken: isTaken)
    }

    @Test(
        "Whoever lets TLS 1.0 and 1.1 in on the public listener has forward secrecy there",
        arguments: [TLSVersion.tlsv1, .tlsv11]
    )
    func olderPublicSuites(version: TLSVersion) async throws {
        let profile = TLSProfile.public(minimum: .version10)
        try await connect(to: profile, with: "ECDHE-ECDSA-AES128-SHA", in: version, isTaken: true)
    }

    private func connect(
        to profile: TLSProfile,
        with suite: String,
        in version: TLSVersion,
        isTaken: Bool
    ) async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let authority = files.certificateFile(.authority)
        let tls = try TLSContextSource(
            certificateFile: files.certificateFile(.public),
            keyFile: files.keyFile(.public),
            profile: profile
        )
        try await RunningListener.with(kind: .public, tls: tls) { listener in
            let client = try await RawClient.connect(port: listener.port, trusting: authority) { configuration in
                configuration.minimumTLSVersion = version
                configuration.maximumTLSVersion = version
                configuration.cipherSuites = suite
            }
            guard isTaken else {
                #expect(await client.readToEnd().isEmpty)
                return
            }
            #expect(try await client.upgrade().hasPrefix("HTTP/1.1 101 "))
            await client.close()
        }
    }

    @Test("Many clients that come and go over TLS leave nothing behind")
    func churn() async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let authority = files.certificateFile(.authority)
        let connections = ConnectionLimiter()
        try await RunningListener.with(
            kind: .public,
            tls: Self.source(files, .public),
            connections: connections
        ) { listener in
            for _ in 0..<20 {
                let client = try await RawClient.connect(port: listener.port, trusting: authority)
                _ = try await client.upgrade()
                await client.close()
            }
        }
        #expect(connections.total == 0)
    }

    @Test("A handshake and a request that come in small pieces are read", arguments: [TLSVersion.tlsv12, .tlsv13])
    func smallPieces(version: TLSVersion) async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let authority = files.certificateFile(.authority)
        try await RunningListener.with(kind: .public, tls: Self.source(files, .public)) { listener in
            // Too small for a record, so that its end and the next one's beginning come together.
            let client = try await RawClient.connect(port: listener.port, trusting: authority, pieceBytes: 40) {
                $0.minimumTLSVersion = version
                $0.maximumTLSVersion = version
            }
            #expect(try await client.upgrade().hasPrefix("HTTP/1.1 101 "))
            await client.close()
        }
    }

    @Test("Peers that send a record byte by byte after their ClientHello hold nobody up, and have five seconds")
    func dribble() async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let authority = files.certificateFile(.authority)
        let hello = try Self.clientHello()
        try await RunningListener.with(kind: .public, tls: Self.source(files, .public)) { listener in
            var peers: [RawClient] = []
            for _ in 0..<50 {
                let peer = try await RawClient.connect(port: listener.port)
                try await peer.send(hello)
                // The server's flight begins.
                _ = try await peer.readBytes(5)
                try await peer.send(ByteBuffer(bytes: [23, 3, 3, 0x40, 0]))
                peers.append(peer)
            }
            for _ in 0..<20 {
                for peer in peers { try await peer.send("x") }
            }
            let client = try await RawClient.connect(port: listener.port, trusting: authority)
            #expect(try await client.upgrade().hasPrefix("HTTP/1.1 101 "))
            listener.clock.advance(by: .milliseconds(5_200))
            for peer in peers { _ = await peer.readToEnd() }
            await client.close()
        }
    }

    /// What a client sends first.
    private static func clientHello() throws -> ByteBuffer {
        let channel = EmbeddedChannel()
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let handler = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return try #require(try channel.readOutbound(as: ByteBuffer.self))
    }
}
