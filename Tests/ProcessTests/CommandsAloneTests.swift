import CoolkitWire
import Foundation
import TestSupport
import Testing

/// The commands where no server runs.
@Suite("Commands without a server", .timeLimit(.minutes(2)))
struct CommandsAloneTests {
    @Test(
        "A command for a server that does not run ends with exit code 69 and says how to start one",
        arguments: [
            ["health"], ["app", "list"], ["account", "list"], ["device", "list"], ["session", "list"],
            ["app", "add", "--name", "x"], ["account", "add", "a@example.org", "--generate"],
            ["device", "control", "1000a1b2c3", "switch=on"], ["device", "watch", "1000a1b2c3"],
            ["session", "close", "1"], ["backup", "/tmp/none.tar"],
        ]
    )
    func noServer(arguments: [String]) async throws {
        try await withFolder { folder in
            let finished = try await switchyard(arguments + ["--data", folder])

            #expect(finished.status == 69)
            #expect(finished.errors.contains("no server is running on the data folder \(folder)"))
            #expect(finished.errors.contains("switchyard serve --data \(folder)"))
            #expect(finished.output.isEmpty)
        }
    }

    @Test(
        "Wrong usage ends with exit code 64 and the usage",
        arguments: [
            ["nonsense"], ["app", "add"], ["app", "add", "--name", "x", "--id", "y"],
            ["account", "add", "a@example.org"],
            ["device", "add", "1000a1b2c3", "--account", "a"], ["device", "control", "1000a1b2c3"],
            ["device", "control", "1000a1b2c3", "--params", "[]"], ["session", "close", "first"], ["cert", "init"],
            ["simulate"], ["config", "show", "--output", "xml"],
        ]
    )
    func wrongUsage(arguments: [String]) async throws {
        let finished = try await switchyard(arguments)

        #expect(finished.status == 64)
        #expect(finished.errors.contains("Usage: switchyard"))
    }

    @Test(
        "Every command has help",
        arguments: [
            [], ["serve"], ["app"], ["app", "add"], ["app", "list"], ["app", "remove"], ["account"],
            ["account", "add"],
            ["account", "list"], ["account", "password"], ["account", "remove"], ["device"], ["device", "add"],
            ["device", "list"], ["device", "show"], ["device", "remove"], ["device", "control"], ["device", "watch"],
            ["session"], ["session", "list"], ["session", "close"], ["session", "logins"], ["session", "revoke"],
            ["cert"], ["cert", "init"], ["cert", "show"],
            ["config"], ["config", "check"], ["config", "show"], ["config", "defaults"], ["migrate"], ["backup"],
            ["restore"], ["health"],
            ["simulate"],
        ]
    )
    func help(arguments: [String]) async throws {
        let finished = try await switchyard(arguments + ["--help"])

        #expect(finished.status == 0)
        #expect(finished.output.contains("OVERVIEW: "))
        #expect(finished.output.contains("USAGE: switchyard"))
    }

    @Test("cert: init makes what show shows; a second init needs leave to overwrite")
    func cert() async throws {
        try await withFolder { folder in
            let names = ["--name", "*.example.org", "--name", "hub.example.org", "--ip", "192.0.2.7"]
            let made = try await switchyard(["cert", "init", "--data", folder, "--output", "json"] + names)
            let again = try await switchyard(["cert", "init", "--data", folder] + names)
            let shown = try await switchyard(["cert", "show", "--data", folder])
            let renewed = try await switchyard([
                "cert", "init", "--renew", "--data", folder, "--name", "new.example.org",
            ])

            #expect(made.status == 0, "\(made.errors)")
            let certificates = try JSON(parsing: made.output)["certificates"]?.arrayValue ?? []
            #expect(certificates.compactMap { $0["keyType"]?.stringValue } == ["P-256", "P-256", "RSA-2048"])
            #expect(certificates[1]["names"] == ["*.example.org", "hub.example.org"])
            #expect(certificates[1]["addresses"] == ["192.0.2.7"])
            #expect(again.status == 2 && again.errors.contains("--renew"))
            #expect(shown.output.contains("*.example.org, hub.example.org"))
            #expect(renewed.status == 0 && renewed.output.contains("new.example.org"))
        }
    }

