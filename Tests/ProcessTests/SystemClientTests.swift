import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// What curl, openssl and a shell see of the server.
    @Suite("curl and openssl", .timeLimit(.minutes(2)))
    struct SystemClientTests {
        @Test("The lines that the demo prints work as they stand, in a shell with curl and openssl")
        func demoLines() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder, ["--port", "0", "--demo"]) { server in
                    _ = try await server.process.output.next("the end of the instructions") { $0.contains("Ctrl-C") }
                    let lines = server.process.output.lines
                    #expect(lines.filter { $0.hasPrefix("step ") }.count == 6)
                    #expect(lines.contains("six steps ok"))
                    #expect(lines.contains { $0.hasPrefix("Demo credentials are in use") })

                    let script = lines.filter { $0.hasPrefix("  ") }.joined(separator: "\n")
                    let path = try BuildFolder.path() + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
                    let shell = try await run(systemProgram("bash"), ["-euc", script], environment: ["PATH": path])

                    #expect(shell.status == 0, "\(shell.errors)")
                    #expect(shell.output.contains(#"has acknowledged {"switch":"on"}"#))
                    let answer = try JSON(parsing: String(shell.output.split(separator: "\n").last ?? ""))
                    #expect(answer["error"] == 0)
                }
            }
        }

        @Test(
            "The public listener speaks TLS 1.2 and 1.3, with a certificate that openssl believes",
            arguments: ["1_2", "1_3"]
        )
        func publicVersions(version: String) async throws {
            try await withAllListeners { server in
                let options = ["-tls\(version)", "-CAfile", server.authorityFile, "-verify_return_error"]
                let session = try await openssl(server, "public", options + ["-verify_hostname", "localhost"])

                #expect(session.status == 0, "\(session.errors)")
                #expect(session.output.contains("Verify return code: 0 (ok)"))
                #expect(session.output.contains("New, TLSv\(version.replacing("_", with: "."))"))
            }
        }

        @Test("The public listener refuses TLS 1.0 and 1.1", arguments: ["1", "1_1"])
        func publicRefusals(version: String) async throws {
            try await withAllListeners { server in
                let session = try await openssl(server, "public", ["-tls\(version)", "-cipher", "DEFAULT:@SECLEVEL=0"])

                #expect(session.status != 0)
                #expect(session.errors.contains("alert protocol version"))
            }
        }

        @Test(
            "The device listener takes TLS 1.0 to 1.2 with static RSA, and its one certificate is small",
            arguments: ["1", "1_1", "1_2"]
        )
        func deviceVersions(version: String) async throws {
            try await withAllListeners { server in
                let options = ["-tls\(version)", "-cipher", "AES128-SHA:@SECLEVEL=0", "-showcerts"]
                let session = try await openssl(server, "device", options)

                #expect(session.output.contains("Cipher is AES128-SHA"), "\(session.errors)")
                let certificates = session.output.components(separatedBy: "-----BEGIN CERTIFICATE-----")
                // The text before, one certificate with -showcerts, and the server's own once more or not.
                #expect((2...3).contains(certificates.count))
                let text = certificates[1].components(separatedBy: "-----END CERTIFICATE-----")[0]
                let bytes = try #require(Data(base64Encoded: text, options: .ignoreUnknownCharacters))
                #expect(bytes.count < 1_024)
            }
        }

        @Test("An upgrade with a bare line feed is taken, over TLS 1.0 too")
        func bareLineFeed() async throws {
            try await withAllListeners { server in
                let request = """
                    GET /api/ws HTTP/1.1\r
                    Host: 127.0.0.1\r
                    Upgrade: websocket\r
                    Connection: Upgrade\r
                    Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==
                    Sec-WebSocket-Version: 13\r
                    \r\n
                    """
                let arguments = ["-quiet", "-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0"]
                let launch = ChildProcess.Launch(
                    program: try systemProgram("openssl"),
                    arguments: ["s_client", "-connect", "127.0.0.1:\(try server.address("device").port)"] + arguments,
                    input: request
                )
                try await ChildProcess.with(launch) { client in
                    let status = try await client.output.next("an answer") { $0.hasPrefix("HTTP/1.1") }
                    let accept = try await client.output.next("the proof") {
                        $0.lowercased().hasPrefix("sec-websocket-accept")
                    }

                    #expect(status.hasPrefix("HTTP/1.1 101"))
                    #expect(accept.contains("Bz3qJYTGdOe8gUSpLosEdiLKDrk="))
                }
            }
        }

        @Test("curl gets errors as HTTP 200 with JSON")
        func curl() async throws {
            try await withAllListeners { server in
                let address = try server.address()
                let form = [
                    "-sS", "--noproxy", "*", "--cacert", server.authorityFile, "-w",
                    "\n%{http_code} %{http_version} %{content_type}",
                ]
                let refused = try await run(systemProgram("curl"), form + ["-d", "{}", "\(address)/api/user/login"])

                let lines = refused.output.split(separator: "\n").map(String.init)
                #expect(try JSON(parsing: lines.first ?? "")["error"] == 400)
                #expect(lines.last?.hasPrefix("200 1.1 application/json") == true)
            }
        }

        private func withAllListeners(_ body: (RunningServer) async throws -> Void) async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder, environment: everyListener) { try await body($0) }
            }
        }

        /// One handshake; standard input is empty, so that it ends at once.
        private func openssl(_ server: RunningServer, _ listener: String, _ options: [String]) async throws -> Finished
        {
            let port = try server.address(listener).port
            let arguments = ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost"]
            return try await run(systemProgram("openssl"), arguments + options)
        }
    }
}
