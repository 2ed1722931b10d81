import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardSQLite

/// Puts a backup in the place of what a data folder holds.
///
/// Everything is read, checked and migrated in a folder of its own first; a backup that cannot be used changes nothing.
struct Restoration {
    let directory: DataDirectory
    var time = WallClock.system.now

    /// What was done, or would be.
    struct Outcome {
        let summary: BackupReader.Summary
        let migrated: [String]
        /// Nil when there was nothing before.
        let aside: String?
    }

    /// - Parameters:
    ///   - replacing: whether what is there may be put aside.
    ///   - isTrial: whether to stop before anything is changed.
    func run(_ file: String, replacing: Bool, isTrial: Bool) throws(SwitchyardError) -> Outcome {
        // Before the folder is touched: it may not even be there yet.
        var reader = try BackupReader(file)
        _ = try reader.read()
        let isNew = access(directory.path, F_OK) != 0
        try directory.create()
        defer { if isNew, isTrial { removeEmptyFolder() } }
        return try SQLiteStore.withoutStore(at: directory.database) { () throws(SwitchyardError) in
            try FileOwner().give("switchyard.sqlite.lock", in: directory.path)
            let pending = PendingRestore(directory: directory)
            try pending.complete()
            try pending.begin()
            let outcome: Result<Outcome, SwitchyardError> = Result { () throws(SwitchyardError) in
                try prepare(file, pending, replacing: replacing, isTrial: isTrial)
            }
            if isTrial || (try? outcome.get()) == nil { try pending.abandon() }  // The outcome is told below.
            let result = try outcome.get()
            try pending.complete()
            return result
        }
    }

    private func prepare(
        _ file: String,
        _ pending: PendingRestore,
        replacing: Bool,
        isTrial: Bool
    ) throws(SwitchyardError) -> Outcome {
        var reader = try BackupReader(file)
        let summary = try reader.read(extractingTo: pending.partial)
        let migrated = try prepareDatabase(pending.partial + "/switchyard.sqlite", of: file)
        let replaced = pending.replaced
        guard replacing || replaced.isEmpty || isTrial else {
            throw SwitchyardError(
                .alreadyExists,
                "\(directory) has \(replaced.joined(separator: ", ")) already. With --force these are put aside, into a "
                    + "folder beside them, and the backup comes in their place; or choose another folder with --data"
            )
        }
        let aside = "before-restore-\(time.fileNamePart)"
        if !isTrial { try pending.decide(puttingAside: aside) }
        return Outcome(
            summary: summary,
            migrated: migrated,
            aside: replaced.isEmpty ? nil : directory.path + "/" + aside
        )
    }

    private func prepareDatabase(_ path: String, of file: String) throws(SwitchyardError) -> [String] {
        do {
            return try SQLiteStore.prepareRestored(path: path)
        } catch {
            throw SwitchyardError(
                error.code,
                "\(file) cannot be restored: \(error.message). Nothing was changed",
                underlying: error.underlying
            )
        }
    }

    /// A trial leaves nothing behind where nothing was.
    private func removeEmptyFolder() {
        unlink(directory.database + ".lock")
        rmdir(directory.path)
    }
}
