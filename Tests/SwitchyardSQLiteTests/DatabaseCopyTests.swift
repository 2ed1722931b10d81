import CoolkitWire
import Foundation
import GRDB
import SwitchyardCore
import SwitchyardMigrations
import Synchronization
import Testing

@testable import SwitchyardSQLite

@Suite("A copy of an open database")
struct DatabaseCopyTests {
    @Test("It is one sound file of mode 0600 with all that was committed, and opens as a store")
    func copies() async throws {
        try await withSQLiteStore { store in
            let account = try await store.addAccount(1)
            let copy = store.path + ".copy"

            let schema = try await store.copy(to: copy)

            #expect(schema == SchemaMigrator().migrations.last?.name)
            let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(!FileManager.default.fileExists(atPath: copy + "-wal"))
            let second = try SQLiteStore(path: copy, mode: .requireCurrent)
            #expect(try await second.accounts() == [account])
            try await second.close()
        }
    }

    @Test("Beside a writer that never rests it holds every write acknowledged before, and a whole moment of the rest")
    func copiesUnderLoad() async throws {
        try await withSQLiteStore { store in
            let owner = try await store.addAccount(1)
            let device = try await store.addDevice(1, owner: owner)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let acknowledged = Counter()
                group.addTask {
                    for number in 1... {
                        if Task.isCancelled { return }
                        let params = Array(
                            #"{"number":\#(number),"fill":"\#(String(repeating: "x", count: 50_000))"}"#.utf8
                        )
                        try await store.saveStates([DeviceState(id: device.id, params: params)])
                        acknowledged.set(number)
                    }
                }
                for round in 1...5 {
                    let before = acknowledged.value
                    let copy = store.path + ".copy\(round)"
                    _ = try await store.copy(to: copy)
                    let after = acknowledged.value
                    let found = try number(in: copy)
                    #expect((before...(after + 1)).contains(found), "round \(round)")
                }
                group.cancelAll()
            }
        }
    }

    @Test("A file that is there is not overwritten, and a damaged database is not copied")
    func refuses() async throws {
        try await withSQLiteStore { store in
            let copy = store.path + ".copy"
            try Data("mine".utf8).write(to: URL(filePath: copy))
            await expect(.storageFailed) { _ = try await store.copy(to: copy) }
            #expect(FileManager.default.contents(atPath: copy) == Data("mine".utf8))
            _ = try await store.addDevice(1, owner: try await store.addAccount(1))
            try await store.pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA foreign_keys = OFF")
                try database.execute(sql: "DELETE FROM thingPlace; DELETE FROM home; DELETE FROM account")
            }

            let error = await #expect(throws: SwitchyardError.self) { _ = try await store.copy(to: copy + "2") }

            #expect(error?.message.contains("restore the last good backup") == true)
            #expect(!FileManager.default.fileExists(atPath: copy + "2"))
        }
    }

    @Test("Closing the store ends a copy that is under way, which leaves no file")
    func endsWithStore() async throws {
        try await withDatabasePath { path in
            let store = try SQLiteStore(path: path, mode: .openOrMigrate)
            try await fill(store, megabytes: 64)
            let copy = path + ".copy"
            let copying = Task { try await store.copy(to: copy) }
            while store.copying.withLock({ $0 == nil }) { await Task.yield() }

            let start = ContinuousClock.now
            try await store.close()

            #expect(start.duration(to: .now) < .seconds(3))
            let result = await copying.result
            if case .failure(let error) = result {
                #expect((error as? SwitchyardError)?.message == "the server stopped before the backup was made")
                #expect(!FileManager.default.fileExists(atPath: copy))
            }
            await expect(.storageFailed) { _ = try await store.copy(to: copy + "2") }
        }
    }

    private func fill(_ store: SQLiteStore, megabytes: Int) async throws {
        let owner = try await store.addAccount(1)
        let device = try await store.addDevice(1, owner: owner)
        let params = #"{"a":"\#(String(repeating: "x", count: 60_000))"}"#
        try await store.pool.write { database in
            for number in 1...(megabytes * 17) {
                try database.execute(
                    sql: "INSERT INTO history (deviceID, number, time, kind, params) VALUES (?, ?, 0, 'report', ?)",
                    arguments: [device.id.rawValue, number, params]
                )
            }
        }
    }

    private func number(in copy: String) throws -> Int {
        let queue = try DatabaseQueue(path: copy)
        defer { try? queue.close() }  // A file of a folder that is about to go.
        return try queue.read { database in
            #expect(try SQLiteStore.faults(in: database) == [])
            return try Int.fetchOne(database, sql: "SELECT json_extract(params, '$.number') FROM deviceState") ?? 0
        }
    }
}

/// A number that one task writes and another reads.
private final class Counter: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock(\.self) }

    func set(_ value: Int) { number.withLock { $0 = value } }
}
