import CoolkitWire
import Foundation
import NIOHTTP1
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    @Suite("The server as a process", .timeLimit(.minutes(3)))
    struct LifeCycleTests {
        @Test(
            "A signal ends it within 5 seconds with exit code 0; apps, devices and watchers are told",
            arguments: [SIGINT, SIGTERM]
        )
        func stopsOnSignal(signal: Int32) async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    let cast = try await Cast(in: server)
                    try await server.withApp(cast) { app in
                        try await app.start()
                        try await server.withRawDevice { device in
                            try await withWatch(server) { watch in
                                let start = ContinuousClock.now
                                server.process.send(signal)
                                let exit = try await server.process.exit()

                                #expect(exit == .exited(0))
                                #expect(start.duration(to: .now) < .seconds(5))
                                #expect(try await app.closeCode() == 1_001)
                                #expect(try await device.conversation.closeCode() == 1_001)
                                #expect(try await watch.exit() == .exited(0))
                                #expect(!FileManager.default.fileExists(atPath: folder + "/admin.sock"))
                            }
                        }
                    }
                }
            }
        }

        private func withWatch(_ server: RunningServer, _ body: (ChildProcess) async throws -> Void) async throws {
            let launch = ChildProcess.Launch(
                program: try BuildFolder.switchyard.get(),
                arguments: ["device", "watch", Cast.deviceID.rawValue, "--data", server.folder]
            )
            try await ChildProcess.with(launch) { watch in
                _ = try await watch.errors.next("that it watches") { $0.hasPrefix("Watching") }
                try await body(watch)
            }
        }

        @Test("A second start has the accounts, tokens, devices and states of the first")
        func keepsEverything() async throws {
            try await withDataFolder { folder in
                let accessToken = try await withServer(in: folder) { server in
                    let cast = try await Cast(in: server)
                    try await server.withRawDevice { device in
                        try await device.report(["switch": "on", "startup": "stay"])
                        #expect(try await device.answer()["error"] == 0)
                    }
                    return try await server.withApp(cast) { app in try await app.logIn().accessToken }
                }

                try await withServer(in: folder) { server in
                    let accounts = try await server.json("account", "list")["accounts"]?.arrayValue ?? []
                    #expect(accounts.map { $0["identifier"] } == [.string(Cast.email)])
                    #expect(try await server.json("app", "list")["applications"]?.arrayValue?.count == 1)
                    let device = try #require(try await devices(of: accessToken, on: server).first)
                    #expect(device["deviceid"]?.stringValue == Cast.deviceID.rawValue)
                    #expect(device["name"] == "Hall lamp")
                    #expect(device["online"] == false)
                    #expect(device["params"]?["switch"] == "on")
                    #expect(device["params"]?["startup"] == "stay")
                }
            }
        }

        private func devices(of accessToken: String, on server: RunningServer) async throws -> [JSON] {
            try await withHTTPCaller(to: server.address(), trust: server.trust) { caller in
                let headers: HTTPHeaders = ["Authorization": "Bearer \(accessToken)"]
                let reply = try await caller.call(.GET, "/api/user/device", headers: headers)
                return (reply.json?["devicelist"] ?? reply.json)?.arrayValue ?? []
            }
        }

        @Test("A second server on the same folder refuses, says why, and leaves the first alone")
        func refusesSharedFolder() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    let second = try await runServer(in: folder)

                    #expect(second.status == 2)
                    #expect(second.errors.contains("is in use by another Switchyard: stop that one first"))
                    #expect(try await server.json("health")["status"] == "ok")
                }
            }
        }

        @Test("A port that is taken is named, with what to do")
        func refusesTakenPort() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    let port = try #require(server.ports["public"])
                    let second = try await withDataFolder { other in
                        try await runServer(in: other, ["--port", "\(port)"])
                    }

                    #expect(second.status == 2)
                    #expect(second.errors.contains("cannot listen on 127.0.0.1:\(port)"))
                    #expect(second.errors.contains("Address already in use"))
                    #expect(second.errors.contains("choose another with --port"))
                }
            }
        }

        @Test("A configuration that cannot be used ends the start with exit code 2 and all its faults")
        func refusesConfiguration() async throws {
            try await withDataFolder { folder in
                let file = folder + "/faulty.yaml"
                let text = "region: xx\nlisteners:\n  public:\n    port: 70000\nlimits:\n  nonsense: 3\n"
                try text.write(toFile: file, atomically: true, encoding: .utf8)

                let faulty = try await runServer(in: folder, ["--config", file])
                let absent = try await runServer(in: folder, ["--config", folder + "/absent.yaml"])

                #expect(faulty.status == 2)
                #expect(faulty.errors.contains("3 fault(s)"))
                for fault in [":1: region", ":4: listeners.public.port", ":6: limits.nonsense"] {
                    #expect(faulty.errors.contains(fault))
                }
                #expect(absent.status == 2)
                #expect(absent.errors.contains("absent.yaml: cannot be read"))
            }
        }

        private func runServer(in folder: String, _ arguments: [String] = ["--port", "0"]) async throws -> Finished {
            let launch = try launchOfServer(in: folder, arguments)
            return try await run(launch.program, launch.arguments, environment: launch.environment)
        }

        @Test("What it makes is for its own user alone: folders 0700, files and the socket 0600")
        func keepsToItself() async throws {
            let parent = TemporaryFolder.make()
            defer { TemporaryFolder.remove(parent) }
            let folder = parent + "/data"
            try await withServer(in: folder, ["--port", "0", "--demo"]) { server in
                _ = try await server.process.output.next("the end of the instructions") { $0.contains("Ctrl-C") }

                #expect(try mode(of: folder) == 0o700)
                let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
                let expected = [
                    "admin.sock", "switchyard.sqlite", "switchyard.sqlite-wal", "certificates/ca.key", "demo.json",
                ]
                #expect(Set(expected).isSubset(of: paths))
                for path in paths {
                    var isFolder: ObjCBool = false
                    _ = FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder)
                    // Who may enter a socket is told by its write permission; the bit for execution says nothing.
                    let wanted = isFolder.boolValue ? 0o700 : 0o600
                    let ignored = path == "admin.sock" ? 0o100 : 0
                    #expect(try mode(of: folder + "/" + path) & ~ignored == wanted, "\(path)")
                }
            }
        }

        private func mode(of path: String) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        }
    }
}
