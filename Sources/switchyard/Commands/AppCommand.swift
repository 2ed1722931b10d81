import ArgumentParser
import CoolkitWire

/// `switchyard app`: the app ids that client applications sign with.
struct AppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app",
        abstract: "Manage app ids: the id and secret that a client application signs its requests with.",
        subcommands: [Add.self, List.self, Show.self, Set.self, Remove.self]
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

        @Option(name: .customLong("redirect-url"), help: RedirectOptions.help)
        var redirectURLs: [String] = []

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
            if !redirectURLs.isEmpty { body["redirectUrls"] = JSON(redirectURLs.map { JSON($0) }) }
            let request = body
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.post, "applications", body: request)
            }
            output.print(answer) {
                TextTable.text(
                    of: $0,
                    [("App id", "id"), ("Secret", "secret"), ("Name", "name"), ("Redirect URLs", "redirectUrls")]
                )
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
                        ("REDIRECT URLS", "redirectUrls"),
                    ],
                    rows: $0["applications"]?.arrayValue ?? []
                )
                .text(empty: "There is no app id yet; make one with `switchyard app add --name NAME`.")
            }
        }
    }

    /// `app show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an app id; its secret is not shown.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The app id.")
        var id: String

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "applications", id) }
            output.print(answer) { AppCommand.text(of: $0) }
        }
    }

    /// `app set`.
    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Set what is asked of an app id's signed requests, or where browsers may be sent with a code for it.",
            discussion: """
                Of the checks an option left out goes back to its default, unless the command is about redirect URLs \
                alone. Redirect URLs are set as a whole, in the place of those there were; without them they stay.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var checks: RequestCheckOptions
        @OptionGroup var redirects: RedirectOptions

        @Argument(help: "The app id.")
        var id: String

        func run() async throws {
            let setsChecks = checks.areGiven || redirects.body == nil
            let (checksBody, redirectsBody) = (JSON(checks.members), redirects.body)
            let answer = try await AdminClient.with(data.directory) { client in
                var answer: JSON = nil
                if let redirectsBody {
                    answer = try await client.send(.put, "applications", id, "redirects", body: redirectsBody)
                }
                if setsChecks {
                    answer = try await client.send(.put, "applications", id, "checks", body: checksBody)
                }
                return answer
            }
            output.print(answer) { AppCommand.text(of: $0) }
        }
    }

    private static func text(of application: JSON) -> String {
        TextTable.text(
            of: application,
            [
                ("App id", "id"), ("Name", "name"), ("Created", "createdAt"), ("Replay check", "nonceReplayCheck"),
                ("Clock skew", "clockSkewLimitSeconds"), ("Redirect URLs", "redirectUrls"),
            ]
        )
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
