import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `accountMessage`.
enum AccountMessageStatement: String, CaseIterable {
    /// To an account that is there. Of messages that come within a second each has a time of its own.
    case append = """
        INSERT INTO accountMessage (accountID, number, id, kind, deviceID, content, time)
        SELECT id, 1 + coalesce((SELECT max(number) FROM accountMessage WHERE accountID = ?1), 0), ?2, ?3, ?4, ?5,
            coalesce((
                SELECT time + 1 FROM accountMessage
                WHERE accountID = ?1 AND number = (SELECT max(number) FROM accountMessage WHERE accountID = ?1)
                    AND time BETWEEN ?6 AND ?6 + 999
            ), ?6)
        FROM account WHERE id = ?1
        """
    case keepNewest = """
        DELETE FROM accountMessage WHERE accountID = ?1
            AND number <= (SELECT max(number) FROM accountMessage WHERE accountID = ?1) - ?2
        """
    case page = """
        SELECT * FROM accountMessage WHERE accountID = ? AND time < ? ORDER BY number DESC LIMIT ?
        """
    /// Without those about devices that stand in another home.
    case pageOfHome = """
        SELECT * FROM accountMessage
        WHERE accountID = ?1 AND time < ?2 AND NOT EXISTS (
            SELECT 1 FROM thingPlace
            WHERE thingPlace.deviceID = accountMessage.deviceID AND thingPlace.accountID = ?1 AND homeID <> ?4
        )
        ORDER BY number DESC LIMIT ?3
        """
}

/// The record of `accountMessage` is the domain type itself.
extension AccountMessage {
    fileprivate init(row: Row) throws {
        guard let content = try JSON(parsing: try row.text("content")).objectValue else {
            throw UnreadableColumn(name: "content")
        }
        self.init(
            id: try row.value("id", ObjectID.init),
            account: try row.value("accountID", AccountID.init),
            kind: try row.value("kind", Kind.init(rawValue:)),
            device: try row.value("deviceID", DeviceID.init),
            content: content,
            date: try row.time("time")
        )
    }

    /// The row in the order of `append`.
    fileprivate var rowArguments: StatementArguments {
        [
            account.description, id.description, kind.rawValue, device.rawValue, JSON.object(content).text,
            date.milliseconds,
        ]
    }
}

extension SQLiteStore: MessageStore {
    package func appendMessages(
        _ messages: [AccountMessage],
        keeping limit: Int
    ) async throws(SwitchyardError) {
        guard !messages.isEmpty else { return }
        try await write { database in
            let statement = try database.cachedStatement(sql: AccountMessageStatement.append.rawValue)
            for message in messages { try statement.execute(arguments: message.rowArguments) }
            for account in Set(messages.map(\.account)) {
                try database.run(AccountMessageStatement.keepNewest, [account.description, limit])
            }
        }
    }

    package func messages(
        of account: AccountID,
        _ query: MessageQuery
    ) async throws(SwitchyardError) -> [AccountMessage] {
        var arguments: StatementArguments = [account.description, query.before?.milliseconds ?? .max, query.limit]
        if let home = query.home { arguments += [home.description] }
        let (statement, values) = (query.home == nil ? AccountMessageStatement.page : .pageOfHome, arguments)
        return try await read { try $0.fetch(statement, values, AccountMessage.init) }
    }
}
