import ArgumentParser
import CoolkitWire
import SwitchyardServer

/// `switchyard migrate`: brings the database to the schema of this version.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database to this version's schema, without starting the server.",
        discussion: "`serve` does the same at its start. The server must not be running."
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        do throws(Maintenance.Failure) {
            output.print(try Maintenance.migrate(data.directory)) { answer in
                let applied = (answer["applied"]?.arrayValue ?? []).compactMap(\.stringValue)
                guard !applied.isEmpty else { return "The database is up to date." }
                return "Applied: \(applied.joined(separator: ", "))."
            }
        } catch {
            throw CommandFailure.local(error.message)
        }
    }
}
