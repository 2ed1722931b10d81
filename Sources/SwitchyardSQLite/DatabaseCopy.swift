import Foundation
import GRDB
package import SwitchyardCore
import Synchronization

/// A copy of an open database in a file of its own: no write-ahead log beside it, checked, not yet synced.
///
/// It holds what was committed when the copying began. The writer goes on: the copy reads one snapshot, in steps.
final class DatabaseCopy: Sendable {
    private let path: String
    private let database: DatabaseQueue
    private let isInterrupted = Mutex(false)

    /// 4 MiB with pages of 4 KiB.
    private static let pagesPerStep: CInt = 1_024

    /// Makes an empty file; throws when there is one, or no place for it.
    init(at path: String) throws {
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DatabaseFile.failure(making: path, errno) }
        close(descriptor)
        self.path = path
        database = try DatabaseQueue(path: path, configuration: SQLiteStore.configuration())
    }

    /// Copies, checks, and returns the name of the last migration; the file is removed if anything throws.
    func fill(from source: any DatabaseReader) throws -> String {
        do {
            try copy(source)
            let schema = try database.writeWithoutTransaction { copy in
                _ = try String.fetchOne(copy, sql: "PRAGMA journal_mode = DELETE")
                try check(copy)
                return try String.fetchOne(copy, sql: "SELECT max(name) FROM schemaMigration") ?? ""
            }
            try database.close()
            return schema
        } catch {
            // It is removed: what closing it says does not matter.
            try? database.close()
            for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
            throw isInterrupted.withLock(\.self) ? Self.interruption : error
        }
    }

    /// Ends the work soon; `fill` throws then.
    func interrupt() {
        isInterrupted.withLock { $0 = true }
        database.interrupt()
    }

    private func copy(_ source: any DatabaseReader) throws {
        try source.read { source in
            // The snapshot begins with the first read and has to outlive the steps: a writer between two of them would
            // otherwise make the copying begin anew.
            _ = try Int.fetchOne(source, sql: "SELECT count(*) FROM sqlite_master")
            try database.writeWithoutTransaction { copy in
                try source.backup(to: copy, pagesPerStep: Self.pagesPerStep) { [self] _ in
                    if isInterrupted.withLock(\.self) { throw Self.interruption }
                }
            }
        }
    }

    private func check(_ copy: Database) throws {
        let faults = try SQLiteStore.faults(in: copy)
        guard let first = faults.first else { return }
        throw SwitchyardError(
            .storageFailed,
            "the database is damaged, so no backup was made of it (\(first)). Stop the server, keep a copy of its data "
                + "folder, and restore the last good backup"
        )
    }

    private static let interruption = SwitchyardError(.storageFailed, "the server stopped before the backup was made")
}

extension SQLiteStore {
    package func copy(to path: String) async throws(SwitchyardError) -> String {
        try Self.value(
            of: await withCheckedContinuation { continuation in
                begin(continuation) { [self] in
                    DispatchQueue.global(qos: .utility)
                        .async { [self] in
                            continuation.resume(returning: Result { try makeCopy(at: path) })
                            operations.leave()
                        }
                }
            }
        )
    }

    private func makeCopy(at path: String) throws -> String {
        let copy = try DatabaseCopy(at: path)
        copying.withLock { $0 = copy }
        defer { copying.withLock { $0 = nil } }
        // `close` looks at `copying` after it has set this.
        if isClosed.withLock(\.self) { copy.interrupt() }
        return try copy.fill(from: pool)
    }
}
