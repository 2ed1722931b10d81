import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// Clients that nobody here wrote, from the Python package index.
    @Suite(
        "Clients from elsewhere",
        .enabled("skipped: the Python package index cannot be reached from here") {
            try await PythonClients.areAvailable
        },
        .timeLimit(.minutes(10))
    )
    struct RealClientTests {
        @Test("sonoff-python 0.2.1 logs in, lists, switches a simulated device on and off and reads it back")
        func sonoffPython() async throws {
            let printed = try await PythonClients.run(
                "sonoff_python_client.py",
                ["--print-credentials"],
                within: .seconds(60)
            )
            let credentials = try JSON(parsing: printed.output)
            let appID = try #require(credentials["appid"]?.stringValue)
            let secret = try #require(credentials["secret"]?.stringValue)
            let folder = TemporaryFolder.make()
            defer { TemporaryFolder.remove(folder) }
            let names = ["--name", "*.coolkit.cc", "--name", "localhost", "--ip", "127.0.0.1"]
            let made = try await run(BuildFolder.switchyard.get(), ["cert", "init", "--data", folder] + names)
            #expect(made.status == 0, "\(made.errors)")
            // The client takes the port of its cloud wherever dispatch sends it; `Clients` leads it to the real one.
            let environment = ["SWITCHYARD_LISTENERS_PUBLIC_ADVERTISE_DOMAIN": "eu-hub.coolkit.cc"]

            try await withServer(in: folder, environment: environment) { server in
                _ = try await Cast(in: server)
                _ = try await server.json(
                    "app",
                    "add",
                    "--name",
                    "sonoff-python",
                    "--id",
                    appID,
                    "--secret-file",
                    "-",
                    input: secret
                )
                try await server.withSimulator { simulator in
                    let client = try await PythonClients.run(
                        "sonoff_python_client.py",
                        try arguments(for: server),
                        within: .seconds(120)
                    )

                    #expect(client.status == 0, "\(client.output)\n\(client.errors)")
                    let steps = try steps(of: client)
                    #expect(steps == ["login", "dispatch", "list", "switch", "switch", "switch"])
                    let commands = simulator.output.lines.filter { $0.contains(#""event":"command""#) }
                    let states = try commands.map { try JSON(parsing: $0)["detail"]?["switch"] }
                    #expect(states == ["on", "off", "on"])
                }
            }
        }

        @Test("An app written with http.client and websockets goes all six steps, and is refused where it must be")
        func conversationCheck() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    let cast = try await Cast(in: server)
                    let secretFile = folder + "/secret"
                    try cast.credentials.appSecret.write(toFile: secretFile, atomically: true, encoding: .utf8)
                    try await server.withSimulator { _ in
                        let client = try await PythonClients.run(
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

                let client = try await PythonClients.run(
                    "websocket_conformance.py",
                    ["--url", url],
                    within: .seconds(500)
                )

                #expect(client.status == 0, "\(client.output)\n\(client.errors)")
                #expect(try JSON(parsing: client.output)["failed"] == 0)
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
