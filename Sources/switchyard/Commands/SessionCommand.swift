import ArgumentParser
import CoolkitWire

/// `switchyard session`: the open sockets of apps and devices, and the log-ins of accounts.
struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "List and close the open sockets of apps and devices; list and end the log-ins of accounts.",
        subcommands: [List.self, Close.self, Logins.self, Revoke.self]
    )
}

extension SessionCommand {
    /// `session list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the open sockets, oldest first.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "sessions") }
            output.print(answer) {
                TextTable(
                    columns: [
                        ("SESSION", "number"), ("KIND", "kind"), ("DEVICE", "device"), ("ACCOUNT", "account"),
                        ("APP ID", "application"), ("LOG-IN", "login"), ("ADDRESS", "address"), ("OPENED", "openedAt"),
                    ],
                    rows: $0["sessions"]?.arrayValue ?? []
                )
                .text(empty: "No app and no device is connected.")
            }
        }
    }

    /// `session close`.
    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Close a socket; the app or device may connect again."
        )

        @OptionGroup var data: DataOptions

        @Argument(help: "The number shown by `session list`.")
        var session: UInt64

        func run() async throws {
            _ = try await AdminClient.with(data.directory) {
                try await $0.send(.delete, "sessions", String(session))
            }
        }
    }
}
