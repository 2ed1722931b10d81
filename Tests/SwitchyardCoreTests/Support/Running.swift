import GRDB
import Logging
import ServiceLifecycle

@testable import SwitchyardSQLite

/// Runs a service for as long as `body` takes, and then stops it gracefully.
func withRunning(_ service: any Service, _ body: () async throws -> Void) async throws {
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let group = ServiceGroup(configuration: .init(services: [service], logger: logger))
    try await withThrowingTaskGroup { tasks in
        tasks.addTask { try await group.run() }
        do {
            try await body()
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

extension SQLiteStore {
    /// Lets the database grow no further, or as it likes.
    func setRoom(isLeft: Bool) async throws {
        try await pool.writeWithoutTransaction { database in
            _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(isLeft ? 1_000_000 : 1)")
        }
    }
}
