import Foundation
import GRDB
import SwitchyardCore
import SwitchyardMigrations
import Testing

@testable import SwitchyardSQLite

@Suite("The backup before a migration")
struct MigrationBackupTests {
    @Test("An older database is kept in a backup that can be restored; the newest three stay")
    func keepsOlder() async throws {
        try await withDatabasePath { path in
            let folder = (path as NSString).deletingLastPathComponent + "/backups"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            let older = (1...3).map { "before-v000\(4 - $0)-2020010\($0)T000000Z.tar" }
            for name in older + ["before-v0009-20210101T000000Z.tar.partial-00000000"] {
                try Data("older".utf8).write(to: URL(filePath: folder + "/" + name))
            }
            try makeDatabase(path, upTo: 20)

            let store = try SQLiteStore(path: path, mode: .openOrMigrate)
            try await store.close()

            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.count == MigrationBackup.kept)
            #expect(Set(names).isSuperset(of: older.suffix(2)))
            let newest = try #require(names.first { !older.contains($0) })
            #expect(newest.hasPrefix("before-\(Migrations.all[20].name.prefix(5))-"))
            try check(folder + "/" + newest)
        }
    }

    @Test("A new database and a current one need none")
    func needsNone() async throws {
        try await withDatabasePath { path in
            for _ in 1...2 { try await SQLiteStore(path: path, mode: .openOrMigrate).close() }

            let folder = (path as NSString).deletingLastPathComponent + "/backups"
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test("Where it cannot be written nothing is migrated, and the words say how to go on")
    func refusesWithout() async throws {
        try await withDatabasePath { path in
            try makeDatabase(path, upTo: 20)
            let folder = (path as NSString).deletingLastPathComponent + "/backups"
            try Data("in the way".utf8).write(to: URL(filePath: folder))

            for attempt in [
                { _ = try SQLiteStore(path: path, mode: .openOrMigrate) }, { _ = try SQLiteStore.migrate(path: path) },
            ] {
                let error = #expect(throws: SwitchyardError.self) { try attempt() }
                #expect(error?.code == .storageFailed)
                #expect(error?.message.contains("Nothing was changed. Make room for \(folder)") == true)
                #expect(error?.message.contains("switchyard migrate --no-backup") == true)
                #expect(try SQLiteStore.migrationStatus(path: path).applied.count == 20)
            }

            #expect(try SQLiteStore.migrate(path: path, keepsBackup: false).count == Migrations.all.count - 20)
        }
    }

    @Test("A damaged database is not migrated over its only good copy")
    func refusesDamaged() async throws {
        try await withDatabasePath { path in
            try makeDatabase(path, upTo: 20)
            let queue = try DatabaseQueue(path: path)
            try await queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA foreign_keys = OFF")
                try database.execute(sql: "INSERT INTO deviceShare VALUES ('1', '2', 0, '', '', '', 5)")
            }
            try queue.close()

            let error = #expect(throws: SwitchyardError.self) { _ = try SQLiteStore.migrate(path: path) }

            #expect(error?.message.contains("damaged") == true, "\(error?.message ?? "")")
            #expect(try SQLiteStore.migrationStatus(path: path).applied.count == 20)
        }
    }

    private func check(_ backup: String) throws {
        let folder = (backup as NSString).deletingLastPathComponent + "/out"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        var reader = try BackupReader(backup)
        let summary = try reader.read(extractingTo: folder)
        #expect(summary.members == [.database])
        #expect(summary.manifest.schema == Migrations.all[19].name)
        let mode = try FileManager.default.attributesOfItem(atPath: backup)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let pending = try SQLiteStore.prepareRestored(path: folder + "/switchyard.sqlite")
        #expect(pending == Migrations.all.dropFirst(20).map(\.name))
    }
}

@Suite("The database of a backup")
struct RestoredDatabaseTests {
    @Test(
        "One that is not sound, not ours or newer is refused in words",
        arguments: [
            ("INSERT INTO schemaMigration VALUES ('v9999_future', zeroblob(32), 0)", "newer version"),
            (
                "PRAGMA foreign_keys = OFF; INSERT INTO room VALUES ('00000000000000000000000a', '2', 'x', 0, 0)",
                "damaged"
            ),
            ("DROP TABLE schemaMigration", "not one of Switchyard"),
        ]
    )
    func refuses(change: String, words: String) async throws {
        try await withDatabasePath { path in
            try makeDatabase(path, upTo: Migrations.all.count)
            let queue = try DatabaseQueue(path: path)
            try await queue.writeWithoutTransaction { try $0.execute(sql: change) }
            try queue.close()

            let error = #expect(throws: SwitchyardError.self) { _ = try SQLiteStore.prepareRestored(path: path) }

            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }
}

/// Makes a database as a version with the first `count` migrations would.
func makeDatabase(_ path: String, upTo count: Int) throws {
    let migrator = SchemaMigrator(migrations: Array(Migrations.all.prefix(count)))
    let opened = try SQLiteStore.open(DatabaseFile(path: path), mode: .openOrMigrate, migrator: migrator)
    try opened.pool.close()
    opened.lock.release()
}
