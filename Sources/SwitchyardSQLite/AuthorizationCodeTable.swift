package import CoolkitWire
import Foundation
import GRDB
package import SwitchyardCore

/// The statements on the table `authorizationCode`.
enum AuthorizationCodeStatement: String, CaseIterable {
    /// Only while the account has the password that was checked.
    case insert = """
        INSERT INTO authorizationCode (hash, accountID, appID, redirectURL, createdAt)
        SELECT ?, id, ?, ?, ? FROM account WHERE id = ? AND passwordHash = ?
        """
    case deleteOldest = """
        DELETE FROM authorizationCode WHERE hash IN (
            SELECT hash FROM authorizationCode WHERE accountID = ?
            ORDER BY createdAt DESC, rowid DESC LIMIT -1 OFFSET ?
        )
        """
    case byHash = "SELECT * FROM authorizationCode WHERE hash = ?"
    case redeem = "UPDATE authorizationCode SET family = ? WHERE hash = ? AND family IS NULL"
    case deleteByAccount = "DELETE FROM authorizationCode WHERE accountID = ?"
    case deleteByAccountAndApplication = "DELETE FROM authorizationCode WHERE accountID = ? AND appID = ?"
    case deleteOld = "DELETE FROM authorizationCode WHERE createdAt < ?"
}

/// The record of `authorizationCode` is the domain type itself.
extension AuthorizationCode {
    fileprivate init(row: Row) throws {
        guard let hash = TokenHash(bytes: Array(try row.decode(Data.self, forColumn: "hash"))) else {
            throw UnreadableColumn(name: "hash")
        }
        let family = try row.decode(String?.self, forColumn: "family")
        self.init(
            hash: hash,
            accountID: try row.value("accountID", AccountID.init),
            appID: try row.value("appID", AppID.init),
            redirectURL: try RedirectURL(try row.text("redirectURL")),
            createdAt: try row.time("createdAt"),
            family: family == nil ? nil : try row.value("family", ObjectID.init)
        )
    }

    fileprivate func arguments(passwordHash: String) -> StatementArguments {
        [
            hash.stored, appID.rawValue, redirectURL.text, createdAt.milliseconds, accountID.description, passwordHash,
        ]
    }
}

extension Database {
    /// Drops the codes of an account: with its tokens, or with the password that they were given for.
    func dropAuthorizationCodes(of account: AccountID) throws {
        try run(AuthorizationCodeStatement.deleteByAccount, [account.description])
    }
}

extension SQLiteStore: AuthorizationCodeStore {
    package func createAuthorizationCode(
        _ code: AuthorizationCode,
        checkedAgainst passwordHash: String,
        keeping limit: Int
    ) async throws(SwitchyardError) {
        precondition(limit >= 1, "an account may have one code at least")
        try await write { database in
            try database.run(AuthorizationCodeStatement.deleteOldest, [code.accountID.description, limit - 1])
            do {
                try database.run(AuthorizationCodeStatement.insert, code.arguments(passwordHash: passwordHash))
            } catch let error as DatabaseError where error.isMissingReference {
                throw SwitchyardError(.notFound, "the application does not exist", underlying: error)
            }
            guard database.changesCount > 0 else {
                throw SwitchyardError(.wrongPassword, "wrong account or password")
            }
        }
    }

    package func authorizationCode(_ hash: TokenHash) async throws(SwitchyardError) -> AuthorizationCode? {
        try await read { database in
            try database.fetch(AuthorizationCodeStatement.byHash, [hash.stored], AuthorizationCode.init).first
        }
    }

    package func issueTokens(
        _ record: TokenRecord,
        trading code: TokenHash,
        ending scope: SingleLoginScope,
        limit: Int
    ) async throws(SwitchyardError) -> [TokenHash] {
        try await write { database in
            try database.run(AuthorizationCodeStatement.redeem, [record.family.description, code.stored])
            guard database.changesCount > 0 else { throw SwitchyardError(.notFound, "invalid code") }
            return try Self.issue(record, ending: scope, limit: limit, in: database)
        }
    }

    package func revokeTokens(
        of id: AccountID,
        under appID: AppID
    ) async throws(SwitchyardError) -> [TokenHash] {
        try await write { database in
            let key: StatementArguments = [id.description, appID.rawValue]
            try database.run(AuthorizationCodeStatement.deleteByAccountAndApplication, key)
            return try database.endTokens(.deleteByAccountAndApplication, key)
        }
    }

    package func removeAuthorizationCodes(before time: UnixTime) async throws(SwitchyardError) {
        try await write { try $0.run(AuthorizationCodeStatement.deleteOld, [time.milliseconds]) }
    }
}
