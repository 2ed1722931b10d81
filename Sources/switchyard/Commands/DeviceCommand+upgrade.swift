import ArgumentParser
import CoolkitWire
import SwitchyardCore

extension DeviceCommand {
    /// `device upgrade`.
    struct Upgrade: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have a device get another firmware, which was added with `firmware add`.",
            discussion: """
                The device has to be online. It downloads, restarts, and reports the new version minutes later: `device watch` shows \
                each step. A sensor that is never online gets the upgrade with the answer to its next report: --at-report.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The deviceid.")
        var id: String

        @Option(help: "The version. Default: the newest that was added for the device's model.")
        var version: String?

        @Option(help: "The model that the firmware was added for. Default: the device's.")
        var model: String?

        @Flag(help: "Send firmware of another model than the device's. That can destroy it.")
        var force = false

        @Flag(help: "Send the images slowly, for a device that reports 404 after a download.")
        var slow = false

        @Flag(help: "Keep the upgrade until the device reports over HTTPS.")
        var atReport = false

        @Flag(help: "Forget an upgrade that is kept for the device's next report.")
        var forget = false

        func validate() throws {
            let isOrder = version != nil || model != nil || force || slow || atReport
            guard !(forget && isOrder) else { throw ValidationError("--forget goes with no other option.") }
            guard !(slow && atReport) else { throw ValidationError("--slow does not go with --at-report.") }
            if let version, FirmwareVersion(version) == nil {
                throw ValidationError("--version is numbers with points between them, such as 3.3.0.")
            }
        }

        func run() async throws {
            guard !forget else {
                _ = try await AdminClient.with(data.directory) { try await $0.send(.delete, "devices", id, "upgrade") }
                return
            }
            var body: JSON = ["force": JSON(force), "atReport": JSON(atReport)]
            if let version { body["version"] = JSON(version) }
            if let model { body["model"] = JSON(model) }
            if slow { body["throttle"] = true }
            let request = body
            let answer = try await AdminClient.with(data.directory) {
                try await $0.send(.post, "devices", id, "upgrade", body: request)
            }
            output.print(answer) { Self.text(of: $0, id) }
        }

        private static func text(of answer: JSON, _ id: String) -> String {
            let version = answer["version"]?.stringValue ?? ""
            return switch answer["answer"]?.stringValue {
            case "kept": "The device \(id) gets \(version) with the answer to its next report."
            case "acknowledged":
                "The device \(id) has acknowledged the upgrade to \(version). `switchyard device watch \(id)` shows how it goes on."
            default:
                "The device \(id) was told to upgrade to \(version) and has not answered; it may be downloading. "
                    + "`switchyard device watch \(id)` shows how it goes on."
            }
        }
    }
}
