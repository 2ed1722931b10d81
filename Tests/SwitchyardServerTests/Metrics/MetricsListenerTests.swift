import AsyncHTTPClient
import CoolkitWire
import NIOCore
import NIOHTTP1
import SwitchyardCore
import SwitchyardTransport
import TestSupport
import Testing

@testable import SwitchyardServer

@Suite struct MetricsListenerTests {
    @Test("The listener is off unless it is asked for")
    func offByDefault() async throws {
        let port = try await withTestServer { try await $0.switchyard.metricsPort() }
        #expect(port == nil)
    }

    @Test("It tells figures of this server with their meaning, and nothing that names anybody")
    func figures() async throws {
        try await withTestServer(change) { server in
            let account = try await server.makeAccount()
            try await server.addDevice(to: account)

            let (status, text) = try await Self.get("metrics", of: server)

            #expect(status == 200)
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines.contains(#"switchyard_devices{state="offline"} 1"#))
            #expect(lines.contains(#"switchyard_devices{state="online"} 0"#))
            #expect(lines.contains(#"switchyard_sessions{kind="app"} 0"#))
            let end = try #require(server.switchyard.certificates.first { $0.name == "public" }?.notAfter)
            #expect(lines.contains(#"switchyard_certificate_not_after_seconds{listener="public"} \#(end.seconds)"#))
            #expect(lines.contains("switchyard_clock_deviation_seconds 0"))
            #expect(lines.contains { $0.hasPrefix("process_open_fds ") })
            #expect(!text.contains("See docs/operation.md."), "a metric has no meaning in MetricHelp")
            for secret in [account.identifier, account.apiKey, "1000a1b2c3"] { #expect(!text.contains(secret)) }
        }
    }

    @Test("It is alive from the start, and ready until it stops")
    func health() async throws {
        try await withTestServer(change) { server in
            let alive = try await Self.get("healthz", of: server)
            #expect(alive == (200, "ok\n"))
            let ready = try await Self.get("readyz", of: server)
            #expect(ready == (200, "ready\n"))
            let other = try await Self.get("api/user/device", of: server)
            #expect(other.0 == 404)
        }
    }

    @Test("Who is not ready says so")
    func notReady() {
        let readiness = Readiness()
        #expect(!readiness.isReady)
        readiness.announce()
        #expect(readiness.isReady)
    }

    private let change: @Sendable (inout ServerConfiguration) -> Void = { configuration in
        configuration.listeners.metrics.isEnabled = true
        configuration.listeners.metrics.port = 0
    }

    private static func get(_ path: String, of server: TestServer) async throws -> (UInt, String) {
        let port = try #require(try await server.switchyard.metricsPort())
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/\(path)")
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let body = try await answer.body.collect(upTo: 1 << 20)
        return (answer.status.code, String(buffer: body))
    }
}
