import ArgumentParser

/// The `switchyard` program: the server, its administration and simulated devices.
@main
struct SwitchyardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchyard",
        abstract: "A private cloud for devices and apps that speak the Coolkit (eWeLink) protocol.",
        discussion: """
            Start a server with `switchyard serve --data DIR`; all other commands that take --data talk to the server \
            running there, except cert, config, migrate and restore, which work on the folder itself.

            Exit codes: 0 done; 1 refused by the server, or failed there; 2 a fault on this side: configuration, files, \
            certificates; 64 wrong usage; 69 no server is running.
            """,
        subcommands: [
            ServeCommand.self,
            AppCommand.self,
            AccountCommand.self,
            OutboxCommand.self,
            DeviceCommand.self,
            ShareCommand.self,
            FirmwareCommand.self,
            SessionCommand.self,
            CertCommand.self,
            ConfigCommand.self,
            MigrateCommand.self,
            BackupCommand.self,
            RestoreCommand.self,
            HealthCommand.self,
            SimulateCommand.self,
        ]
    )

    /// Runs the command and turns what it throws into a message and an exit code.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Terminal.printError("switchyard: \(failure.message)")
            exit(withError: failure.exitCode)
        } catch {
            exit(withError: error)
        }
    }
}
