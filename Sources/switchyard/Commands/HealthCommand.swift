import ArgumentParser
import CoolkitWire

/// `switchyard health`: asks the running server how it is.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask the running server how it is; exit code 0 means well. Fit for a container's health check."
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "health") }
        output.print(answer) {
            TextTable.text(
                of: $0,
                [
                    ("Status", "status"), ("Up for (s)", "uptimeSeconds"), ("Devices", "devices"),
                    ("Devices online", "devicesOnline"), ("Sessions", "sessions"),
                ]
            )
        }
        guard answer["status"]?.stringValue == "ok" else { throw ExitCode.failure }
    }
}
