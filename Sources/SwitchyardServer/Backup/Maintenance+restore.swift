package import CoolkitWire
package import SwitchyardCore
import SwitchyardSQLite

extension Maintenance {
    /// Puts a backup in the place of what the folder holds:
    /// `{"file","createdAt","schema","bytes","members","migrated","putAside"}`.
    ///
    /// - Parameters:
    ///   - replacing: whether what is there may be put aside.
    ///   - isTrial: whether to look only whether it would work.
    package static func restore(
        _ file: String,
        to directory: DataDirectory,
        replacing: Bool,
        isTrial: Bool
    ) throws(Failure) -> JSON {
        do {
            let outcome = try Restoration(directory: directory).run(file, replacing: replacing, isTrial: isTrial)
            return [
                "file": JSON(file),
                "createdAt": JSON(outcome.summary.manifest.createdAt.iso8601),
                "schema": JSON(outcome.summary.manifest.schema),
                "bytes": JSON(outcome.summary.byteCount),
                "members": JSON(outcome.summary.members.map { JSON($0.name) }),
                "migrated": JSON(outcome.migrated.map { JSON($0) }),
                "putAside": outcome.aside.map { JSON($0) } ?? .null,
            ]
        } catch {
            throw Failure(error)
        }
    }

    /// Finishes a restore that was decided and cut off, before anything of the folder is used.
    package static func finishRestore(in directory: DataDirectory) throws(SwitchyardError) {
        let pending = PendingRestore(directory: directory)
        guard pending.isPending else { return }
        try SQLiteStore.withoutStore(at: directory.database) { () throws(SwitchyardError) in try pending.complete() }
    }
}
