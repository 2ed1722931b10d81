import Foundation
import GRDB
package import SwitchyardCore

extension SQLiteStore {
    /// Runs `body` while no store can open the database.
    ///
    /// Throws `storageFailed` when one has it open.
    package static func withoutStore<Value>(
        at path: String,
        _ body: () throws(SwitchyardError) -> Value
    ) throws(SwitchyardError) -> Value {
        let lock = try FileLock(file: DatabaseFile(path: path))
        defer { lock.release() }
        return try body()
    }

    /// Checks the database of a backup and brings it to the schema of this version; returns the names of what ran.
    ///
    /// The file is nobody else's and is one file after this too, on the disk.
    ///
    /// - Throws: `storageFailed` when it is not sound, not one of ours, or of a newer version.
    package static func prepareRestored(path: String) throws(SwitchyardError) -> [String] {
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration())
            let migrator = SchemaMigrator()
            let pending = try database.read { database in
                let faults = try faults(in: database)
                if let first = faults.first {
                    throw SwitchyardError(.storageFailed, "its database is damaged (\(first)): use another backup")
                }
                return try migrator.status(of: database).pending
            }
            try migrator.run(on: database)
            try database.writeWithoutTransaction { _ = try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
            try database.close()
            try NewFile.sync(path)
            try NewFile.sync(folderOf: path)
            return pending
        } catch {
            throw SwitchyardError(database: error)
        }
    }
}
