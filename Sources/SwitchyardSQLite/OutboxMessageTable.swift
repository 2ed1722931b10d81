package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `outboxMessage`.
enum OutboxMessageStatement: String, CaseIterable {
    case insert = "INSERT INTO outboxMessage (destination, purpose, code, text, createdAt) VALUES (?, ?, ?, ?, ?)"
    case since = "SELECT * FROM outboxMessage WHERE createdAt >= ? ORDER BY createdAt DESC, id DESC"
    case deleteOld = "DELETE FROM outboxMessage WHERE createdAt < ?"
    /// Ids rise by one with each message, and only the oldest go.
    case deleteAllButNewest = "DELETE FROM outboxMessage WHERE id <= (SELECT max(id) FROM outboxMessage) - ?"
    case deleteAll = "DELETE FROM outboxMessage"
}

/// The record of `outboxMessage` is the domain type itself.
extension OutboxMessage {
    fileprivate init(row: Row) throws {
        let purpose = try row.decode(Int.self, forColumn: "purpose")
        guard let purpose = CodePurpose(rawValue: purpose) else { throw UnreadableColumn(name: "purpose") }
        self.init(
            destination: try row.text("destination"),
            purpose: purpose,
            code: try row.text("code"),
            text: try row.text("text"),
            createdAt: try row.time("createdAt")
        )
    }

    fileprivate var arguments: StatementArguments {
        [destination, purpose.rawValue, code, text, createdAt.milliseconds]
    }
}

extension SQLiteStore: OutboxStore {
    package func addToOutbox(
        _ message: OutboxMessage,
        keeping count: Int,
        since time: UnixTime
    ) async throws(SwitchyardError) {
        try await write { database in
            try database.run(OutboxMessageStatement.insert, message.arguments)
            try database.run(OutboxMessageStatement.deleteOld, [time.milliseconds])
            try database.run(OutboxMessageStatement.deleteAllButNewest, [count])
        }
    }

    package func outbox(since time: UnixTime) async throws(SwitchyardError) -> [OutboxMessage] {
        try await read { try $0.fetch(OutboxMessageStatement.since, [time.milliseconds], OutboxMessage.init) }
    }

    package func removeFromOutbox(before time: UnixTime) async throws(SwitchyardError) {
        try await write { try $0.run(OutboxMessageStatement.deleteOld, [time.milliseconds]) }
    }

    package func clearOutbox() async throws(SwitchyardError) {
        try await write { try $0.run(OutboxMessageStatement.deleteAll, []) }
    }
}
