import ArgumentParser
import CoolkitWire

/// `switchyard outbox`: verification codes that wait for the operator.
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "Read verification codes that the server cannot send itself.",
        discussion: """
            Without a mail server (mail.host), and for every phone number, codes wait here for you to pass them on. They are \
            valid for 10 minutes; the list keeps the newest 500 of the last day.
            """,
        subcommands: [List.self, Clear.self]
    )
}

extension OutboxCommand {
    /// `outbox list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the codes that wait, newest first.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "outbox") }
            output.print(answer) {
                TextTable(
                    columns: [
                        ("TO", "to"), ("CODE", "code"), ("FOR", "purpose"), ("ASKED FOR", "createdAt"),
                        ("EXPIRES", "expiresAt"), ("EXPIRED", "expired"),
                    ],
                    rows: $0["messages"]?.arrayValue ?? []
                )
                .text(empty: "No verification code waits.")
            }
        }
    }

    /// `outbox clear`.
    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the list; codes that somebody has stay good."
        )

        @OptionGroup var data: DataOptions

        func run() async throws {
            _ = try await AdminClient.with(data.directory) { try await $0.send(.delete, "outbox") }
        }
    }
}
