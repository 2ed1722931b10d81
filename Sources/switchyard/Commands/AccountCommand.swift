import ArgumentParser
import CoolkitWire

/// `switchyard account`: the people who log in.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Manage accounts.",
        subcommands: [Add.self, List.self, Password.self, Region.self, Remove.self]
    )
}

extension AccountCommand {
    /// `account add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var password: PasswordOptions

        @Argument(help: ArgumentHelp("An e-mail address, or a phone number as +49….", valueName: "email-or-phone"))
        var identifier: String

        @Option(help: "cn, as, eu or us. Default: the region of the server.")
        var region: String?

        func run() async throws {
            let (password, isNew) = try password.password()
            var body: JSON = ["identifier": JSON(identifier), "password": JSON(password)]
            if let region { body["region"] = JSON(region) }
            let request = body
            var answer = try await AdminClient.with(data.directory) {
                try await $0.send(.post, "accounts", body: request)
            }
            if isNew { answer["password"] = JSON(password) }
            output.print(answer) {
                let lines: [TextTable.Column] = [("Account", "identifier"), ("Id", "id"), ("Region", "region")]
                return TextTable.text(of: $0, lines + (isNew ? [("Password", "password")] : []))
            }
        }
    }

    /// `account list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the accounts.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "accounts") }
            output.print(answer) {
                TextTable(
                    columns: [
                        ("ACCOUNT", "identifier"), ("ID", "id"), ("REGION", "region"), ("SENT TO", "regionHost"),
                        ("DEVICES", "devices"), ("ONLINE", "online"), ("LAST LOG-IN", "lastLoginAt"),
                    ],
                    rows: $0["accounts"]?.arrayValue ?? []
                )
                .text(empty: "There is no account yet; make one with `switchyard account add EMAIL --generate`.")
            }
        }
    }

    /// `account password`.
    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a new password and log the account out everywhere."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var password: PasswordOptions

        @Argument(help: "E-mail address, phone number, id or apikey.")
        var account: String

        func run() async throws {
            let (password, isNew) = try password.password()
            _ = try await AdminClient.with(data.directory) {
                try await $0.send(.put, "accounts", account, "password", body: ["password": JSON(password)])
            }
            var answer: JSON = ["account": JSON(account)]
            if isNew { answer["password"] = JSON(password) }
            output.print(answer) { _ in
                isNew ? "Password  \(password)" : "The password is set."
            }
        }
    }

    /// `account region`.
    struct Region: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say in which region an account lives.",
            discussion: """
                The apps of an account of another region are sent there (error 301) when they log in, refresh or ask for a \
                code, if `regions.REGION` names its server; without one the account is served here.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "E-mail address, phone number, id or apikey.")
        var account: String

        @Argument(help: "cn, as, eu or us.")
        var region: String

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.put, "accounts", account, "region", body: ["region": JSON(region)])
            }
            output.print(answer) {
                TextTable.text(of: $0, [("Account", "identifier"), ("Region", "region"), ("Sent to", "regionHost")])
            }
        }
    }

    /// `account remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an account with its devices and log it out everywhere."
        )

        @OptionGroup var data: DataOptions

        @Argument(help: "E-mail address, phone number, id or apikey.")
        var account: String

        func run() async throws {
            _ = try await AdminClient.with(data.directory) { try await $0.send(.delete, "accounts", account) }
        }
    }
}
