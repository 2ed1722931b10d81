import ArgumentParser
import CoolkitWire

/// `switchyard device`: the devices, and the way to control them from a shell.
struct DeviceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device",
        abstract: "Manage, control and watch devices.",
        subcommands: [
            Add.self, List.self, Show.self, Set.self, Remove.self, Control.self, Upgrade.self, Watch.self, History.self,
            Import.self,
            Unclaimed.self, Claim.self, Forget.self,
        ]
    )
}

extension DeviceCommand {
    /// `device list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the devices of the server or of an account.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Option(help: "Only those of this account.")
        var account: String?

        func run() async throws {
            let query = account.map { [("account", $0)] } ?? []
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "devices", query: query) }
            output.print(answer) {
                TextTable(
                    columns: [
                        ("DEVICE", "id"), ("NAME", "name"), ("ACCOUNT", "account"), ("UIID", "uiid"),
                        ("ONLINE", "online"), ("PARAMS", "params"),
                    ],
                    rows: $0["devices"]?.arrayValue ?? []
                )
                .text(empty: "There is no device yet; add one with `switchyard device add`.")
            }
        }
    }

    /// `device show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all that is known of a device.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The deviceid.")
        var id: String

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "devices", id) }
            output.print(answer) { DeviceCommand.text(of: $0) }
        }
    }

    /// `device remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a device from its account; its next registration is refused."
        )

        @OptionGroup var data: DataOptions

        @Argument(help: "The deviceid.")
        var id: String

        func run() async throws {
            _ = try await AdminClient.with(data.directory) { try await $0.send(.delete, "devices", id) }
        }
    }

    /// A device as lines for people.
    static func text(of device: JSON) -> String {
        TextTable.text(
            of: device,
            [
                ("Device", "id"), ("Name", "name"), ("Account", "account"), ("UIID", "uiid"),
                ("UIID chosen", "uiidChosen"), ("Model", "model"), ("ROM", "romVersion"), ("Firmware", "firmware"),
                ("Upgrade", "upgrade"), ("MAC", "mac"),
                ("Chip", "chipid"), ("Online", "online"), ("Came online", "onlineAt"), ("Went offline", "offlineAt"),
                ("Address", "address"), ("Ack by update", "ackByUpdate"), ("Full switches", "fullSwitchesArray"),
                ("Settings", "settings"), ("Tags", "tags"), ("Added", "createdAt"), ("Added under", "addedUnder"),
                ("App ids", "applications"), ("Params", "params"),
            ]
        )
    }
}
