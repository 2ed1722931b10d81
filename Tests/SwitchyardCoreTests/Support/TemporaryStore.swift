import Foundation
import SwitchyardCore
import SwitchyardSQLite
import Testing

/// Opens a store on a new file, and closes and removes it whatever happens.
func withTemporaryStore(_ body: (SQLiteStore) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchyard-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }  // A folder left in /tmp harms no test.
    let store = try SQLiteStore(path: folder.appendingPathComponent("switchyard.sqlite").path, mode: .openOrMigrate)
    do {
        try await body(store)
    } catch {
        try await store.close()
        throw error
    }
    try await store.close()
}

/// Expects that `body` throws a `SwitchyardError` with this code.
func expect(
    _ code: SwitchyardError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    from body: () async throws -> Void
) async {
    let error = await #expect(throws: SwitchyardError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.code == code, sourceLocation: sourceLocation)
}
