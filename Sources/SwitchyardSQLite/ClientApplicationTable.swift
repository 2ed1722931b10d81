package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `clientApplication`.
enum ClientApplicationStatement: String, CaseIterable {
    case insert = """
        INSERT INTO clientApplication (id, secret, name, createdAt, refusesReplays, clockSkewLimit)
        VALUES (?, ?, ?, ?, ?, ?)
        """
    case setChecks = "UPDATE clientApplication SET refusesReplays = ?, clockSkewLimit = ? WHERE id = ? RETURNING *"
    case all = "SELECT * FROM clientApplication ORDER BY createdAt, rowid"
    case delete = "DELETE FROM clientApplication WHERE id = ?"
}

/// A row of `clientApplication`.
private struct ClientApplicationRecord {
    let application: ClientApplication
}

extension ClientApplicationRecord {
    fileprivate init(row: Row) throws {
        application = ClientApplication(
            id: try row.value("id", AppID.init),
            secret: try row.text("secret"),
            name: try row.text("name"),
            createdAt: try row.time("createdAt"),
            checks: RequestChecks(
                refusesReplays: try row.decode(Bool.self, forColumn: "refusesReplays"),
                clockSkewLimit: .init(stored: try row.decode(Int64?.self, forColumn: "clockSkewLimit"))
            )
        )
    }

    fileprivate var arguments: StatementArguments {
        [application.id.rawValue, application.secret, application.name, application.createdAt.milliseconds]
            + application.checks.arguments
    }
}

extension RequestChecks {
    fileprivate var arguments: StatementArguments { [refusesReplays, clockSkewLimit.stored] }
}

extension RequestChecks.ClockSkewLimit {
    fileprivate init(stored: Int64?) {
        switch stored {
        case nil: self = .ofServer
        case 0: self = .off
        case let milliseconds?: self = .limit(.milliseconds(milliseconds))
        }
    }

    /// Milliseconds; 0 is off, nil the server's setting.
    fileprivate var stored: Int64? {
        switch self {
        case .ofServer: nil
        case .off: 0
        case .limit(let limit): limit.wholeMilliseconds
        }
    }
}

extension SQLiteStore: ClientApplicationStore {
    package func createApplication(_ application: ClientApplication) async throws(SwitchyardError) {
        try await write { database in
            do {
                let record = ClientApplicationRecord(application: application)
                try database.run(ClientApplicationStatement.insert, record.arguments)
            } catch let error as DatabaseError where error.isDuplicate {
                throw SwitchyardError(
                    .alreadyExists,
                    "an application with this appid exists already",
                    underlying: error
                )
            }
        }
    }

    package func applications() async throws(SwitchyardError) -> [ClientApplication] {
        try await read { database in
            try database.fetch(ClientApplicationStatement.all) { try ClientApplicationRecord(row: $0).application }
        }
    }

    package func setChecks(
        _ checks: RequestChecks,
        of id: AppID
    ) async throws(SwitchyardError) -> ClientApplication {
        try await write { database in
            let changed = try database.fetch(
                ClientApplicationStatement.setChecks,
                checks.arguments + [id.rawValue],
                ClientApplicationRecord.init
            )
            guard let record = changed.first else {
                throw SwitchyardError(.notFound, "no application has this appid")
            }
            return record.application
        }
    }

    package func removeApplication(_ id: AppID) async throws(SwitchyardError) -> [TokenHash] {
        try await write { database in
            let dead = try database.endTokens(.deleteByApplication, [id.rawValue])
            try database.run(ClientApplicationStatement.delete, [id.rawValue])
            guard database.changesCount > 0 else {
                throw SwitchyardError(.notFound, "no application has this appid")
            }
            return dead
        }
    }
}
