import ArgumentParser
import CoolkitWire

extension DeviceCommand {
    /// `device history`.
    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what changed the state of a device, newest first.",
            discussion: """
                Kept are reports and acknowledged commands that changed something, as many and as long as the settings \
                history.maximumPerDevice and history.maximumAge say.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The deviceid.")
        var id: String

        @Option(help: ArgumentHelp("How many entries, 1 to 100.", valueName: "n"))
        var limit = 20

        @Option(help: ArgumentHelp("Only entries before this number: the next page.", valueName: "number"))
        var before: Int?

        func validate() throws {
            guard (1...100).contains(limit) else { throw ValidationError("--limit is 1 to 100.") }
            guard before ?? 1 > 0 else { throw ValidationError("--before is a number above 0.") }
        }

        func run() async throws {
            var query = [("limit", String(limit))]
            if let before { query.append(("before", String(before))) }
            let request = query
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.get, "devices", id, "history", query: request)
            }
            output.print(answer) { Self.text(of: $0) }
        }

        private static func text(of answer: JSON) -> String {
            let table = TextTable(
                columns: [
                    ("NUMBER", "number"), ("TIME", "time"), ("KIND", "kind"), ("BY", "by"), ("PARAMS", "params"),
                ],
                rows: answer["entries"]?.arrayValue ?? []
            )
            .text(empty: "Nothing is kept of this device.")
            guard let next = answer["next"]?.intValue else { return table }
            return table + "\nThere is more: --before \(next)"
        }
    }
}
