package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `clientApplication`.
enum ClientApplicationStatement: String, CaseIterable {
    case insert = "INSERT INTO clientApplication (id, secret, name, createdAt) VALUES (?, ?, ?, ?)"
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
            createdAt: try row.time("createdAt")
        )
    }

    fileprivate var arguments: StatementArguments {
        [application.id.rawValue, application.secret, application.name, application.createdAt.milliseconds]
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
