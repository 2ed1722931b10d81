import Foundation
import SwitchyardSQLite

/// Hands out a new folder and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchyard-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }  // A folder left in /tmp harms no test.
    return try await body(folder)
}

/// Hands out the path of a database in a new folder; nothing is there yet.
func withDatabasePath<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    try await withTemporaryFolder { try await body($0.appendingPathComponent("switchyard.sqlite").path) }
}

/// Opens a store on a new file, and closes it whatever happens.
func withSQLiteStore(_ body: (SQLiteStore) async throws -> Void) async throws {
    try await withDatabasePath { path in
        let store = try SQLiteStore(path: path, mode: .openOrMigrate)
        do {
            try await body(store)
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }
}
