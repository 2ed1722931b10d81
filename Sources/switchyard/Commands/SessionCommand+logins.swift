import ArgumentParser
import CoolkitWire

extension SessionCommand {
    /// `session logins`.
    struct Logins: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the clients that are logged in, oldest first.",
            discussion: """
                A log-in lasts through its refreshes until its refresh token expires or it is ended, whether its app has a socket \
                open or not. Its id is no secret; tokens are never shown.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Option(help: "Only those of this account: e-mail address, phone number, id or apikey.")
        var account: String?

        func run() async throws {
            let query = account.map { [("account", $0)] } ?? []
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "logins", query: query) }
            output.print(answer) {
                TextTable(
                    columns: [
                        ("LOG-IN", "id"), ("ACCOUNT", "account"), ("APP ID", "application"), ("OS", "os"),
                        ("VERSION", "appVersion"), ("ADDRESS", "address"), ("SINCE", "loggedInAt"),
                        ("REFRESHED", "refreshedAt"), ("EXPIRES", "expiresAt"), ("SOCKETS", "sockets"),
                    ],
                    rows: $0["logins"]?.arrayValue ?? []
                )
                .text(empty: "Nobody is logged in.")
            }
        }
    }

    /// `session revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a log-in, or all of an account: tokens end, sockets are closed."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The id shown by `session logins`.")
        var login: String?

        @Option(help: "The account to log out everywhere, with --all: e-mail address, phone number, id or apikey.")
        var account: String?

        @Flag(help: "All log-ins of --account.")
        var all = false

        func validate() throws {
            guard (login == nil) == (account != nil), all == (account != nil) else {
                throw ValidationError("Give either the id of a log-in, or --account ACCOUNT --all.")
            }
        }

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) { admin in
                if let account { return try await admin.send(.delete, "accounts", account, "logins") }
                _ = try await admin.send(.delete, "logins", login ?? "")
                return ["ended": 1]
            }
            output.print(answer) { answer in
                switch answer["ended"]?.intValue ?? 0 {
                case 0: "The account was logged in nowhere."
                case 1: "1 log-in is ended."
                case let count: "\(count) log-ins are ended."
                }
            }
        }
    }
}
