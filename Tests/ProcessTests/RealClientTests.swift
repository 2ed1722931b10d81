import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// Clients and tools on libraries that nobody here wrote, from the Python package index.
    @Suite(
        "Clients on foreign libraries",
        .enabled("skipped: the Python package index cannot be reached from here") {
            try await PythonClients.standing.isAvailable
        },
        .timeLimit(.minutes(10))
    )
    struct RealClientTests {
        @Test("An app written with http.client and websockets goes all six steps, and is refused where it must be")
        func conversationCheck() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    let cast = try await Cast(in: server)
                    let secretFile = folder + "/secret"
                    try cast.credentials.appSecret.write(toFile: secretFile, atomically: true, encoding: .utf8)
                    try await server.withSimulator { _ in
                        let client = try await PythonClients.standing.run(
                            "conversation_check.py",
                            try arguments(for: server)
                                + ["--appid", cast.credentials.appID.rawValue, "--secret-file", secretFile],
                            within: .seconds(120)
                        )

                        #expect(client.status == 0, "\(client.output)\n\(client.errors)")
                        #expect(
                            try steps(of: client) == [
                                "login", "list", "dispatch", "socket", "userOnline", "update", "update", "update",
                                "heartbeat",
                                "unknown device", "wrong signature", "wrong password", "wrong token",
                            ]
                        )
                    }
                }
            }
        }

        @Test("kosoku finds no fault in the WebSocket layer: every Autobahn case but those of compression")
        func webSocketConformance() async throws {
            let launch = ChildProcess.Launch(
                program: try BuildFolder.conformanceEcho.get(),
                arguments: ["--port", "0"]
            )
            try await ChildProcess.with(launch) { echo in
                let line = try await echo.output.next("where it listens") { $0.hasPrefix("listening on ") }
                let url = "ws://\(line.dropFirst("listening on ".count))/"

                let client = try await PythonClients.standing.run(
                    "websocket_conformance.py",
                    ["--url", url],
                    within: .seconds(500)
                )

                #expect(client.status == 0, "\(client.output)\n\(client.errors)")
                let result = try JSON(parsing: client.output)
                #expect(result["failed"] == 0)
                print("websocket: \(result["cases"]?.intValue ?? 0) cases, \(result["failed"]?.intValue ?? -1) failed")
            }
        }

        private func arguments(for server: RunningServer) throws -> [String] {
            let passwordFile = server.folder + "/password"
            try Cast.password.write(toFile: passwordFile, atomically: true, encoding: .utf8)
            return [
                "--port", "\(try server.address().port)", "--ca", server.authorityFile, "--email", Cast.email,
                "--password-file", passwordFile, "--device", Cast.deviceID.rawValue,
            ]
        }

        private func steps(of client: Finished) throws -> [String] {
            try client.output.split(separator: "\n").compactMap { try JSON(parsing: String($0))["step"]?.stringValue }
        }
    }
}
