import ArgumentParser
import SwitchyardServer

/// `switchyard serve`: runs the server until SIGINT or SIGTERM.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the server.",
        discussion: """
            Ends with exit code 0 on SIGINT and SIGTERM; reloads its certificates on SIGHUP. A data folder without \
            certificates gets its own authority and certificates.
            """
    )

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let loaded = try options.load()
        for warning in loaded.warnings { Terminal.printError("switchyard: \(warning)") }
        do {
            try await SwitchyardProcess.serve(loaded.configuration) { server in
                guard loaded.configuration.demo else { return }
                try await Demo(in: server).run(data: loaded.configuration.dataDirectory)
            }
        } catch {
            throw CommandFailure.local("the server stopped: \(error)")
        }
    }
}
