import ArgumentParser
import CoolkitWire

extension DeviceCommand {
    /// `device add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a device to an account.",
            discussion: """
                The apikey is the device's own, from its factory data. It may stand on the command line, where other \
                users of this machine can see it for a moment; --apikey-file avoids that.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The deviceid, 10 characters such as 1000a1b2c3.")
        var id: String

        @Option(help: ArgumentHelp("The device's own apikey.", valueName: "key"))
        var apikey: String?

        @Option(help: ArgumentHelp("A file with the device's apikey, or - for standard input.", valueName: "file"))
        var apikeyFile: String?

        @Option(help: "E-mail address, phone number, id or apikey of the owner.")
        var account: String

        @Option(help: "A name for people. Default: My device and the end of the deviceid.")
        var name: String?

        @Option(
            help: ArgumentHelp(
                "What apps draw: 1 switch, 4 four channels, 5 power meter, … Default: by the device's model or first report.",
                valueName: "n"
            )
        )
        var uiid: Int?

        @Flag(help: "A state report of the device counts as its answer to a command (for emulators).")
        var ackByUpdate = false

        func validate() throws {
            guard (apikey == nil) != (apikeyFile == nil) else {
                throw ValidationError("Give either --apikey KEY or --apikey-file FILE (- for standard input).")
            }
        }

        func run() async throws {
            let key = try apikeyFile.map { path throws(CommandFailure) in try SecretInput.read(path) } ?? apikey ?? ""
            var body: JSON = [
                "id": JSON(id), "apikey": JSON(key), "account": JSON(account), "ackByUpdate": JSON(ackByUpdate),
            ]
            if let uiid { body["uiid"] = JSON(uiid) }
            if let name { body["name"] = JSON(name) }
            let request = body
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.post, "devices", body: request)
            }
            output.print(answer) { DeviceCommand.text(of: $0) }
        }
    }
}
