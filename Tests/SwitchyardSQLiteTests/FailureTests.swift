import CoolkitWire
import GRDB
import SwitchyardCore
import Testing

@testable import SwitchyardSQLite

@Suite("A database that fails")
struct FailureTests {
    @Test("A full disk refuses writes, keeps what was there, goes on reading, and recovers by itself")
    func survivesFullDisk() async throws {
        try await withSQLiteStore { store in
            let owner = try await store.addAccount(1)
            let device = try await store.addDevice(1, owner: owner)
            let old = DeviceState(id: device.id, params: Array(#"{"switch":"on"}"#.utf8))
            try await store.saveStates([old])
            let large = DeviceState(
                id: device.id,
                params: Array("{\"a\":\"\(String(repeating: "x", count: 60_000))\"}".utf8)
            )
            try await setRoom(of: store, toPages: 1)

            let error = await #expect(throws: SwitchyardError.self) {
                try await store.saveStates([DeviceState(id: device.id), large])
            }

            #expect(error?.code == .storageFailed)
            #expect(error?.message == "there is no room left for the database")
            #expect(try await store.devices().map(\.1) == [old])
            try await setRoom(of: store, toPages: 1_000_000)
            try await store.saveStates([large])
            #expect(try await store.devices().map(\.1) == [large])
            #expect(try await store.integrityCheck() == [])
        }
    }

    @Test("A row that cannot be read is reported, not fatal")
    func reportsUnreadableRows() async throws {
        try await withSQLiteStore { store in
            let account = try await store.addAccount(1)
            try await store.pool.write { database in
                try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
                try database.execute(sql: "UPDATE account SET apiKey = 'with space'")
            }

            await expect(.storageFailed) { _ = try await store.accounts() }
            await expect(.storageFailed) { _ = try await store.account(account.id) }
        }
    }

    @Test("What is said of a row that cannot be read shows none of its values, which may be secret")
    func hidesValues() async throws {
        try await withSQLiteStore { store in
            let account = try await store.addAccount(1)
            try await store.pool.write { database in
                try database.execute(sql: "UPDATE account SET passwordHash = 'planted-secret'")
                try database.execute(sql: "ALTER TABLE account RENAME COLUMN wasConsulted TO other")
            }

            let error = await #expect(throws: SwitchyardError.self) { _ = try await store.account(account.id) }

            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains("column wasConsulted"), "\(text)")
            #expect(!text.contains("planted-secret") && !text.contains(account.apiKey.rawValue), "\(text)")
        }
    }

    @Test("Damage is found by the integrity check")
    func findsDamage() async throws {
        try await withSQLiteStore { store in
            _ = try await store.addDevice(1, owner: try await store.addAccount(1))
            try await store.pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA foreign_keys = OFF")
                try database.execute(sql: "DELETE FROM thingPlace; DELETE FROM home; DELETE FROM account")
            }

            #expect(try await store.integrityCheck() == ["a row of device refers to a missing row of account"])
        }
    }

    /// Limits the file to its present size, or to `pages` if that is more.
    private func setRoom(of store: SQLiteStore, toPages pages: Int) async throws {
        try await store.pool.writeWithoutTransaction { database in
            _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages)")
        }
    }
}
