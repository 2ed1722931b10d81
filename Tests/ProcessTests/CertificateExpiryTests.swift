import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

/// That a certificate is about to expire is seen wherever an operator looks.
@Suite("A certificate near its end", .timeLimit(.minutes(2)))
struct CertificateExpiryTests {
    private static let metrics = [
        "SWITCHYARD_LISTENERS_METRICS_ENABLED": "true", "SWITCHYARD_LISTENERS_METRICS_PORT": "0",
    ]

    @Test("The log of its server, its figure and `cert show` say so, and after a renewal no longer")
    func isSeen() async throws {
        try await withDataFolder { folder in
            let issued = Date.now
            try await signForThreeDays(folder + "/certificates")
            try await withServer(in: folder, environment: Self.metrics) { server in
                let cast = try await Cast(in: server)
                try await server.withApp(cast) { try await $0.start() }
                try await eventually("the warning") { server.warning != nil }
                let line = server.warning
                #expect(line?["level"] == "warning")
                // Days that have begun do not count, and the third has begun with the next second.
                #expect(
                    ["2 days", "3 days"].contains { line?["message"]?.stringValue?.hasSuffix(" in \($0)") == true }
                )
                #expect(line?["file"]?.stringValue?.hasSuffix("/public.pem") == true)
                let seconds = try await notAfter(of: server) - issued.timeIntervalSince1970
                #expect(abs(seconds - 3 * 86_400) < 300)
                let shown = try await server.command("cert", "show")
                #expect(shown.output.contains(/public\.pem expires in [23] days\. `switchyard cert init --renew`/))
                let described = try await certificate("public.pem", of: server)
                #expect(described?["expiry"] == "soon" && [2, 3].contains(described?["daysLeft"]))

                #expect(try await server.command("cert", "init", "--renew", "--name", "localhost").status == 0)
                server.process.send(SIGHUP)
                try await server.log("Certificate read again")

                #expect(try await notAfter(of: server) - issued.timeIntervalSince1970 > 31 * 86_400)
                #expect(try await certificate("public.pem", of: server)?["expiry"] == "later")
                #expect(try await !server.command("cert", "show").output.contains("expires in"))
            }
        }
    }

    /// Gives the public listener a certificate of the same authority that lasts three days.
    private func signForThreeDays(_ folder: String) async throws {
        let (request, extensions) = (folder + "/request.csr", folder + "/extensions")
        try "subjectAltName=DNS:localhost,IP:127.0.0.1\n".write(toFile: extensions, atomically: true, encoding: .utf8)
        let commands = [
            ["req", "-new", "-key", folder + "/public.key", "-subj", "/CN=localhost", "-out", request],
            [
                "x509", "-req", "-in", request, "-CA", folder + "/ca.pem", "-CAkey", folder + "/ca.key", "-set_serial",
                "3", "-sha256", "-days", "3", "-extfile", extensions, "-out", folder + "/public.pem",
            ],
        ]
        for arguments in commands {
            let finished = try await run(systemProgram("openssl"), arguments)
            guard finished.status == 0 else { throw TestFailure("openssl: \(finished.errors)") }
        }
    }

    /// The figure of the public listener's certificate.
    private func notAfter(of server: RunningServer) async throws -> Double {
        let url = "http://127.0.0.1:\(try server.address("metrics").port)/metrics"
        let curl = try await run(systemProgram("curl"), ["-sS", "--noproxy", "*", url])
        let name = #"switchyard_certificate_not_after_seconds{listener="public"} "#
        let line = curl.output.split(separator: "\n").first { $0.hasPrefix(name) }
        return try #require(line.flatMap { Double($0.dropFirst(name.count)) }, "\(curl.errors)")
    }

    private func certificate(_ file: String, of server: RunningServer) async throws -> JSON? {
        let certificates = try await server.json("cert", "show")["certificates"]?.arrayValue ?? []
        return certificates.first { $0["file"]?.stringValue?.hasSuffix(file) == true }
    }
}

extension RunningServer {
    /// What its log says of a certificate.
    fileprivate var warning: JSON? {
        process.errors.lines.compactMap { try? JSON(parsing: $0) }
            .first { $0["message"]?.stringValue?.hasPrefix("A certificate in use") == true }
    }
}
