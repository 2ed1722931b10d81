import ArgumentParser
import CoolkitWire

/// `switchyard app`: the app ids that client applications sign with.
struct AppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app",
        abstract: "Manage app ids: the id and secret that a client application signs its requests with.",
        subcommands: [Add.self, List.self, Set.self, Remove.self]
    )
}

extension AppCommand {
    /// `app add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an app id and secret, or enter the pair of an existing client; prints both, the only time."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var checks: RequestCheckOptions

        @Option(help: "A name for people.")
        var name: String

        @Option(help: ArgumentHelp("The app id of a client that brings its own.", valueName: "id"))
        var id: String?

        @Option(help: ArgumentHelp("A file with that client's secret, or - for standard input.", valueName: "file"))
        var secretFile: String?

        func validate() throws {
            guard (id == nil) == (secretFile == nil) else {
                throw ValidationError("--id and --secret-file belong together.")
            }
        }

        func run() async throws {
            var body: JSON = ["name": JSON(name)]
            for (key, value) in checks.members { body[key] = value }
            if let id { body["id"] = JSON(id) }
            if let secretFile { body["secret"] = JSON(try SecretInput.read(secretFile)) }
            let request = body
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.post, "applications", body: request)
            }
            output.print(answer) {
                TextTable.text(of: $0, [("App id", "id"), ("Secret", "secret"), ("Name", "name")])
            }
        }
    }

    /// `app list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the app ids; secrets are not shown.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "applications") }
            output.print(answer) {
                TextTable(
                    columns: [
                        ("APP ID", "id"), ("NAME", "name"), ("CREATED", "createdAt"),
                        ("REPLAY CHECK", "nonceReplayCheck"), ("CLOCK SKEW", "clockSkewLimitSeconds"),
                    ],
                    rows: $0["applications"]?.arrayValue ?? []
                )
                .text(empty: "There is no app id yet; make one with `switchyard app add --name NAME`.")
            }
        }
    }

    /// `app set`.
    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set what is asked of an app id's signed requests; an option left out goes back to its default."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var checks: RequestCheckOptions

        @Argument(help: "The app id.")
        var id: String

        func run() async throws {
            let body = JSON(checks.members)
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.put, "applications", id, "checks", body: body)
            }
            output.print(answer) {
                TextTable.text(
                    of: $0,
                    [("App id", "id"), ("Replay check", "nonceReplayCheck"), ("Clock skew", "clockSkewLimitSeconds")]
                )
            }
        }
    }

    /// `app remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an app id and log out everybody who logged in through it."
        )

        @OptionGroup var data: DataOptions

        @Argument(help: "The app id.")
        var id: String

        func run() async throws {
            _ = try await AdminClient.with(data.directory) { try await $0.send(.delete, "applications", id) }
        }
    }
}
