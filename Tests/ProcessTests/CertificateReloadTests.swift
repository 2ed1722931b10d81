import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    @Suite("Certificates of a running server", .timeLimit(.minutes(2)))
    struct CertificateReloadTests {
        private static let newName = "lamps.example.org"

        @Test("SIGHUP takes new certificates for new connections, and an open session lives on")
        func reloads() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    let cast = try await Cast(in: server)
                    try await server.withApp(cast) { app in
                        try await app.start()
                        #expect(try await accepts(Self.newName, server) == false)

                        let renewal = try await server.command(
                            "cert",
                            "init",
                            "--renew",
                            "--name",
                            "localhost",
                            "--name",
                            Self.newName
                        )
                        #expect(renewal.status == 0, "\(renewal.errors)")
                        server.process.send(SIGHUP)
                        try await server.log("Certificate read again")

                        #expect(try await accepts(Self.newName, server))
                        try await app.ping()
                        #expect(try await app.query(Cast.deviceID)["error"] == 0)
                    }
                }
            }
        }

        @Test(
            "Certificate files that cannot be used leave the old certificate in place",
            arguments: ["public.pem", "public.key"]
        )
        func keepsOldCertificate(file: String) async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    try Data("no certificate".utf8).write(to: URL(filePath: folder + "/certificates/" + file))
                    server.process.send(SIGHUP)
                    try await server.log("Certificate kept as it was: the new files cannot be used")

                    #expect(try await accepts("localhost", server))
                }
            }
        }

        /// Whether curl believes that the server is `name`.
        private func accepts(_ name: String, _ server: RunningServer) async throws -> Bool {
            let port = try server.address().port
            let resolve = ["--resolve", "\(name):\(port):127.0.0.1", "--noproxy", "*"]
            let options = ["-sS", "--cacert", server.authorityFile, "https://\(name):\(port)/dispatch/app"]
            let curl = try await run(systemProgram("curl"), resolve + options)
            let untrusted: Int32 = 60
            guard curl.status == 0 || curl.status == untrusted else { throw TestFailure("curl: \(curl.errors)") }
            return curl.status == 0
        }
    }
}
