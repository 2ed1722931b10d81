import GRDB
import SwitchyardCore

extension SQLiteStore {
    /// What `open` hands to the initializer.
    struct Opened {
        let file: DatabaseFile
        let lock: FileLock
        let pool: DatabasePool
        /// The migrations that ran, by name.
        let migrated: [String]
    }

    /// Locks, makes, checks, opens, keeps a copy of what a migration would change, and migrates, in this order: a file that is
    /// not ours is left as it was found.
    static func open(
        _ file: DatabaseFile,
        mode: OpenMode,
        migrator: SchemaMigrator,
        keepsBackup: Bool = true,
        watch: StatementWatch? = nil
    ) throws(SwitchyardError) -> Opened {
        guard mode == .openOrMigrate || file.exists else {
            throw SwitchyardError(
                .storageFailed,
                "there is no database at \(file.path); `switchyard migrate` makes one"
            )
        }
        let lock = try FileLock(file: file)
        try file.prepare()
        do {
            let status = try inspect(file, readonly: false, migrator: migrator)
            let pending = status.pending
            guard mode == .openOrMigrate || pending.isEmpty else {
                throw SwitchyardError(
                    .storageFailed,
                    "the database needs \(pending.joined(separator: ", ")); `switchyard migrate` brings it up to date"
                )
            }
            if keepsBackup, let last = status.applied.last, let next = pending.first {
                try MigrationBackup(file: file, schema: last, next: next).write()
            }
            let pool = try DatabasePool(path: file.path, configuration: configuration(watch: watch))
            try pool.writeWithoutTransaction(setUpWriter)
            try migrator.run(on: pool)
            return Opened(file: file, lock: lock, pool: pool, migrated: pending)
        } catch {
            throw SwitchyardError(database: error, at: file.path)
        }
    }

    /// Reads which migrations the file has had, without changing it.
    static func inspect(
        _ file: DatabaseFile,
        readonly: Bool,
        migrator: SchemaMigrator
    ) throws -> MigrationStatus {
        var configuration = configuration()
        configuration.readonly = readonly
        let queue = try DatabaseQueue(path: file.path, configuration: configuration)
        let status = try queue.read(migrator.status)
        try queue.close()
        return status
    }

    static func configuration(watch: StatementWatch? = nil) -> Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            database.add(function: canonicalEmail)
            if let watch { database.trace { watch($0.description) } }
        }
        return configuration
    }

    /// `canonicalEmail(text)`, for the migration that gives each address its one spelling.
    private static let canonicalEmail = DatabaseFunction("canonicalEmail", argumentCount: 1, pure: true) { values in
        String.fromDatabaseValue(values[0]).map(AccountIdentifier.canonical(email:))
    }

    /// Sets what the pool leaves at its own defaults, and reads back what durability rests on.
    ///
    /// The pool sets `synchronous` to NORMAL when it turns the write-ahead log on: then a power cut could take the last
    /// commits. It is set once more after that.
    private static func setUpWriter(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = FULL")
        // After a burst the log is cut back to this at the next reset, instead of keeping its largest size.
        _ = try Int.fetchOne(database, sql: "PRAGMA journal_size_limit = 67108864")
        let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
        let journalMode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
        let foreignKeys = try Bool.fetchOne(database, sql: "PRAGMA foreign_keys")
        guard synchronous == 2, journalMode == "wal", foreignKeys == true else {
            throw SwitchyardError(
                .storageFailed,
                "the database cannot be used durably here: write-ahead log or full synchronisation is not available"
            )
        }
    }
}
