import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// The commands against a server that runs, as an operator gives them in a shell.
    @Suite("Commands against a running server", .timeLimit(.minutes(3)))
    struct CommandTests {
        @Test("app: add, with a client's own pair too, list and remove")
        func app() async throws {
            try await withRunningServer { server in
                let empty = try await server.command("app", "list")
                #expect(empty.output.contains("There is no app id yet"))

                let made = try await server.json("app", "add", "--name", "made here")
                let brought = try await server.json(
                    "app",
                    "add",
                    "--name",
                    "brought",
                    "--id",
                    "SYdemoAppId000000000000000000001",
                    "--secret-file",
                    "-",
                    input: "its own secret\n"
                )
                let listed = try await server.command("app", "list")
                let answer = try await server.json("app", "list")

                #expect(made["id"]?.stringValue?.count == 32)
                #expect(made["secret"]?.stringValue?.count == 32)
                #expect(brought["id"] == "SYdemoAppId000000000000000000001")
                #expect(brought["secret"] == "its own secret")
                #expect(
                    answer["applications"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == [
                        "made here", "brought",
                    ]
                )
                #expect(listed.output.contains("SYdemoAppId000000000000000000001  brought"))
                #expect(!listed.output.contains("its own secret") && !answer.text.contains("its own secret"))

                #expect(try await server.command("app", "remove", "SYdemoAppId000000000000000000001").status == 0)
                let again = try await server.command("app", "remove", "SYdemoAppId000000000000000000001")
                #expect(again.status == 1)
                #expect(again.errors.hasPrefix("switchyard: "))
            }
        }

        @Test("account: add, list, password and remove; a new password logs out")
        func account() async throws {
            try await withRunningServer { server in
                let cast = try await Cast(in: server)
                let file = server.folder + "/password"
                try "of-the-file-1\n".write(toFile: file, atomically: true, encoding: .utf8)
                try await server.withApp(cast) { app in
                    try await app.start()

                    let change = try await server.command("account", "password", Cast.email, "--password-file", file)

                    #expect(change.status == 0 && change.output == "The password is set.")
                    #expect(try await app.closeCode() == 1_008)
                    await #expect(throws: SimulatorError.self) { try await app.logIn() }
                }
                var credentials = cast.credentials
                credentials.password = "of-the-file-1"
                try await withSimulatedApp(server: server.address(), trust: server.trust, credentials: credentials) {
                    app in
                    let session = try await app.logIn()
                    #expect(session.region == "eu")
                }

                let generated = try await server.json("account", "add", "+491701234567", "--generate", "--region", "eu")
                #expect(generated["password"]?.stringValue?.count == 24)
                let listed = try await server.command("account", "list")
                #expect(listed.output.contains(Cast.email) && listed.output.contains("+491701234567"))
                #expect(try await server.command("account", "add", Cast.email, "--generate").status == 1)
                #expect(try await server.command("account", "remove", "+491701234567").status == 0)
                #expect(try await server.json("account", "list")["accounts"]?.arrayValue?.count == 1)
            }
        }

        @Test("device: add, list, show and remove; its own apikey is never shown")
        func device() async throws {
            try await withRunningServer { server in
                _ = try await Cast(in: server)
                let added = try await server.json(
                    "device",
                    "add",
                    "1000ffff04",
                    "--apikey",
                    "a-key-of-its-own",
                    "--account",
                    Cast.email,
                    "--name",
                    "Strip",
                    "--uiid",
                    "4"
                )

                #expect(added["uiid"] == 4 && added["name"] == "Strip" && added["online"] == false)
                let listed = try await server.command("device", "list")
                #expect(listed.output.contains("1000ffff04  Strip"))
                let ofAccount = try await server.json("device", "list", "--account", Cast.email)
                #expect(ofAccount["devices"]?.arrayValue?.count == 2)
                let shown = try await server.command("device", "show", "1000ffff04")
                #expect(shown.output.contains("Name           Strip"))
                #expect(!(listed.output + ofAccount.text + shown.output).contains("a-key-of-its-own"))

                #expect(try await server.command("device", "remove", "1000ffff04").status == 0)
                let absent = try await server.command("device", "show", "1000ffff04")
                #expect(absent.status == 1)
                #expect(absent.errors == "switchyard: no device has this id")
            }
        }

        @Test("share: add, list and remove; the receiver has the device in between")
        func share() async throws {
            try await withRunningServer { server in
                let ann = try await Cast(in: server)
                let bob = try await ann.withAnotherAccount("bob@example.org", in: server)
                let id = Cast.deviceID.rawValue

                let added = try await server.json(
                    "share",
                    "add",
                    id,
                    "--to",
                    "bob@example.org",
                    "--permit",
                    "add",
                    "--permit",
                    "enable"
                )
                #expect(added["account"] == "bob@example.org" && added["permit"] == 9)
                let again = try await server.command("share", "add", id, "--to", "bob@example.org")
                #expect(again.status == 1)
                #expect(again.errors == "switchyard: the device is shared with this account")
                let listed = try await server.command("share", "list", "--account", "bob@example.org")
                #expect(listed.output.contains("\(id)  \(Cast.email)  bob@example.org  9"))
                try await server.withApp(bob) { app in
                    _ = try await app.logIn()
                    #expect(try await app.devices().map { $0["sharedBy"]?["permit"] } == [9])
                    #expect(try await server.command("share", "remove", id, "--from", "bob@example.org").status == 0)
                    #expect(try await app.devices().isEmpty)
                }
                let none = try await server.command("share", "list")
                #expect(none.output.hasPrefix("No device is shared"))
            }
        }

        @Test("device control switches a simulated device, and device watch shows it")
        func controlAndWatch() async throws {
            try await withRunningServer { server in
                _ = try await Cast(in: server)
                let id = Cast.deviceID.rawValue
                try await server.withSimulator { simulator in
                    try await withWatch(of: id, on: server) { watch in
                        let done = try await server.command("device", "control", id, "switch=on")

                        #expect(done.status == 0, "\(done.errors)")
                        #expect(done.output == #"The device 1000a1b2c3 has acknowledged {"switch":"on"}."#)
                        let command = try await simulator.output.next("the command") {
                            $0.contains(#""event":"command""#)
                        }
                        #expect(try JSON(parsing: command)["detail"]?["switch"] == "on")
                        let seen = try JSON(
                            parsing: await watch.output.next("the change") { $0.contains(#""switch""#) }
                        )
                        #expect(seen["id"]?.stringValue == id && seen["event"] == "state")
                        #expect(seen["params"]?["switch"] == "on")
                    }
                    let answer = try await server.json("device", "control", id, "--params", #"{"switch":"off"}"#)
                    #expect(answer["params"]?["switch"] == "off")
                    #expect(try await server.json("device", "show", id)["params"]?["switch"] == "off")
                    #expect(try await server.json("health")["devicesOnline"] == 1)
                }
            }
        }

        private func withWatch(
            of id: String,
            on server: RunningServer,
            _ body: (ChildProcess) async throws -> Void
        ) async throws {
            let launch = ChildProcess.Launch(
                program: try BuildFolder.switchyard.get(),
                arguments: ["device", "watch", id, "--data", server.folder]
            )
            try await ChildProcess.with(launch) { watch in
                _ = try await watch.errors.next("that it watches") { $0 == "Watching \(id)." }
                try await body(watch)
                watch.send(SIGINT)
                #expect(try await watch.exit() == .signalled(SIGINT))
            }
        }

        @Test("A fault of a simulated device is told as an event, and a late acknowledgement counts")
        func simulatedFault() async throws {
            try await withRunningServer { server in
                _ = try await Cast(in: server)
                try await server.withSimulator(options: ["--fault", "slow:delay=0.2", "--seed", "3"]) { simulator in
                    let done = try await server.command("device", "control", Cast.deviceID.rawValue, "switch=on")

                    #expect(done.status == 0, "\(done.errors)")
                    let fault = try await simulator.output.next("the fault") { $0.contains(#""event":"fault""#) }
                    let event = try JSON(parsing: fault)
                    #expect(event["device"]?.stringValue == Cast.deviceID.rawValue)
                    #expect(event["detail"] == ["fault": "slow", "delayMilliseconds": 200])
                }
            }
        }

        @Test("device control of a device that is offline is refused with exit code 1")
        func controlOffline() async throws {
            try await withRunningServer { server in
                _ = try await Cast(in: server)

                let refused = try await server.command("device", "control", Cast.deviceID.rawValue, "switch=on")

                #expect(refused.status == 1)
                #expect(refused.errors == "switchyard: Device Offline")
            }
        }

        @Test("session: logins shows who is logged in; revoke ends the log-in and its socket")
        func logins() async throws {
            try await withRunningServer { server in
                let cast = try await Cast(in: server)
                #expect(try await server.command("session", "logins").output == "Nobody is logged in.")
                try await server.withApp(cast) { app in
                    try await app.start()
                    let logins = try await server.json("session", "logins")["logins"]?.arrayValue ?? []
                    #expect(logins.compactMap { $0["sockets"]?.intValue } == [1])
                    let id = try #require(logins.first?["id"]?.stringValue)

                    #expect(try await server.command("session", "revoke", id).output == "1 log-in is ended.")
                    _ = try await app.closeCode()

                    #expect(try await server.command("session", "revoke", id).status == 1)
                    #expect(try await server.json("session", "logins")["logins"] == [])
                }
            }
        }

        @Test("session: list shows app and device; close ends the socket, and the device comes back")
        func session() async throws {
            try await withRunningServer { server in
                let cast = try await Cast(in: server)
                #expect(try await server.command("session", "list").output == "No app and no device is connected.")
                try await server.withApp(cast) { app in
                    try await app.start()
                    try await server.withSimulator { simulator in
                        let sessions = try await server.json("session", "list")["sessions"]?.arrayValue ?? []
                        #expect(sessions.compactMap { $0["kind"]?.stringValue } == ["app", "device"])
                        let numbers = sessions.compactMap { $0["number"]?.intValue }
                        let (ofApp, ofDevice) = (try #require(numbers.first), try #require(numbers.last))

                        #expect(try await server.command("session", "close", "\(ofApp)").status == 0)
                        #expect(try await app.closeCode() == 1_008)
                        #expect(try await server.command("session", "close", "\(ofDevice)").status == 0)
                        _ = try await simulator.output.next("the end") { $0.contains(#""event":"disconnected""#) }
                        _ = try await simulator.output.next("the return") { $0.contains(#""event":"online""#) }
                        #expect(try await server.command("session", "close", "\(ofDevice)").status == 1)
                    }
                }
            }
        }

        @Test("health and migrate: a running server is well, and its database is its own")
        func healthAndMigrate() async throws {
            try await withRunningServer { server in
                let health = try await server.command("health")
                #expect(health.status == 0)
                #expect(health.output.contains("Status          ok"))
                #expect(try await server.json("health")["status"] == "ok")

                let migrate = try await server.command("migrate")
                #expect(migrate.status == 2)
                #expect(migrate.errors.contains("is in use by another Switchyard"))
            }
        }

        @Test("No secret stands in the process list")
        func processList() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder, ["--port", "0", "--demo"]) { server in
                    _ = try await server.process.output.next("the end of the instructions") { $0.contains("Ctrl-C") }
                    let demo = try JSON(parsing: String(contentsOfFile: folder + "/demo.json", encoding: .utf8))
                    let cast = try await Cast(in: server)
                    try await server.withSimulator { simulator in
                        let lines = try [server.process, simulator].map { try commandLine(of: $0) }

                        #expect(lines[0].contains("serve") && lines[1].contains("simulate"))
                        let secrets = [
                            demo["password"]?.stringValue, demo["appSecret"]?.stringValue,
                            demo["deviceKey"]?.stringValue,
                            cast.credentials.appSecret, Cast.deviceKey.rawValue,
                        ]
                        for secret in secrets {
                            let secret = try #require(secret)
                            #expect(lines.allSatisfy { !$0.contains(secret) })
                        }
                    }
                }
            }
        }

        private func commandLine(of process: ChildProcess) throws -> String {
            let bytes = try Data(contentsOf: URL(filePath: "/proc/\(process.processID)/cmdline"))
            return String(decoding: bytes, as: UTF8.self).replacing("\0", with: " ")
        }

        private func withRunningServer(_ body: (RunningServer) async throws -> Void) async throws {
            try await withDataFolder { folder in try await withServer(in: folder) { try await body($0) } }
        }
    }
}
