import Foundation
import Testing

@testable import SwitchyardServer

@Suite
struct ServerConfigurationFaultTests {
    /// The faults of a file, each without the folder's path.
    private func faults(
        _ text: String,
        file: String = "test.yaml",
        environment: [String: String] = [:],
        change: (inout ConfigurationOptions) -> Void = { _ in }
    ) throws -> [String] {
        try TemporaryFolder.with { folder in
            do {
                _ = try folder.load(text, file: file, environment: environment, change: change)
                return []
            } catch let error as ConfigurationFaults {
                return error.faults.map { $0.description.replacingOccurrences(of: folder.path + "/", with: "") }
            }
        }
    }

    @Test("All faults of all sources are reported together, each with its place")
    func allTogether() throws {
        let text = "region: mars\nprotocol:\n  hbInterval: 60s\n  takeover: [newest]\nlimits:\n  connections: many\n"

        let faults = try faults(text, environment: ["SWITCHYARD_LOG_LEVEL": "loud"]) { $0.port = 70_000 }

        #expect(
            faults == [
                "test.yaml:1: region: expected: `cn`, `as`, `eu`, `us`",
                "--port: expected: 0 to 65535",
                "test.yaml:3: protocol.hbInterval: expected: `off`, or 61s to 1h",
                "test.yaml:4: protocol.takeover: expected: `newest`, `oldestIfAlive`",
                "test.yaml:6: limits.connections: expected: 1 to 10000000",
                "SWITCHYARD_LOG_LEVEL: expected: `trace`, `debug`, `info`, `notice`, `warning`, `error`, `critical`",
            ]
        )
    }

    @Test(
        "An unknown key is a fault with the nearest name",
        arguments: [
            ("protokol:\n  hb: true\n", "test.yaml:2: protokol.hb: is no setting; did you mean protocol.hb?"),
            (
                "protocol:\n  hbIntervall: 145\n",
                "test.yaml:2: protocol.hbIntervall: is no setting; did you mean protocol.hbInterval?"
            ),
            (
                "commandTimeout: 5s\n",
                "test.yaml:1: commandTimeout: is no setting; did you mean protocol.commandTimeout?"
            ),
            ("completelyElse: 1\n", "test.yaml:1: completelyElse: is no setting"),
            ("log: debug\n", "test.yaml:1: log: is a section; its settings stand below it"),
            ("region:\n  name: eu\n", "test.yaml:2: region.name: is no setting"),
        ]
    )
    func unknownKey(text: String, fault: String) throws {
        #expect(try faults(text) == [fault])
    }

    @Test(
        "A file that cannot be used is one fault",
        arguments: [
            ("- a\n- b\n", "test.yaml: must hold a mapping"),
            ("a: [1\n", "test.yaml: is not valid YAML or JSON"),
            ("region: eu\nregion: us\n", "test.yaml: is not valid YAML or JSON"),
            ("trustedProxies:\n  - a: 1\n", "test.yaml: is not valid YAML or JSON"),
        ]
    )
    func unusableFile(text: String, fault: String) throws {
        let faults = try faults(text)

        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(fault) == true, "\(faults)")
    }

    @Test("A named file that is not there is a fault; one in the data folder need not be there")
    func missingFile() throws {
        var options = ConfigurationOptions()
        options.configurationFile = "/nowhere/at/all.yaml"

        let faults = #expect(throws: ConfigurationFaults.self) {
            try ServerConfiguration.load(options: options, environment: [:])
        }

        #expect(faults?.faults.map(\.place) == ["/nowhere/at/all.yaml"])
    }

    @Test("A file found in the data folder cannot move that folder, a named one can")
    func dataInFile() throws {
        try TemporaryFolder.with { folder in
            let named = try folder.load("data: elsewhere\n")
            #expect(named.configuration.dataDirectory.path == "elsewhere")

            var options = ConfigurationOptions()
            options.dataDirectory = folder.path
            _ = try folder.write("data: elsewhere\n", to: "switchyard.yaml")
            let faults = #expect(throws: ConfigurationFaults.self) {
                try ServerConfiguration.load(options: options, environment: [:])
            }
            #expect(faults?.faults.map(\.place) == ["\(folder.path)/switchyard.yaml:1: data"])
        }
    }

    @Test(
        "Settings out of their bounds, or that contradict each other, are faults",
        arguments: [
            ("protocol:\n  accessTokenLifetime: 61d\n", "protocol.refreshTokenLifetime"),
            ("limits:\n  connections: 10\n", "limits.connectionsPerAddress"),
            ("protocol:\n  simpleDispatchPaths: [/api/x]\n", "protocol.simpleDispatchPaths"),
            (
                "protocol:\n  simpleDispatchPaths: [\((1...17).map { "/x\($0)" }.joined(separator: ", "))]\n",
                "protocol.simpleDispatchPaths"
            ),
            ("history:\n  maximumAge: 59m\n", "history.maximumAge"),
            ("listeners:\n  public:\n    addresses: []\n", "listeners.public.addresses"),
            (
                "listeners:\n  public:\n    addresses: [0.0.0.0]\n  device:\n    enabled: true\n    port: 8080\n",
                "listeners.device.port"
            ),
            ("listeners:\n  plain:\n    enabled: true\n    port: 8080\n", "listeners.plain.port"),
            ("demo: true\nlisteners:\n  public:\n    addresses: ['::']\n", "demo"),
            ("mail:\n  host: mail.example.org\n", "mail.from"),
            ("mail:\n  host: mail.example.org\n  from: a@b.org\n  user: a\n", "mail.user"),
            ("mail:\n  host: mail.example.org\n  from: a@b.org\n  passwordFile: a\n", "mail.user"),
            ("mail:\n  host: mail.example.org\n  from: a@b.org\n  security: none\n", "mail.security"),
            ("mail:\n  host: 192.0.2.1\n  from: a@b.org\n  security: none\n", "mail.security"),
            ("data: \(String(repeating: "long/", count: 30))\n", "data"),
        ]
    )
    func contradictions(text: String, key: String) throws {
        let faults = try faults(text)

        #expect(faults.count == 1, "\(faults)")
        #expect(faults.first?.contains(key + ": ") == true, "\(faults)")
    }

    @Test("--demo is refused together with --public, and --public with --listen")
    func conflictingOptions() throws {
        let demo = try faults("") {
            $0.demo = true
            $0.everyInterface = true
        }
        let both = try faults("") {
            $0.listen = ["192.0.2.1"]
            $0.everyInterface = true
        }

        #expect(demo == ["--demo: a demo is not started on every interface (0.0.0.0); name one address with --listen"])
        #expect(both == ["--public: cannot be given together with --listen"])
    }

    @Test(
        "A sender that could not stand in a header, and a host that is none, are faults",
        arguments: [
            "mail:\n  from: 'A <a@b.org>'\n", "mail:\n  from: nobody\n", "mail:\n  host: 'a b'\n",
            "regions:\n  us: https://x\n",
        ]
    )
    func malformedMail(text: String) throws {
        #expect(try faults(text).count == 1)
    }

    @Test("Without encryption, mail goes to this machine alone", arguments: ["localhost", "127.0.0.1", "'::1'"])
    func plainMail(host: String) throws {
        #expect(try faults("mail:\n  host: \(host)\n  from: a@b.org\n  security: none\n").isEmpty)
    }

    @Test("Port 0 may be given more than once: the system chooses")
    func anyPort() throws {
        #expect(try faults("listeners:\n  public:\n    port: 0\n  plain:\n    enabled: true\n    port: 0\n").isEmpty)
    }

    @Test("An unknown variable with our prefix is a warning with the nearest name")
    func unknownVariable() throws {
        let environment = ["SWITCHYARD_REGOIN": "eu", "SWITCHYARD_DATA": "data", "OTHER": "x"]

        let loaded = try ServerConfiguration.load(options: ConfigurationOptions(), environment: environment)

        #expect(
            loaded.warnings == [
                "environment variable SWITCHYARD_REGOIN names no setting; did you mean SWITCHYARD_REGION?"
            ]
        )
    }
}
