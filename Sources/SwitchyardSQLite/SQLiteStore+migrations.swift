import GRDB
package import SwitchyardCore
import SwitchyardMigrations

/// Which migrations a database has had and which it lacks, by name, oldest first.
package struct MigrationStatus: Hashable, Sendable {
    package let applied: [String]
    package let pending: [String]
}

extension SQLiteStore {
    /// Tells which migrations a database has had.
    ///
    /// A file that does not exist has had none. Works beside a running server.
    ///
    /// - Throws: `storageFailed` when the file is no database of ours or of a newer version.
    package static func migrationStatus(path: String) throws(SwitchyardError) -> MigrationStatus {
        let (file, migrator) = (DatabaseFile(path: path), SchemaMigrator())
        guard file.exists else { return MigrationStatus(applied: [], pending: migrator.migrations.map(\.name)) }
        do {
            return try inspect(file, readonly: true, migrator: migrator)
        } catch {
            throw SwitchyardError(database: error, at: file.path)
        }
    }

    /// Makes the database when there is none, runs what is pending and closes it; returns the names of what ran.
    ///
    /// - Parameter keepsBackup: whether a backup is written before a migration changes anything.
    /// - Throws: `storageFailed`, as the initializer.
    package static func migrate(path: String, keepsBackup: Bool = true) throws(SwitchyardError) -> [String] {
        let opened = try open(
            DatabaseFile(path: path),
            mode: .openOrMigrate,
            migrator: SchemaMigrator(),
            keepsBackup: keepsBackup
        )
        do {
            try opened.pool.close()
        } catch {
            throw SwitchyardError(database: error, at: path)
        }
        opened.lock.release()
        return opened.migrated
    }
}
