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
    case byID = "SELECT * FROM clientApplication WHERE id = ?"
    case delete = "DELETE FROM clientApplication WHERE id = ?"
}

/// The statements on the table `applicationRedirect`.
enum ApplicationRedirectStatement: String, CaseIterable {
    case insert = "INSERT INTO applicationRedirect (appID, url) VALUES (?, ?)"
    case byApplication = "SELECT url FROM applicationRedirect WHERE appID = ? ORDER BY url"
    case deleteByApplication = "DELETE FROM applicationRedirect WHERE appID = ?"
}

/// A row of `clientApplication`.
private struct ClientApplicationRecord {
    let application: ClientApplication
}

extension ClientApplicationRecord {
    fileprivate init(row: Row, redirectURLs: [RedirectURL]) throws {
        application = ClientApplication(
            id: try row.value("id", AppID.init),
            secret: try row.text("secret"),
            name: try row.text("name"),
            createdAt: try row.time("createdAt"),
            checks: RequestChecks(
                refusesReplays: try row.decode(Bool.self, forColumn: "refusesReplays"),
                clockSkewLimit: .init(stored: try row.decode(Int64?.self, forColumn: "clockSkewLimit"))
            ),
            redirectURLs: redirectURLs
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

extension Database {
    /// Runs a statement that gives applications.
    fileprivate func applications(
        _ statement: ClientApplicationStatement,
        _ arguments: StatementArguments = []
    ) throws -> [ClientApplication] {
        try fetch(statement, arguments) { row in
            let urls = try fetch(ApplicationRedirectStatement.byApplication, [try row.text("id")]) {
                try RedirectURL(try $0.text("url"))
            }
            return try ClientApplicationRecord(row: row, redirectURLs: urls).application
        }
    }

    fileprivate func setRedirectURLs(_ urls: [RedirectURL], of id: AppID) throws {
        try run(ApplicationRedirectStatement.deleteByApplication, [id.rawValue])
        for url in urls { try run(ApplicationRedirectStatement.insert, [id.rawValue, url.text]) }
    }
}

extension SQLiteStore: ClientApplicationStore {
    package func createApplication(_ application: ClientApplication) async throws(SwitchyardError) {
        try await write { database in
            do {
                let record = ClientApplicationRecord(application: application)
                try database.run(ClientApplicationStatement.insert, record.arguments)
                try database.setRedirectURLs(application.redirectURLs, of: application.id)
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
        try await read { try $0.applications(.all) }
    }

    package func setChecks(
        _ checks: RequestChecks,
        of id: AppID
    ) async throws(SwitchyardError) -> ClientApplication {
        try await write { database in
            let changed = try database.applications(.setChecks, checks.arguments + [id.rawValue])
            guard let application = changed.first else { throw Self.noApplication }
            return application
        }
    }

    package func setRedirectURLs(
        _ urls: [RedirectURL],
        of id: AppID
    ) async throws(SwitchyardError) -> ClientApplication {
        try await write { database in
            guard var application = try database.applications(.byID, [id.rawValue]).first else {
                throw Self.noApplication
            }
            try database.setRedirectURLs(urls, of: id)
            application.redirectURLs = urls
            return application
        }
    }

    package func removeApplication(_ id: AppID) async throws(SwitchyardError) -> [TokenHash] {
        try await write { database in
            let dead = try database.endTokens(.deleteByApplication, [id.rawValue])
            try database.run(ClientApplicationStatement.delete, [id.rawValue])
            guard database.changesCount > 0 else { throw Self.noApplication }
            return dead
        }
    }

    private static var noApplication: SwitchyardError {
        SwitchyardError(.notFound, "no application has this appid")
    }
}
