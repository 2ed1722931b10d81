import ArgumentParser
import CoolkitWire
import SwitchyardServer

/// `switchyard migrate`: brings the database to the schema of this version.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database to this version's schema, without starting the server.",
        discussion: """
            `serve` does the same at its start. The server must not be running. Before a database is changed a backup of it is \
            written to DIR/backups, of which the newest three are kept.
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .customLong("no-backup"), help: "Write no backup before; keep a copy of the data folder yourself.")
    var withoutBackup = false

    func run() throws {
        do throws(Maintenance.Failure) {
            let answer = try Maintenance.migrate(data.directory, keepsBackup: !withoutBackup)
            output.print(answer) { answer in
                let applied = (answer["applied"]?.arrayValue ?? []).compactMap(\.stringValue)
                guard !applied.isEmpty else { return "The database is up to date." }
                return "Applied: \(applied.joined(separator: ", "))."
            }
        } catch {
            throw CommandFailure.local(error.message)
        }
    }
}
