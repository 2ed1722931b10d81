import Foundation
import SwitchyardCore
import Testing

@testable import SwitchyardServer

@Suite
struct ServerConfigurationReadingTests {
    @Test("Without any source all settings have their defaults")
    func defaults() throws {
        let loaded = try ServerConfiguration.load(options: ConfigurationOptions(), environment: [:])

        #expect(loaded.configuration == ServerConfiguration())
        #expect(loaded.file == nil)
        #expect(loaded.origins.isEmpty)
        #expect(loaded.warnings.isEmpty)
    }

    @Test("Every setting has a sample that is not its default")
    func samplesAreComplete() throws {
        #expect(Set(ConfigurationSamples.texts.keys) == Set(ConfigurationField.table.map(\.key)))
        for field in ConfigurationField.table {
            #expect(try ConfigurationSamples.value(of: field) != field.value(ServerConfiguration()), "\(field.key)")
        }
    }

    @Test("Every setting is read from its environment variable", arguments: ConfigurationField.table.map(\.key))
    func environment(key: String) throws {
        let field = try #require(ConfigurationField.table.first { $0.key == key })
        // Settings that need another one beside them.
        var environment = [
            "SWITCHYARD_PROTOCOL_ACCESS_TOKEN_LIFETIME": "1h", "SWITCHYARD_MAIL_FROM": "no-reply@example.com",
        ]
        environment[field.environmentVariable] = ConfigurationSamples.texts[key]

        let loaded = try ServerConfiguration.load(options: ConfigurationOptions(), environment: environment)

        #expect(try field.value(loaded.configuration) == ConfigurationSamples.value(of: field))
        #expect(loaded.origins[key] == field.environmentVariable)
    }

    @Test("Every setting is read from a YAML file")
    func yaml() throws {
        let expected = try ConfigurationSamples.configuration()

        let loaded = try TemporaryFolder.with { try $0.load(expected.yaml(origins: [:])) }

        #expect(loaded.configuration == expected)
        #expect(loaded.origins.count == ConfigurationField.table.count)
    }

    @Test("Every setting is read from a JSON file, tabs between its tokens and all")
    func json() throws {
        let expected = try ConfigurationSamples.configuration()
        let text = expected.json().replacingOccurrences(of: "  ", with: "\t")

        let loaded = try TemporaryFolder.with { try $0.load(text, file: "test.json") }

        #expect(loaded.configuration == expected)
    }

    @Test("JSON numbers and booleans are read like their texts")
    func jsonScalars() throws {
        let text = #"{"protocol":{"hb":false,"hbInterval":120},"listeners":{"public":{"minimumTLS":1.3,"port":8443}}}"#

        let configuration = try TemporaryFolder.with { try $0.load(text, file: "test.json").configuration }

        #expect(configuration.protocolSettings.heartbeat == false)
        #expect(configuration.protocolSettings.heartbeatInterval == .seconds(120))
        #expect(configuration.listeners.publicMinimumTLS == .oneThree)
        #expect(configuration.listeners.publicTLS.port == 8_443)
    }

    @Test("An option wins over the environment, that over the file, that over the default")
    func precedence() throws {
        let file =
            "listeners:\n  public:\n    port: 1001\n    addresses: [192.0.2.1]\nregion: us\nlog:\n  level: debug\n"
        let environment = [
            "SWITCHYARD_LISTENERS_PUBLIC_PORT": "1002", "SWITCHYARD_LISTENERS_PUBLIC_ADDRESSES": "192.0.2.2",
            "SWITCHYARD_REGION": "as",
        ]

        let loaded = try TemporaryFolder.with { folder in
            try folder.load(file, environment: environment) { $0.port = 1_003 }
        }

        #expect(loaded.configuration.listeners.publicTLS.port == 1_003)
        #expect(loaded.configuration.listeners.publicTLS.addresses == [ListenAddress(host: "192.0.2.2")])
        #expect(loaded.configuration.protocolSettings.region == "as")
        #expect(loaded.configuration.log.level == .debug)
        #expect(loaded.configuration.log.format == .text)
        #expect(loaded.origins["listeners.public.port"] == "--port")
        #expect(loaded.origins["region"] == "SWITCHYARD_REGION")
        #expect(loaded.origins["log.level"]?.hasSuffix("test.yaml:7: log.level") == true)
    }

    @Test("--listen gives the addresses and their ports, --public every interface")
    func listening() throws {
        var options = ConfigurationOptions()
        options.listen = ["192.0.2.7", "[::1]:443"]
        options.port = 9_000

        let listeners = try ServerConfiguration.load(options: options, environment: [:]).configuration.listeners

        #expect(
            listeners.endpoints(of: listeners.publicTLS) == [
                Endpoint(host: "192.0.2.7", port: 9_000), Endpoint(host: "::1", port: 443),
            ]
        )
        options.listen = []
        options.everyInterface = true
        let everywhere = try ServerConfiguration.load(options: options, environment: [:]).configuration.listeners
        #expect(everywhere.endpoints(of: everywhere.publicTLS) == [Endpoint(host: "0.0.0.0", port: 9_000)])
    }

    @Test("A listener without addresses uses each host of the public one once, and none while it is off")
    func inheritedAddresses() throws {
        let text =
            "listeners:\n  public:\n    addresses: ['192.0.2.1:8080', '192.0.2.1:443', '::1']\n  plain:\n    enabled: on\n"

        let listeners = try TemporaryFolder.with { try $0.load(text).configuration.listeners }

        #expect(
            listeners.endpoints(of: listeners.plain) == [
                Endpoint(host: "192.0.2.1", port: 8_081), Endpoint(host: "::1", port: 8_081),
            ]
        )
        #expect(listeners.endpoints(of: listeners.device).isEmpty)
    }

    @Test("The file in the data folder is read when no other is named")
    func implicitFile() throws {
        let loaded = try TemporaryFolder.with { folder in
            _ = try folder.write("region: cn\n", to: "switchyard.yaml")
            return try ServerConfiguration.load(
                options: ConfigurationOptions(),
                environment: ["SWITCHYARD_DATA": folder.path]
            )
        }

        #expect(loaded.configuration.protocolSettings.region == "cn")
        #expect(loaded.file == loaded.configuration.dataDirectory.configurationFile)
    }

    @Test("SWITCHYARD_CONFIG names the file as --config does, and --config wins")
    func namedFile() throws {
        try TemporaryFolder.with { folder in
            let one = try folder.write("region: cn\n", to: "one.yaml")
            let environment = ["SWITCHYARD_CONFIG": one]

            let byVariable = try ServerConfiguration.load(options: ConfigurationOptions(), environment: environment)
            let byOption = try folder.load("region: us\n", environment: environment)

            #expect(byVariable.configuration.protocolSettings.region == "cn")
            #expect(byOption.configuration.protocolSettings.region == "us")
        }
    }

    @Test(
        "A file without settings, and keys and variables without values, leave the defaults",
        arguments: ["", "# nothing\n", "listeners:\nlog:\n  level:\n", "---\n", "region: ~\n"]
    )
    func emptyFile(text: String) throws {
        let loaded = try TemporaryFolder.with { try $0.load(text, environment: ["SWITCHYARD_REGION": ""]) }

        #expect(loaded.configuration == ServerConfiguration())
    }
}
