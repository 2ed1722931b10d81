import CoolkitWire
import Foundation
import SwitchyardCore
import Testing

@testable import SwitchyardServer

@Suite
struct ServerConfigurationDumpTests {
    @Test("What config defaults prints is read back as the defaults", arguments: ["yaml", "json"])
    func defaultsRoundTrip(form: String) throws {
        let defaults = ServerConfiguration()

        let loaded = try TemporaryFolder.with {
            try $0.load(form == "yaml" ? defaults.yaml() : defaults.json(), file: "test." + form)
        }

        #expect(loaded.configuration == defaults)
    }

    @Test("What config defaults prints can be the file in any data folder")
    func defaultsAsFile() throws {
        let loaded = try TemporaryFolder.with { folder in
            _ = try folder.write(ServerConfiguration().yaml(), to: "switchyard.yaml")
            var options = ConfigurationOptions()
            options.dataDirectory = folder.path
            return try ServerConfiguration.load(options: options, environment: [:])
        }

        #expect(loaded.origins["data"] == "--data")
        #expect(loaded.configuration.protocolSettings == ServerConfiguration().protocolSettings)
    }

    @Test("What config show prints with its origins is read back")
    func shownRoundTrip() throws {
        let configuration = try ConfigurationSamples.configuration()

        let text = configuration.yaml(origins: ["region": "SWITCHYARD_REGION"])
        let loaded = try TemporaryFolder.with { try $0.load(text) }

        #expect(text.contains("region: us  # SWITCHYARD_REGION\n"))
        #expect(text.contains("level: debug  # default\n"))
        #expect(loaded.configuration == configuration)
    }

    @Test("The JSON form nests by section")
    func jsonShape() throws {
        let json = try JSON(parsing: ServerConfiguration().json())

        #expect(json["listeners"]?["public"]?["port"] == 8_080)
        #expect(json["listeners"]?["public"]?["addresses"] == ["127.0.0.1"])
        #expect(json["protocol"]?["hb"] == true)
        #expect(json["protocol"]?["refreshGrace"] == "1m")
        #expect(json["demo"] == false)
    }

    @Test(
        "Texts that YAML could misread are quoted",
        arguments: ["", "null", "true", "1.2", "a: b", "#x", "[a", "a\"b\\"]
    )
    func quoting(text: String) throws {
        let yaml = "data: \(ConfigurationValue.text("x" + text).yaml)\nregion: eu\n"

        let loaded = try TemporaryFolder.with { try $0.load(yaml) }

        #expect(loaded.configuration.dataDirectory.path == "x" + text)
        #expect(text.isEmpty || ConfigurationValue.text(text).yaml.hasPrefix("\""))
    }

    @Test("docs/configuration.md is what config defaults --output markdown prints")
    func documentation() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let page = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)

        #expect(page == ServerConfiguration.markdown())
    }

    @Test("Every setting of the protocol table that is built has its name from there")
    func protocolNames() {
        let keys = Set(ConfigurationField.table.map(\.key))

        for name in [
            "singleLoginScope", "refreshGrace", "strictGeneralParams", "hb", "hbInterval", "idleSlack", "takeover",
        ] {
            #expect(keys.contains("protocol.\(name)"), "\(name)")
        }
    }
}
