import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// HTTPS sensors and the history against a server of its own process, with the tools that a system has.
    @Suite("Sensors and history with system tools", .timeLimit(.minutes(3)))
    struct SensorTests {
        private static let params =
            #"{"switch":"on","battery":2.900,"fwVersion":"1000.2.917","type":2,"chipID":"884a18120525","mac":"884a18120525","rssi":-60}"#

        private func post(_ sequence: String) throws -> SensorRequest {
            try SensorRequest(
                deviceID: Cast.deviceID.rawValue,
                key: Cast.deviceKey.rawValue,
                sequence: sequence,
                params: Self.params
            )
        }

        private func withServerAndDevice(_ body: (RunningServer) async throws -> Void) async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder, environment: everyListener) { server in
                    _ = try await Cast(in: server)
                    try await body(server)
                }
            }
        }

        @Test("curl reports for a sensor; it is online, and its history has the report, also after kill -9")
        func curl() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    _ = try await Cast(in: server)
                    let post = try post("1570000000")
                    let answer = try await run(
                        systemProgram("curl"),
                        [
                            "-sS", "--noproxy", "*", "--cacert", server.authorityFile, "-H",
                            "Authorization:Sign \(post.signature)", "-H", "Content-Type:application/json", "-d",
                            post.body,
                            "\(try server.address())/api/user/device/update",
                        ]
                    )

                    #expect(answer.output == #"{"error":0,"deviceid":"1000a1b2c3","d_seq":"1570000000"}"#)
                    let device = try await server.json("device", "show", Cast.deviceID.rawValue)
                    #expect(device["online"] == true)
                    #expect(device["params"]?["battery"]?.text == "2.900")
                    #expect(device["params"]?["lastUpdateTime"]?.stringValue?.hasSuffix("Z") == true)
                    let history = try await server.json("device", "history", Cast.deviceID.rawValue)
                    #expect(history["entries"]?.arrayValue?.map { $0["by"] } == ["device"])
                    server.process.send(SIGKILL)
                    _ = try await server.process.exit()
                }
                try await withServer(in: folder) { server in
                    let device = try await server.json("device", "show", Cast.deviceID.rawValue)
                    #expect(device["online"] == true)
                    #expect(device["params"]?["switch"] == "on")
                    let history = try await server.json("device", "history", Cast.deviceID.rawValue)
                    #expect(history["entries"]?.arrayValue?.count == 1)
                }
            }
        }

        @Test(
            "The firmware's own bytes over static RSA are taken by the device listener",
            arguments: [("1", "AES128-SHA"), ("1_2", "AES256-SHA")]
        )
        func staticRSA(version: String, suite: String) async throws {
            try await withServerAndDevice { server in
                let launch = ChildProcess.Launch(
                    program: try systemProgram("openssl"),
                    arguments: [
                        "s_client", "-connect", "127.0.0.1:\(try server.address("device").port)", "-quiet",
                        "-tls\(version)",
                        "-cipher", "\(suite):@SECLEVEL=0",
                    ],
                    input: try post("1570000000").bytes + post("1570000001").bytes
                )
                try await ChildProcess.with(launch) { client in
                    // Two requests on one connection: the second answer begins where the first one's body ends.
                    _ = try await client.output.next("the first answer") { $0.contains(#""d_seq":"1570000000"}HTTP"#) }
                }
                let device = try await server.json("device", "show", Cast.deviceID.rawValue)
                #expect(device["params"]?["switch"] == "on")
            }
        }

        @Test("device history shows who did what, in pages, and nothing of a device that is not there")
        func history() async throws {
            try await withServerAndDevice { server in
                let id = Cast.deviceID.rawValue
                let empty = try await server.command("device", "history", id)
                #expect(empty.output == "Nothing is kept of this device.")
                try await server.withSimulator { _ in
                    for value in ["on", "off", "on"] {
                        let done = try await server.command("device", "control", id, "switch=\(value)")
                        #expect(done.status == 0, "\(done.errors)")
                    }
                }

                let page = try await server.json("device", "history", id, "--limit", "2")
                let text = try await server.command("device", "history", id, "--limit", "1")
                let next = try #require(page["next"]?.intValue)
                let older = try await server.json("device", "history", id, "--before", "\(next)", "--limit", "100")

                #expect(page["entries"]?.arrayValue?.count == 2)
                #expect(page["entries"]?.arrayValue?.first?["kind"]?.stringValue != nil)
                #expect(text.output.hasPrefix("NUMBER  TIME"))
                #expect(text.output.contains("There is more: --before "))
                let entries = (page["entries"]?.arrayValue ?? []) + (older["entries"]?.arrayValue ?? [])
                #expect(entries.contains { $0["by"] == "operator" && $0["params"]?["switch"] == "on" })
                #expect(entries.compactMap { $0["number"]?.intValue } == Array((1...entries.count).reversed()))
                #expect(older["next"] == .null)

                let absent = try await server.command("device", "history", "1000ffffff")
                #expect(absent.status == 1)
                #expect(absent.errors.hasPrefix("switchyard: "))
            }
        }
    }
}
