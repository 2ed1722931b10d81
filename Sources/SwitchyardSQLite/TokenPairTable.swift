package import CoolkitWire
import Foundation
import GRDB
package import SwitchyardCore

/// The statements on the table `tokenPair`.
///
/// A pair is alive until a refresh replaced it. What ends pairs returns plain columns: SQLite 3.40 gets
/// `replacedAt IS NULL` wrong in the RETURNING of a DELETE.
enum TokenPairStatement: String, CaseIterable {
    case insert = """
        INSERT INTO tokenPair (refreshHash, accessHash, accountID, appID, family, issuedAt, accessExpiresAt,
            refreshExpiresAt, replacedAt, clientAddress, clientOS, clientModel, clientAppVersion)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    case byRefreshHash = "SELECT * FROM tokenPair WHERE refreshHash = ?"
    case alive = "SELECT * FROM tokenPair WHERE replacedAt IS NULL AND refreshExpiresAt > ?"
    case aliveOfAccount = """
        SELECT * FROM tokenPair WHERE accountID = ? AND replacedAt IS NULL AND refreshExpiresAt > ?
        """
    case replaceFamily = """
        UPDATE tokenPair SET replacedAt = ? WHERE family = ? AND replacedAt IS NULL RETURNING accessHash, NULL AS replacedAt
        """
    /// By index: the rows of a family stand there in the order in which they came.
    case deleteFleeting = """
        DELETE FROM tokenPair WHERE rowid IN (
            SELECT rowid FROM tokenPair WHERE family = ? ORDER BY rowid DESC LIMIT -1 OFFSET ?
        ) AND replacedAt - issuedAt < ?
        """
    case deleteByAccount = """
        DELETE FROM tokenPair WHERE accountID = ? RETURNING accessHash, replacedAt
        """
    case deleteOthersOfAccount = """
        DELETE FROM tokenPair WHERE accountID = ? AND accessHash <> ? RETURNING accessHash, replacedAt
        """
    case deleteByAccountAndApplication = """
        DELETE FROM tokenPair WHERE accountID = ? AND appID = ? RETURNING accessHash, replacedAt
        """
    case deleteByApplication = """
        DELETE FROM tokenPair WHERE appID = ? RETURNING accessHash, replacedAt
        """
    case deleteByFamily = """
        DELETE FROM tokenPair WHERE family = ? RETURNING accessHash, replacedAt
        """
    case deleteByFamilyAndAccount = """
        DELETE FROM tokenPair WHERE family = ? AND accountID = ? RETURNING accessHash, replacedAt
        """
    /// Whole families go, as a replaced `rt` within its grace would bring its family back to life.
    case deleteOldestFamilies = """
        DELETE FROM tokenPair WHERE family IN (
            SELECT family FROM tokenPair WHERE accountID = ? AND replacedAt IS NULL
            ORDER BY issuedAt DESC, rowid DESC LIMIT -1 OFFSET ?
        ) RETURNING accessHash, replacedAt
        """
    case deleteExpired = "DELETE FROM tokenPair WHERE refreshExpiresAt < ?"
}

/// A row of `tokenPair`.
private struct TokenPairRecord {
    let token: TokenRecord
}

extension TokenPairRecord {
    fileprivate init(row: Row) throws {
        token = TokenRecord(
            accountID: try row.value("accountID", AccountID.init),
            appID: try row.value("appID", AppID.init),
            accessHash: try TokenHash(stored: row.decode(Data.self, forColumn: "accessHash")),
            refreshHash: try TokenHash(stored: row.decode(Data.self, forColumn: "refreshHash")),
            issuedAt: try row.time("issuedAt"),
            accessExpiresAt: try row.time("accessExpiresAt"),
            refreshExpiresAt: try row.time("refreshExpiresAt"),
            family: try row.value("family", ObjectID.init),
            client: LoginFacts(
                address: try row.decode(String?.self, forColumn: "clientAddress"),
                os: try row.decode(String?.self, forColumn: "clientOS"),
                model: try row.decode(String?.self, forColumn: "clientModel"),
                appVersion: try row.decode(String?.self, forColumn: "clientAppVersion")
            ),
            replacedAt: try row.timeIfPresent("replacedAt")
        )
    }

    fileprivate var arguments: StatementArguments {
        [
            token.refreshHash.stored, token.accessHash.stored, token.accountID.description, token.appID.rawValue,
            token.family.description, token.issuedAt.milliseconds, token.accessExpiresAt.milliseconds,
            token.refreshExpiresAt.milliseconds, token.replacedAt?.milliseconds, token.client.address, token.client.os,
            token.client.model, token.client.appVersion,
        ]
    }
}

extension TokenHash {
    fileprivate init(stored: Data) throws {
        guard let hash = TokenHash(bytes: Array(stored)) else { throw UnreadableColumn(name: "tokenPair hash") }
        self = hash
    }

    var stored: Data { Data(bytes) }
}

extension Database {
    /// Runs a statement that ends pairs; gives the access hashes of those that were alive.
    func endTokens(_ statement: TokenPairStatement, _ arguments: StatementArguments) throws -> [TokenHash] {
        try fetch(statement, arguments) { row in
            guard try row.timeIfPresent("replacedAt") == nil else { return nil }
            return try TokenHash(stored: row.decode(Data.self, forColumn: "accessHash"))
        }
        .compactMap(\.self)
    }
}

extension SQLiteStore: TokenStore {
    /// Throws `accountNotFound` or `notFound` when the account or the application was removed meanwhile.
    package func issueTokens(
        _ record: TokenRecord,
        ending scope: SingleLoginScope,
        limit: Int,
        redeeming claim: CodeClaim?
    ) async throws(SwitchyardError) -> [TokenHash] {
        try await write { try Self.issue(record, ending: scope, limit: limit, redeeming: claim, in: $0) }
    }

    static func issue(
        _ record: TokenRecord,
        ending scope: SingleLoginScope,
        limit: Int,
        redeeming claim: CodeClaim? = nil,
        in database: Database
    ) throws -> [TokenHash] {
        precondition(limit >= 1, "an account may hold one pair at least")
        let account = record.accountID.description
        guard try !database.fetch(AccountStatement.exists, [account], \.count).isEmpty else { throw noAccount }
        if let claim { try database.redeem(claim, at: record.issuedAt) }
        var dead: [TokenHash] =
            switch scope {
            case .accountAndApp:
                try database.endTokens(.deleteByAccountAndApplication, [account, record.appID.rawValue])
            case .account: try database.endTokens(.deleteByAccount, [account])
            case .none: []
            }
        dead += try database.endTokens(.deleteOldestFamilies, [account, limit - 1])
        try insert(record, into: database)
        return dead
    }

    package func token(refreshHash: TokenHash) async throws(SwitchyardError) -> TokenRecord? {
        try await read { database in
            try database.fetch(TokenPairStatement.byRefreshHash, [refreshHash.stored], TokenPairRecord.init).first?
                .token
        }
    }

    /// A pair that was replaced before keeps the time of its first replacement: its grace does not begin anew.
    package func rotateTokens(
        from oldRefreshHash: TokenHash,
        to record: TokenRecord
    ) async throws(SwitchyardError) -> [TokenHash] {
        try await write { database in
            let found = try database.fetch(
                TokenPairStatement.byRefreshHash,
                [oldRefreshHash.stored],
                TokenPairRecord.init
            )
            guard let old = found.first?.token else {
                throw SwitchyardError(.tokenUnknown, "the refresh token is unknown")
            }
            guard (old.accountID, old.appID, old.family) == (record.accountID, record.appID, record.family) else {
                throw SwitchyardError(.internalFault, "a pair is replaced by one of another log-in")
            }
            let dead = try database.endTokens(
                .replaceFamily,
                [record.issuedAt.milliseconds, record.family.description]
            )
            try Self.insert(record, into: database)
            try database.run(
                TokenPairStatement.deleteFleeting,
                [record.family.description, TokenRecord.Memory.newest, TokenRecord.Memory.lasting.wholeMilliseconds]
            )
            return dead
        }
    }

    package func revokeTokens(family: ObjectID) async throws(SwitchyardError) -> [TokenHash] {
        try await write { try $0.endTokens(.deleteByFamily, [family.description]) }
    }

    package func revokeTokens(family: ObjectID, of id: AccountID) async throws(SwitchyardError) -> [TokenHash] {
        try await write { try $0.endTokens(.deleteByFamilyAndAccount, [family.description, id.description]) }
    }

    package func revokeTokens(of id: AccountID) async throws(SwitchyardError) -> [TokenHash] {
        try await write { database in
            try database.dropAuthorizationCodes(of: id)
            return try database.endTokens(.deleteByAccount, [id.description])
        }
    }

    package func liveTokens(at time: UnixTime) async throws(SwitchyardError) -> [TokenRecord] {
        try await read { database in
            try database.fetch(TokenPairStatement.alive, [time.milliseconds]) { try TokenPairRecord(row: $0).token }
        }
    }

    package func liveTokens(of id: AccountID, at time: UnixTime) async throws(SwitchyardError) -> [TokenRecord] {
        try await read { database in
            try database.fetch(TokenPairStatement.aliveOfAccount, [id.description, time.milliseconds]) {
                try TokenPairRecord(row: $0).token
            }
        }
    }

    package func removeExpiredTokens(before time: UnixTime) async throws(SwitchyardError) {
        try await write { try $0.run(TokenPairStatement.deleteExpired, [time.milliseconds]) }
    }

    private static func insert(_ record: TokenRecord, into database: Database) throws {
        do {
            try database.run(TokenPairStatement.insert, TokenPairRecord(token: record).arguments)
        } catch let error as DatabaseError where error.isMissingReference {
            throw SwitchyardError(.notFound, "the application does not exist", underlying: error)
        } catch let error as DatabaseError where error.isDuplicate {
            throw SwitchyardError(.alreadyExists, "the token pair exists already", underlying: error)
        }
    }
}
