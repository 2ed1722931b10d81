import Dispatch
import Foundation
import GRDB
package import SwitchyardCore
import Synchronization

/// The store on one SQLite file: one writer, a few readers, and every commit on disk before it is reported.
///
/// A method of the store enters through `read` or `write`, which hand its closure to the queues of the database, so that
/// no event loop ever waits for a disk. Each table has a file with its statements, its record and the methods about it.
/// Two stores never share a file: `FileLock` sees to that.
package final class SQLiteStore: Sendable {
    /// What to do with a database that is not at the latest schema.
    package enum OpenMode: Sendable {
        /// Makes the file when there is none, and runs the migrations that are pending.
        case openOrMigrate
        /// Throws when there is no file or a migration is pending.
        case requireCurrent
    }

    /// Hears the text of a statement, on the queue of the database that runs it.
    package typealias StatementWatch = @Sendable (String) -> Void

    /// Where the database lies, links resolved.
    package var path: String { file.path }

    let pool: DatabasePool
    private let file: DatabaseFile
    private let lock: FileLock
    let isClosed = Mutex(false)
    /// The copy that is being made, which `close` does not wait for.
    let copying = Mutex<DatabaseCopy?>(nil)
    /// The operations that have begun and not ended; `close` waits for them.
    let operations = DispatchGroup()

    /// Opens the database; blocks until that is done, so it belongs in the start of a process.
    ///
    /// - Parameter watch: hears each statement that runs, without its values; nil: nobody listens.
    /// - Throws: `storageFailed` with a sentence for the operator: no folder, no permission, no database, one of another
    ///   program or of a newer version, in use by another process, no room.
    package init(
        path: String,
        mode: OpenMode,
        watchedBy watch: StatementWatch? = nil
    ) throws(SwitchyardError) {
        let opened = try Self.open(DatabaseFile(path: path), mode: mode, migrator: SchemaMigrator(), watch: watch)
        (file, lock, pool) = (opened.file, opened.lock, opened.pool)
    }

    /// Bytes on disk: the database and its write-ahead log.
    package var fileSizeBytes: Int64 { file.sizeBytes }

    /// Reads every page and every reference; returns what is wrong, nothing for a sound database.
    ///
    /// Slow on a large one, but writes go on meanwhile. Pages, indexes and references are checked, `CHECK` rules are not:
    /// SQLite leaves those out on a connection that only reads.
    package func integrityCheck() async throws(SwitchyardError) -> [String] {
        try await read { database in
            try Self.faults(in: database)
        }
    }

    static func faults(in database: Database) throws -> [String] {
        let faults = try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row in
            "a row of \(row["table"] ?? "?") refers to a missing row of \(row["parent"] ?? "?")"
        }
        return faults + orphans
    }

    // MARK: The way to the database

    /// Reads in one snapshot.
    ///
    /// Not cancellable: reads are short.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(SwitchyardError) -> Value {
        try Self.value(
            of: await withCheckedContinuation { continuation in
                begin(continuation) { [pool, operations] in
                    pool.asyncRead { access in
                        continuation.resume(returning: Result { try body(access.get()) })
                        operations.leave()
                    }
                }
            }
        )
    }

    /// Writes in one transaction, durable when this returns; if anything throws, nothing changed.
    ///
    /// Not cancellable: a write that was asked for happens, also while its task is being cancelled at shutdown.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(SwitchyardError) -> Value {
        try Self.value(
            of: await withCheckedContinuation { continuation in
                begin(continuation) { [pool, operations] in
                    pool.asyncWrite(body) { _, result in
                        continuation.resume(returning: result)
                        operations.leave()
                    }
                }
            }
        )
    }

    /// Counts an operation and has `enqueue` hand it to the database's queues, unless the store is closed.
    func begin<Value>(
        _ continuation: CheckedContinuation<Result<Value, any Error>, Never>,
        _ enqueue: () -> Void
    ) {
        let mayBegin = isClosed.withLock { isClosed in
            if !isClosed { operations.enter() }
            return !isClosed
        }
        guard mayBegin else {
            let error = SwitchyardError(.storageFailed, "the database is closed")
            continuation.resume(returning: .failure(error))
            return
        }
        enqueue()
    }

    static func value<Value>(of result: Result<Value, any Error>) throws(SwitchyardError) -> Value {
        switch result {
        case .success(let value): return value
        case .failure(let error): throw SwitchyardError(database: error)
        }
    }
}

extension SQLiteStore: Store {
    package func close() async throws(SwitchyardError) {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        guard !wasClosed else { return }
        copying.withLock { $0?.interrupt() }
        let result = await withCheckedContinuation { continuation in
            operations.notify(queue: .global()) { [pool] in
                continuation.resume(returning: Result { try pool.close() })
            }
        }
        try Self.value(of: result)
        lock.release()
    }
}
