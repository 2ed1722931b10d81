import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOSSL
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

/// The same requests over sockets: what the peer hears, and what no one behind the listener does.
@Suite(.timeLimit(.minutes(3))) struct AmbiguousRequestTests {
    private static let names = CertificateNames(dnsNames: ["localhost"], addresses: ["127.0.0.1"])

    /// Notes every request that gets through to the end.
    private static func responder(_ seen: EventLog) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            seen.add(request.uri.path)
            try await RunningListener.echo(request, writer, channel)
        }
    }

    @Test(
        "An ambiguous request gets its refusal and the connection ends; what stands behind it is never read",
        arguments: [ListenerKind.public, .device, .plain]
    )
    func refused(kind: ListenerKind) async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let name: CertificateFiles.Name = kind == .device ? .device : .public
        let tls: TLSContextSource? =
            kind == .plain
            ? nil
            : try TLSContextSource(
                certificateFile: files.certificateFile(name),
                keyFile: files.keyFile(name),
                profile: kind == .device ? .device : .public(minimum: .version12)
            )
        let authority = files.certificateFile(kind == .device ? .device : .authority)
        let seen = EventLog()
        try await RunningListener.with(kind: kind, tls: tls, responder: Self.responder(seen)) { listener in
            for sample in AmbiguousRequests.all where kind == .public || !sample.isForPublicOnly {
                let client = try await RawClient.connect(port: listener.port, trusting: tls.map { _ in authority }) {
                    if kind == .device { $0.certificateVerification = .none }
                }
                try await client.send(sample.bytes + "GET /after HTTP/1.1\r\nHost: h\r\n\r\n")
                let answer = await client.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 \(sample.status) "), "\(sample): \(answer)")
                #expect(answer.lowercased().contains("connection: close"), "\(sample)")
                #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "\(sample): \(answer)")
            }
            let client = try await RawClient.connect(port: listener.port, trusting: tls.map { _ in authority }) {
                if kind == .device { $0.certificateVerification = .none }
            }
            try await client.send("GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(await client.readToEnd().hasPrefix("HTTP/1.1 200 "))
        }
        var paths: Set<String> = []
        while let path = await seen.next(), path != "/last" { paths.insert(path) }
        // Of a request whose body went wrong on its way the head may have got through, to no answer.
        #expect(paths.isSubset(of: ["/bad"]))
        let count = AmbiguousRequests.all.count { kind == .public || !$0.isForPublicOnly }
        print("requests: \(count) ambiguous ones on the \(kind) listener refused, 0 read beyond")
    }

    @Test("A chunked body that goes wrong after its head was taken is answered with 400, once")
    func badChunkLater() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("POST /bad HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
            #expect(try await client.readHead() == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("5\r\nabcdeX")
            let answer = await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
        }
    }

    @Test("A client that would rather speak HTTP/2 gets all its answers on the same connection")
    func upgradeNotGranted() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            for path in ["/one", "/two"] {
                try await client.send(
                    "GET \(path) HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n"
                )
                #expect(try await client.readAnswer().hasPrefix("GET \(path) "))
            }
            await client.close()
        }
    }
}
