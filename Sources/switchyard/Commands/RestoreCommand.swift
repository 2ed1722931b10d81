import ArgumentParser
import CoolkitWire
import SwitchyardServer

/// `switchyard restore`: makes a data folder what it was when a backup was made.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make the data folder what it was when a backup was made; the server must not be running.",
        discussion: """
            The backup is read and checked whole before anything is touched, and brought to the schema of this version. What \
            was in its place is put aside into DIR/before-restore-TIME. If the machine stops in the middle, the folder is \
            the old one or the new one: the next start does what is left.
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("A file that `switchyard backup` wrote.", valueName: "file"))
    var file: String

    @Flag(help: "Put aside what the folder has already.")
    var force = false

    @Flag(help: "Check the backup and whether it could be restored here; change nothing.")
    var dryRun = false

    func run() throws {
        do throws(Maintenance.Failure) {
            let answer = try Maintenance.restore(file, to: data.directory, replacing: force, isTrial: dryRun)
            output.print(answer) { dryRun ? Self.trial($0) : done($0) }
        } catch {
            throw CommandFailure.local(error.message)
        }
    }

    private static func trial(_ answer: JSON) -> String {
        var text = "\(description(of: answer)) is sound and can be restored."
        if let migrated = migrated(answer) { text += " Its database would be brought to \(migrated)." }
        return text
    }

    private func done(_ answer: JSON) -> String {
        var lines = ["Restored \(Self.description(of: answer)) to \(data.directory)."]
        if let migrated = Self.migrated(answer) { lines.append("Brought its database to \(migrated).") }
        if let aside = answer["putAside"]?.stringValue {
            lines.append("What was there before is in \(aside); remove it when all is well.")
        }
        lines.append("Start the server: switchyard serve --data \(data.directory)")
        return lines.joined(separator: "\n")
    }

    private static func description(of answer: JSON) -> String {
        let count = answer["members"]?.arrayValue?.count ?? 0
        return "the backup of \(answer["createdAt"]?.stringValue ?? "") (\(count) files)"
    }

    private static func migrated(_ answer: JSON) -> String? { answer["migrated"]?.arrayValue?.last?.stringValue }
}
