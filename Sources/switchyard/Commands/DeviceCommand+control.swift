import ArgumentParser
import CoolkitWire

extension DeviceCommand {
    /// `device control`.
    struct Control: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a command to a device and wait for its answer.",
            discussion: """
                Examples: `device control 1000a1b2c3 switch=on`, `device control 1000a1b2c3 switches.0=on switches.2=off`, \
                `device control 1000a1b2c3 --params '{"pulse":"on","pulseWidth":500}'`. A value that is valid JSON \
                (a number, true, false, an object) is sent as such, anything else as text.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The deviceid.")
        var id: String

        @Argument(help: ArgumentHelp("What to set.", valueName: "key=value"))
        var assignments: [String] = []

        @Option(help: ArgumentHelp("What to set, as a JSON object.", valueName: "json"))
        var params: String?

        func validate() throws {
            guard assignments.isEmpty != (params == nil) else {
                throw ValidationError("Give either KEY=VALUE … or --params JSON.")
            }
            _ = try parameters()
        }

        func run() async throws {
            let body: JSON = ["params": try parameters()]
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.post, "devices", id, "control", body: body)
            }
            output.print(answer) { "The device \(id) has acknowledged \($0["params"]?.text ?? "")." }
        }

        private func parameters() throws -> JSON {
            if let params { return try ControlParameters.parse(json: params) }
            return try ControlParameters.parse(assignments)
        }
    }

    /// `device watch`.
    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what happens to a device, one JSON object a line, until interrupted."
        )

        @OptionGroup var data: DataOptions

        @Argument(help: "The deviceid.")
        var id: String

        func run() async throws {
            try await AdminClient.with(data.directory) { client in
                try await client.lines("devices", id, "events") {
                    Terminal.printError("Watching \(id).")
                } receive: {
                    Terminal.print($0.text)
                }
            }
        }
    }
}
