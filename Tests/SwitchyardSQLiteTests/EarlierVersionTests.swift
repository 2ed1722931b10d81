import CoolkitWire
import Foundation
import GRDB
import SwitchyardCore
import SwitchyardMigrations
import Testing

@testable import SwitchyardSQLite

@Suite("A database of an earlier version, with everything that it could hold")
struct EarlierVersionTests {
    @Test(
        "is brought to this one: nothing of it is lost or changed, it is sound, and this version can use it",
        arguments: 1...Migrations.all.count
    )
    func upgrades(count: Int) async throws {
        try await withDatabasePath { path in
            try makeDatabase(path, upTo: count)
            let before = try fill(path)

            _ = try SQLiteStore.migrate(path: path)

            let after = try rows(in: path, as: before)
            for (table, rows) in before { #expect(after[table]?.rows == rows.rows, "\(table)") }
            let store = try SQLiteStore(path: path, mode: .requireCurrent)
            #expect(try await store.integrityCheck() == [])
            let schema = try await store.read(schemaDump)
            let file = migrationsFolder.appendingPathComponent("schema.sql")
            #expect(schema == (try String(contentsOf: file, encoding: .utf8)))
            try await checkUse(of: store, count: count)
            let rows = before.values.reduce(0) { $0 + $1.rows.count }
            print("backup: a database of version \(count), \(rows) rows in \(before.count) tables, has come along")
            try await store.close()
        }
    }

    @Test("The rows leave no table out, and no column that can have a value")
    func areComplete() async throws {
        try await withDatabasePath { path in
            try makeDatabase(path, upTo: Migrations.all.count)
            let filled = try fill(path)

            let empty = filled.filter { $0.value.rows.isEmpty }.map(\.key)
            #expect(empty == [], "EarlierRows needs rows of these tables")
            let named = Dictionary(
                EarlierRows.tables.map { ($0.name, Set($0.rows.flatMap(\.keys))) },
                uniquingKeysWith: { $0.union($1) }
            )
            let without = filled.flatMap { table, content in
                content.columns.filter { named[table]?.contains($0) != true }.map { "\(table).\($0)" }
            }
            // Either a key or its digest is there; the numbers of places are the database's; groups have theirs elsewhere.
            let excepted = ["device.keyDigest", "thingPlace.groupID", "thingPlace.id", "thingPlace.roomID"]
            #expect(without.sorted() == excepted, "EarlierRows needs values of these columns")
        }
    }

    /// The store reads what the server reads at its start, and more.
    private func checkUse(of store: SQLiteStore, count: Int) async throws {
        func reached(_ migration: String) -> Bool {
            Migrations.all.prefix(count).contains { $0.name.hasSuffix(migration) }
        }
        let accounts = try await store.accounts()
        #expect(
            accounts.map(\.identifier.description) == (reached("_account") ? ["ann@example.org", "+4912345678"] : [])
        )
        #expect(try await store.applications().count == (reached("_clientApplication") ? 1 : 0))
        #expect(try await store.liveTokens(at: sampleTime).count == (reached("_tokenPair") ? 1 : 0))
        let devices = try await store.devices()
        #expect(devices.map(\.0.id.rawValue).sorted() == (reached("_device") ? ["1", "2", "3"] : []))
        #expect(devices.allSatisfy { $0.0.credential == .key(.init(unchecked: "key-\($0.0.id)")) })
        // The first versions kept a sub-device's gateway in its params alone.
        #expect(devices.count { $0.0.parent != nil } == (reached("_device") ? 1 : 0))
        for account in accounts {
            let homes = try await store.homes(of: account.id)
            #expect(homes.count(where: \.isCurrent) == 1)
            let owned = account.id == accounts.first?.id ? 3 : 0
            let received = account.id != accounts.first?.id && reached("_deviceShare") ? 1 : 0
            let expected = reached("_device") ? owned + received : 0
            #expect(try await store.places(of: account.id).count == expected)
        }
    }

    // MARK: Rows

    /// What a table holds: its columns, and its rows as text.
    private struct Content {
        let columns: [String]
        let rows: [String]
    }

    private func fill(_ path: String) throws -> [String: Content] {
        // Tables refer to others that come with a later migration.
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write(EarlierRows.insert)
        let tables = try queue.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'
                        AND name NOT LIKE 'grdb%' AND name <> 'schemaMigration'
                    """
            )
        }
        let contents = try queue.read { database in
            try tables.map { table in
                try content(of: table, database.columns(in: table).map(\.name), database)
            }
        }
        try queue.close()
        return Dictionary(uniqueKeysWithValues: zip(tables, contents))
    }

    private func rows(in path: String, as before: [String: Content]) throws -> [String: Content] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }  // A file of a folder that is about to go.
        return try queue.read { database in
            try Dictionary(
                uniqueKeysWithValues: before.map { table, content in
                    (table, try self.content(of: table, content.columns, database))
                }
            )
        }
    }

    private func content(of table: String, _ columns: [String], _ database: Database) throws -> Content {
        let values = columns.map { "quote(\"\($0)\")" }.joined(separator: " || ',' || ")
        let sql = "SELECT \(values) FROM \(table) ORDER BY 1"
        return Content(columns: columns, rows: try String.fetchAll(database, sql: sql))
    }
}
