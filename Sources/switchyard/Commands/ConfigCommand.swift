import ArgumentParser
import SwitchyardServer

/// `switchyard config`: the settings, checked and printed.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check and print the configuration.",
        subcommands: [Check.self, Show.self, Defaults.self]
    )
}

extension ConfigCommand {
    /// `config check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the configuration as serve would and report all its faults; exit code 2 if there are any."
        )

        @OptionGroup var options: ServerOptions

        func run() throws {
            let loaded = try options.load()
            for warning in loaded.warnings { Terminal.printError("switchyard: warning: \(warning)") }
            Terminal.print("The configuration is valid (file: \(loaded.file ?? "none")).")
        }
    }

    /// `config show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the settings in force, and in text where each comes from."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let loaded = try options.load()
            switch output.output {
            case .text: Terminal.print(loaded.configuration.yaml(origins: loaded.origins), terminator: "")
            case .json: Terminal.print(loaded.configuration.json(), terminator: "")
            }
        }
    }

    /// `config defaults`.
    struct Defaults: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print all settings with their defaults, as a file that could be used."
        )

        /// The forms of the defaults.
        enum Form: String, ExpressibleByArgument, CaseIterable {
            /// YAML.
            case text
            case json
            /// The page `docs/configuration.md`.
            case markdown
        }

        @Option(help: "text (YAML), json, or markdown (the page docs/configuration.md).")
        var output = Form.text

        func run() {
            switch output {
            case .text: Terminal.print(ServerConfiguration().yaml(), terminator: "")
            case .json: Terminal.print(ServerConfiguration().json(), terminator: "")
            case .markdown: Terminal.print(ServerConfiguration.markdown(), terminator: "")
            }
        }
    }
}
