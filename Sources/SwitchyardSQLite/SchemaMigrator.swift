import CoolkitWire
import Crypto
import Foundation
import GRDB
import SwitchyardCore
import SwitchyardMigrations

/// Brings a database to the latest schema, and refuses one whose past is not a beginning of ours.
///
/// The table `schemaMigration` keeps the hash of every file that ran; the library keeps a list of names of its own.
struct SchemaMigrator: Sendable {
    var migrations = Migrations.all

    /// Runs what is pending, each migration in a transaction of its own.
    func run(on database: any DatabaseWriter) throws {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { database in
                try database.execute(sql: String(decoding: migration.sql, as: UTF8.self))
                try database.execute(
                    sql: "INSERT INTO schemaMigration (name, sha256, appliedAt) VALUES (?, ?, ?)",
                    arguments: [migration.name, Self.digest(of: migration), WallClock.system.now.milliseconds]
                )
            }
        }
        try migrator.migrate(database)
    }

    /// Compares the database's past with our migrations.
    func status(of database: Database) throws -> MigrationStatus {
        guard try database.tableExists("schemaMigration") else {
            guard try Self.isEmpty(database) else {
                throw SwitchyardError(.storageFailed, "this is an SQLite database, but not one of Switchyard")
            }
            return MigrationStatus(applied: [], pending: migrations.map(\.name))
        }
        let rows = try Row.fetchAll(database, sql: "SELECT name, sha256 FROM schemaMigration ORDER BY name")
        let applied = try rows.map { row in
            (
                name: try row.decode(String.self, forColumn: "name"),
                digest: try row.decode(Data.self, forColumn: "sha256")
            )
        }
        try check(applied)
        let names = applied.map(\.name)
        return MigrationStatus(applied: names, pending: migrations.map(\.name).filter { !names.contains($0) })
    }

    private func check(_ applied: [(name: String, digest: Data)]) throws(SwitchyardError) {
        let known = Set(migrations.map(\.name))
        let unknown = applied.map(\.name).filter { !known.contains($0) }
        guard unknown.isEmpty else {
            throw SwitchyardError(
                .storageFailed,
                "the database was written by a newer version of Switchyard (\(unknown.joined(separator: ", "))); "
                    + "use that version, or restore a backup"
            )
        }
        for (migration, row) in zip(migrations, applied) {
            guard row.name == migration.name else {
                throw SwitchyardError(
                    .storageFailed,
                    "the database has had \(row.name) but not \(migration.name), which comes before it"
                )
            }
            guard row.digest == Self.digest(of: migration) else {
                throw SwitchyardError(
                    .storageFailed,
                    "the database has had another \(migration.name) than the one in this version of Switchyard"
                )
            }
        }
    }

    /// The SHA-256 of the file's bytes.
    static func digest(of migration: Migration) -> Data {
        Data(SHA256.hash(data: migration.sql))
    }

    /// Whether nothing was ever made in the file, but for what the library makes before the first migration.
    private static func isEmpty(_ database: Database) throws -> Bool {
        let sql = "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE '%grdb~_migrations%' ESCAPE '~'"
        return try Int.fetchOne(database, sql: sql) == 0
    }
}