    @Test("config: defaults can be used as they are; check names every fault; show hides nothing it could not hide")
    func config() async throws {
        try await withFolder { folder in
            let file = folder + "/switchyard.yaml"
            let defaults = try await switchyard(["config", "defaults"])
            try defaults.output.write(toFile: file, atomically: true, encoding: .utf8)

            let checked = try await switchyard(["config", "check", "--config", file, "--data", folder])
            let shown = try await switchyard(["config", "show", "--config", file, "--data", folder, "--port", "9443"])
            let json = try await switchyard(["config", "show", "--data", folder, "--output", "json"])
            try "region: xx\nlimits:\n  connections: none\n".write(toFile: file, atomically: true, encoding: .utf8)
            let faulty = try await switchyard(["config", "check", "--config", file, "--data", folder])

            #expect(checked.status == 0, "\(checked.errors)")
            #expect(checked.output == "The configuration is valid (file: \(file)).")
            #expect(shown.output.contains("port: 9443"))
            #expect(try JSON(parsing: json.output)["listeners"]?["public"]?["port"] == 8_080)
            #expect(faulty.status == 2)
            #expect(faulty.errors.contains(":1: region") && faulty.errors.contains(":3: limits.connections"))
        }
    }

    @Test("migrate makes the database, and has nothing to do a second time")
    func migrate() async throws {
        try await withFolder { folder in
            let first = try await switchyard(["migrate", "--data", folder, "--output", "json"])
            let second = try await switchyard(["migrate", "--data", folder])

            #expect(first.status == 0, "\(first.errors)")
            #expect(try JSON(parsing: first.output)["applied"]?.arrayValue?.isEmpty == false)
            #expect(second.output == "The database is up to date.")
        }
    }

    @Test("simulate lists its made-up devices, always the same ones; a server that is not there is tried again")
    func simulate() async throws {
        let listed = try await switchyard(["simulate", "--count", "3", "--list"])
        let again = try await switchyard(["simulate", "--count", "3", "--list"])
        let fromInput = try await switchyard(
            ["simulate", "--devices", "-", "--list"],
            input: "# one\n1000a1b2c3:key:4\n"
        )

        #expect(listed.output.split(separator: "\n").count == 3)
        #expect(again.output == listed.output)
        #expect(fromInput.output == "1000a1b2c3:key:4")

        let launch = ChildProcess.Launch(
            program: try BuildFolder.switchyard.get(),
            arguments: ["simulate", "--server", "http://127.0.0.1:1", "--count", "1"]
        )
        try await ChildProcess.with(launch) { simulator in
            _ = try await simulator.output.next("that it tries again") { $0.contains("trying again") }
            simulator.send(SIGTERM)
            #expect(try await simulator.exit() == .signalled(SIGTERM))
        }
    }

    @Test("simulate --list prints all kinds, as a table and as JSON")
    func kinds() async throws {
        let table = try await switchyard(["simulate", "--list"])
        let json = try await switchyard(["simulate", "--list", "--output", "json"])

        let kinds = try #require(try JSON(parsing: json.output)["kinds"]?.arrayValue)
        #expect(table.output.split(separator: "\n").count == kinds.count + 1)
        #expect(table.output.hasPrefix("UIID"))
        let bridge = kinds.first { $0["uiid"] == 28 }
        #expect(bridge?["name"] == "RF_BRIDGE")
        #expect(bridge?["group"] == "gateways")
        #expect(kinds.first { $0["uiid"] == 102 }?["firmware"] == "opl-https")
    }

    @Test("Five hundred simulated devices share the threads of one process")
    func threads() async throws {
        let launch = ChildProcess.Launch(
            program: try BuildFolder.switchyard.get(),
            arguments: ["simulate", "--server", "http://127.0.0.1:1", "--count", "500", "--uiid", "66"]
        )
        try await ChildProcess.with(launch) { simulator in
            for _ in 0..<500 { _ = try await simulator.output.next("a device") { $0.contains("trying again") } }

            let status = try String(contentsOfFile: "/proc/\(simulator.processID)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("Threads:") })
            let count = try #require(Int(line.split(separator: "\t").last ?? ""))
            #expect(count < 50 + ProcessInfo.processInfo.activeProcessorCount * 4)
        }
    }

    private func switchyard(_ arguments: [String], input: String = "") async throws -> Finished {
        try await run(BuildFolder.switchyard.get(), arguments, input: input)
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try await body(folder)
    }
}
