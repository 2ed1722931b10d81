import ArgumentParser
import CoolkitWire

/// `switchyard share`: which devices are shared with whom, without anybody's phone.
struct ShareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "share",
        abstract: "Share devices with other accounts.",
        subcommands: [Add.self, List.self, Remove.self]
    )
}

extension ShareCommand {
    /// `share add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Share a device with an account, at once and without its consent.",
            discussion: """
                The account sees and controls the device. What it may do with the device's timers is its permit: \
                `--permit add --permit enable`, or `--permit all`; none if left out.
                """
        )

        /// A right of a receiver.
        enum Permit: String, ExpressibleByArgument, CaseIterable {
            case add
            case edit
            case delete
            case enable
            case all

            /// Its bit on the wire.
            var number: Int {
                switch self {
                case .add: 1
                case .edit: 2
                case .delete: 4
                case .enable: 8
                case .all: 15
                }
            }
        }

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The deviceid.")
        var device: String

        @Option(help: "The account that receives it: e-mail address, phone number, id or apikey.")
        var to: String

        @Option(help: "What the account may do with timers; repeat it for more.")
        var permit: [Permit] = []

        @Option(help: "A note for the receiver, at most 30 bytes.")
        var note: String?

        var permitNumber: Int { permit.reduce(0) { $0 | $1.number } }

        func run() async throws {
            var body: JSON = ["device": JSON(device), "account": JSON(to), "permit": JSON(permitNumber)]
            if let note { body["note"] = JSON(note) }
            let answer = try await AdminClient.with(data.directory) { [body] in
                try await $0.send(.post, "shares", body: body)
            }
            output.print(answer) {
                "The device \(device) is shared with \($0["account"]?.stringValue ?? to)."
            }
        }
    }

    /// `share list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the shares, oldest first.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Option(help: "Only those that this account gives or receives.")
        var account: String?

        @Option(help: "Only those of this device.")
        var device: String?

        func run() async throws {
            let query = (account.map { [("account", $0)] } ?? []) + (device.map { [("device", $0)] } ?? [])
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "shares", query: query) }
            output.print(answer) {
                TextTable(
                    columns: [
                        ("DEVICE", "device"), ("OWNER", "owner"), ("SHARED WITH", "account"), ("PERMIT", "permit"),
                        ("NAME", "deviceName"), ("NOTE", "note"), ("SINCE", "sharedAt"),
                    ],
                    rows: $0["shares"]?.arrayValue ?? []
                )
                .text(empty: "No device is shared; share one with `switchyard share add`.")
            }
        }
    }

    /// `share remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a share; the receiver's apps are told as if the owner had cancelled it."
        )

        @OptionGroup var data: DataOptions

        @Argument(help: "The deviceid.")
        var device: String

        @Option(help: "The account that receives it.")
        var from: String

        func run() async throws {
            _ = try await AdminClient.with(data.directory) { try await $0.send(.delete, "shares", device, from) }
        }
    }
}
