import ArgumentParser
import CoolkitWire

extension DeviceCommand {
    /// `device set`.
    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what the server knows of a device; what is not named stays.",
            discussion: """
                Settings are opsNotify, opsHistory, alarmNotify, wxAlarmNotify, wxOpsNotify, wxDoorbellNotify and \
                appDoorbellNotify, each 0 or 1. With protocol.restrictDevicesToAppid apps list the devices that were \
                added under their app id, or that --app has associated with it.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The deviceid.")
        var id: String

        @Option(help: "A name for people.")
        var name: String?

        @Option(help: ArgumentHelp("What apps draw: 1 switch, 4 four channels, 5 power meter, …", valueName: "n"))
        var uiid: Int?

        @Flag(inversion: .prefixedNo, help: "A state report of the device counts as its answer to a command.")
        var ackByUpdate: Bool?

        @Option(
            help: ArgumentHelp(
                "Commands carry all outlets: on, off, or auto (on for firmware below 3).",
                valueName: "on|off|auto"
            )
        )
        var fullSwitches: FullSwitches?

        @Option(help: ArgumentHelp("A setting, repeatable.", valueName: "key=0|1"))
        var setting: [String] = []

        @Option(help: ArgumentHelp("Associate the device with an app id, repeatable.", valueName: "app id"))
        var app: [String] = []

        @Option(help: ArgumentHelp("End the association with an app id, repeatable.", valueName: "app id"))
        var removeApp: [String] = []

        /// The values of `--full-switches`.
        enum FullSwitches: String, ExpressibleByArgument {
            case on
            case off
            case auto
        }

        func validate() throws {
            guard try body().objectValue?.isEmpty == false else {
                throw ValidationError("Name something to change, such as --name NAME or --setting opsNotify=1.")
            }
        }

        func run() async throws {
            let body = try body()
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.put, "devices", id, body: body)
            }
            output.print(answer) { DeviceCommand.text(of: $0) }
        }

        private func body() throws -> JSON {
            var body = JSONObject()
            if let name { body["name"] = JSON(name) }
            if let uiid { body["uiid"] = JSON(uiid) }
            if let ackByUpdate { body["ackByUpdate"] = JSON(ackByUpdate) }
            switch fullSwitches {
            case .on: body["fullSwitchesArray"] = true
            case .off: body["fullSwitchesArray"] = false
            case .auto: body["fullSwitchesArray"] = .null
            case nil: break
            }
            if !setting.isEmpty { body["settings"] = .object(try settings()) }
            if !app.isEmpty { body["addApplications"] = JSON(app.map { JSON($0) }) }
            if !removeApp.isEmpty { body["removeApplications"] = JSON(removeApp.map { JSON($0) }) }
            return .object(body)
        }

        private func settings() throws -> JSONObject {
            var settings = JSONObject()
            for assignment in setting {
                let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, !parts[0].isEmpty, ["0", "1"].contains(parts[1]) else {
                    throw ValidationError("'\(assignment)' is not of the form KEY=0 or KEY=1.")
                }
                settings[String(parts[0])] = JSON(parts[1] == "1" ? 1 : 0)
            }
            return settings
        }
    }
}
