import ArgumentParser
import CoolkitWire

extension DeviceCommand {
    /// `device import`.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enter factory records: devices that are known before an account has them.",
            discussion: """
                A CSV file has a first line of column names, a JSON file is an array of objects. Columns and members are \
                deviceid and apikey, and model, uiid and chipid where they are known. The whole file is checked before \
                anything is sent. Whoever adds such a device has to know its apikey; with the id of its QR code it is added \
                without one.
                """
        )

        /// Records that one request carries.
        private static let batch = 500

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The file, CSV or JSON; - for standard input.")
        var file: String

        func run() async throws {
            let records = try FactoryFile.read(file)
            let imported = try await AdminClient.with(data.directory) { client in
                var imported = 0
                while imported < records.count {
                    let part = Array(records[imported...].prefix(Self.batch))
                    _ = try await client.send(.post, "unclaimed", body: ["devices": JSON(part)])
                    imported += part.count
                }
                return imported
            }
            output.print(["imported": JSON(imported)]) { "\($0["imported"]?.text ?? "") devices are known now." }
        }
    }

    /// `device unclaimed`.
    struct Unclaimed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the devices that the server knows and no account has."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Flag(help: "Also those that an account has.")
        var all = false

        func run() async throws {
            let query = all ? [("all", "true")] : []
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.get, "unclaimed", query: query)
            }
            output.print(answer) {
                TextTable(
                    columns: [
                        ("DEVICE", "id"), ("MODEL", "model"), ("UIID", "uiid"), ("CHIP", "chipid"),
                        ("SOURCE", "source"), ("CLAIMED", "claimed"), ("CONNECTED", "connected"),
                        ("LAST SEEN", "lastSeenAt"), ("ADDRESS", "address"),
                    ],
                    rows: $0["devices"]?.arrayValue ?? []
                )
                .text(empty: "No unclaimed device is known; enter some with `switchyard device import FILE`.")
            }
        }
    }

    /// `device claim`.
    struct Claim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an unclaimed device to an account.",
            discussion:
                "A device that is connected meanwhile is told to register again, and is online for its owner then."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The deviceid.")
        var id: String

        @Option(help: "E-mail address, phone number, id or apikey of the owner.")
        var account: String

        @Option(help: "A name for people. Default: My device and the end of the deviceid.")
        var name: String?

        func run() async throws {
            var body: JSON = ["account": JSON(account)]
            if let name { body["name"] = JSON(name) }
            let request = body
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.post, "unclaimed", id, "claim", body: request)
            }
            output.print(answer) { DeviceCommand.text(of: $0) }
        }
    }

    /// `device forget`.
    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the factory record of a device; an account that has the device keeps it."
        )

        @OptionGroup var data: DataOptions

        @Argument(help: "The deviceid.")
        var id: String

        func run() async throws {
            _ = try await AdminClient.with(data.directory) { try await $0.send(.delete, "unclaimed", id) }
        }
    }
}
