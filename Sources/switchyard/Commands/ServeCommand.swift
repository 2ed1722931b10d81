import ArgumentParser
import Foundation
import NIOCore
import SwitchyardCore
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
        } catch let error as SwitchyardError {
            let reason = error.underlying.map { ": \($0)" } ?? ""
            throw CommandFailure.local("the server stopped: \(error.message)\(reason)\(Self.advice(on: error))")
        } catch {
            throw CommandFailure.local("the server stopped: \(error)")
        }
    }

    /// What to do about a port that is another's, or that this user may not have.
    private static func advice(on error: SwitchyardError) -> String {
        switch (error.underlying as? IOError)?.errnoCode {
        case EADDRINUSE: "; another program has this port: choose another with --port"
        case EACCES: "; this user may not have this port: choose one above 1023 with --port"
        default: ""
        }
    }
}
