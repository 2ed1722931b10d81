import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// Firmware from the operator's file to the device, with the commands and curl.
    @Suite("Firmware", .timeLimit(.minutes(3)))
    struct FirmwareTests {
        /// As the raw device says of itself.
        private static let model = "PSA-B01-GL"
        private static let length = 30_000

        @Test("curl gets the image whole, in parts, from the middle on, and only with the device's signature")
        func curl() async throws {
            try await withFirmware { server, file in
                let image = try Data(contentsOf: URL(filePath: file))
                let release = try #require(
                    try await server.json("firmware", "list")["firmware"]?.arrayValue?.first
                )
                #expect(release["images"]?.arrayValue?.map { $0["bytes"] } == [JSON(Self.length), JSON(Self.length)])
                let url = try await announcedURL(on: server)

                for options in [[], ["-r", "0-4095"], ["-r", "29000-"], ["-r", "-7"], ["-C", "12345"]] {
                    let target = server.folder + "/got.bin"
                    // What is continued has to be there.
                    try Data(image.prefix(options.first == "-C" ? 12_345 : 0)).write(to: URL(filePath: target))
                    let got = try await curl(options + ["-o", target, signed(url)])
                    let expected: Data =
                        switch options.last {
                        case "0-4095": image[..<4_096]
                        case "29000-": image[29_000...]
                        case "-7": image.suffix(7)
                        default: image
                        }
                    #expect(got == (options.isEmpty ? "200" : "206"))
                    #expect(try Data(contentsOf: URL(filePath: target)) == expected, "\(options)")
                }
                #expect(try await curl(["-I", "-o", "/dev/null", signed(url)]) == "200")
                #expect(try await curl(["-r", "30000-", "-o", "/dev/null", signed(url)]) == "416")
                #expect(try await curl(["-o", "/dev/null", url]) == "403")
                #expect(try await curl(["-o", "/dev/null", signed(url + "x")]) == "404")
                #expect(
                    try await curl(["--path-as-is", "-o", "/dev/null", signed(url + "/../../../switchyard.sqlite")])
                        == "404"
                )
            }
        }

        @Test("device upgrade: the device downloads and reports the new version, and device watch shows each step")
        func upgrade() async throws {
            try await withFirmware { server, _ in
                try await server.withRawDevice { device in
                    let watch = ChildProcess.Launch(
                        program: try BuildFolder.switchyard.get(),
                        arguments: ["device", "watch", device.id.rawValue, "--data", server.folder]
                    )
                    try await ChildProcess.with(watch) { watch in
                        _ = try await watch.errors.next("that it watches") { $0.hasPrefix("Watching") }
                        async let answer = server.command("device", "upgrade", device.id.rawValue)
                        let message = try await device.upgrade()
                        #expect(message["params"]?["version"] == "3.3.0")
                        #expect(message["from"] == nil)
                        let url = try #require(
                            message["params"]?["binList"]?.arrayValue?.last?["downloadUrl"]?.stringValue
                        )
                        #expect(try await answer.output.contains("has acknowledged the upgrade to 3.3.0"))
                        let shown = try await server.json("device", "show", device.id.rawValue)
                        #expect(shown["upgrade"]?["step"] == "acknowledged")
                        #expect(try await curl(["-o", "/dev/null", signed(url)]) == "200")
                        try await device.report(["fwVersion": "3.3.0"])

                        var steps: [String] = []
                        while steps.last != "completed" {
                            let line = try await watch.output.next("a step") { $0.contains(#""event":"upgrade""#) }
                            steps.append(try JSON(parsing: line)["step"]?.stringValue ?? "")
                        }
                        #expect(steps.prefix(3) == ["sent", "acknowledged", "downloadBegan"])
                        #expect(steps.suffix(2) == ["downloaded", "completed"])
                        watch.send(SIGINT)
                        _ = try await watch.exit()
                    }
                    #expect(try await server.json("device", "show", device.id.rawValue)["firmware"] == "3.3.0")
                    try await server.log("Firmware upgrade")
                }
            }
        }

        @Test("firmware push: without --yes it lists, with it the devices of the model are updated")
        func push() async throws {
            try await withFirmware { server, _ in
                let none = try await server.json("firmware", "push", "--model", Self.model, "--yes")
                #expect(none == ["devices": []])
                try await server.withRawDevice { device in
                    try await device.report(["fwVersion": "3.0.1"])
                    _ = try await device.answer()
                    let list = try await server.command("firmware", "push", "--model", Self.model)
                    #expect(list.status == 0 && list.output.contains("wouldBeUpdated"))
                    #expect(list.errors.contains("Nothing has been sent"))

                    async let pushed = server.command("firmware", "push", "--model", Self.model, "--yes")
                    _ = try await device.upgrade()
                    try await device.report(["fwVersion": "3.3.0"])
                    #expect(try await pushed.status == 0)
                    #expect(try await pushed.output.contains("completed"))

                    let again = try await server.command("firmware", "push", "--model", Self.model, "--yes")
                    #expect(again.output.contains("No device of this model"))
                    let other = try await server.command("firmware", "push", "--model", "OTHER", "--yes")
                    #expect(other.status == 1)
                }
            }
        }

        @Test("A device that refuses, and a model that does not fit, are told in words; a firmware survives a restart")
        func refusals() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder, environment: Self.environment) { server in
                    _ = try await Cast(in: server)
                    let file = try Self.makeImage(in: folder)
                    let wrong = folder + "/wrong.bin"
                    try Data(repeating: 1, count: 5_000).write(to: URL(filePath: wrong))
                    let refused = try await server.command("firmware", "add", wrong, "--model", "M", "--version", "1")
                    #expect(refused.status == 1 && refused.errors.contains("EA"))
                    let forced = try await server.command(
                        "firmware",
                        "add",
                        wrong,
                        "--model",
                        "M",
                        "--version",
                        "1",
                        "--force"
                    )
                    #expect(forced.status == 0 && forced.errors.contains("warning"))
                    _ = try await server.json("firmware", "add", file, "--model", Self.model, "--version", "3.3.0")
                    try await server.withRawDevice { device in
                        let id = device.id.rawValue
                        let other = try await server.command("device", "upgrade", id, "--model", "M")
                        #expect(other.status == 1 && other.errors.contains("would not survive"))
                        async let answer = server.command("device", "upgrade", id)
                        _ = try await device.upgrade(error: 404)
                        #expect(try await answer.status == 1)
                        #expect(try await answer.errors.contains("error 404"))
                    }
                }
                try await withServer(in: folder, environment: Self.environment) { server in
                    let list = try await server.command("firmware", "list")
                    #expect(list.output.contains("PSA-B01-GL  3.3.0    user1.bin (30000), user2.bin (30000)"))
                    #expect(
                        try await server.command("firmware", "remove", "--model", "M", "--version", "1").status == 0
                    )
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/firmware").count == 1)
                }
            }
        }

        @Test("A simulated device is updated from end to end: signed parts, digest, restart, new version")
        func simulated() async throws {
            try await withFirmware { server, file in
                let id = Cast.deviceID.rawValue
                try await server.withSimulator { simulator in
                    _ = try await simulator.output.next("its first report") { $0.contains(#""event":"report""#) }
                    let model = try #require(try await server.json("device", "show", id)["model"]?.stringValue)
                    _ = try await server.json("firmware", "add", file, "--model", model, "--version", "9.9.9")

                    let pushed = try await server.json("firmware", "push", "--model", model, "--yes")

                    #expect(pushed["devices"]?.arrayValue?.map { $0["result"] } == ["completed"])
                    _ = try await simulator.output.next("the upgrade") { $0.contains(#""event":"upgraded""#) }
                    #expect(try await server.json("device", "show", id)["firmware"] == "9.9.9")
                }
            }
        }

        // MARK: -

        private static let environment = [
            "SWITCHYARD_LISTENERS_OTA_ENABLED": "true", "SWITCHYARD_LISTENERS_OTA_PORT": "0",
        ]

        private static func makeImage(in folder: String) throws -> String {
            let file = folder + "/image.bin"
            try Data([0xEA] + (1..<length).map { UInt8(truncatingIfNeeded: $0 * 31) }).write(to: URL(filePath: file))
            return file
        }

        /// Runs `body` with a server that has a firmware for the raw device.
        private func withFirmware(_ body: (RunningServer, _ file: String) async throws -> Void) async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder, environment: Self.environment) { server in
                    _ = try await Cast(in: server)
                    let file = try Self.makeImage(in: folder)
                    _ = try await server.json("firmware", "add", file, "--model", Self.model, "--version", "3.3.0")
                    try await body(server, file)
                }
            }
        }

        /// The address of an image, as the device is told it.
        private func announcedURL(on server: RunningServer) async throws -> String {
            try await server.withRawDevice { device in
                async let answer = server.command("device", "upgrade", device.id.rawValue)
                let message = try await device.upgrade()
                _ = try await answer
                let url = message["params"]?["binList"]?.arrayValue?.first?["downloadUrl"]?.stringValue
                return try #require(url)
            }
        }

        private func signed(_ url: String) -> String {
            let sign = DeviceDigest.download(deviceID: Cast.deviceID, timestamp: "970", apiKey: Cast.deviceKey)
            return "\(url)?deviceid=\(Cast.deviceID)&ts=970&sign=\(sign)"
        }

        /// Runs curl; returns the status of the answer.
        private func curl(_ arguments: [String]) async throws -> String {
            let form = ["-sS", "--noproxy", "*", "-w", "%{http_code}"]
            return try await run(systemProgram("curl"), form + arguments).output
        }
    }
}

extension RawDevice {
    /// The next `upgrade`, which is acknowledged.
    fileprivate func upgrade(error: Int = 0) async throws -> JSON {
        while true {
            let message = try JSON(parsing: await conversation.nextText())
            guard message["action"] == "upgrade" else { continue }
            let answer: JSON = [
                "error": JSON(error), "userAgent": "device", "deviceid": JSON(id.rawValue),
                "sequence": message["sequence"] ?? nil,
            ]
            try await conversation.send(answer.text)
            return message
        }
    }
}
