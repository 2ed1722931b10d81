package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `account`.
enum AccountStatement: String, CaseIterable {
    case insert = """
        INSERT INTO account (id, apiKey, email, phone, nickname, region, language, passwordHash, createdAt,
            lastLoginAppID, lastLoginAt, lastLoginAddress, lastLoginOS, lastLoginAppVersion,
            countryCode, timeZone, timeZoneOffset, languageTag, acceptsAdvertising, wasConsulted, subscribedEmail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    case exists = "SELECT 1 FROM account WHERE id = ?"
    case byID = "SELECT * FROM account WHERE id = ?"
    case byEmail = "SELECT * FROM account WHERE email = ?"
    case byPhone = "SELECT * FROM account WHERE phone = ?"
    case all = "SELECT * FROM account ORDER BY createdAt, rowid"
    case setPasswordHash = "UPDATE account SET passwordHash = ? WHERE id = ?"
    case replacePasswordHash = "UPDATE account SET passwordHash = ? WHERE id = ? AND passwordHash = ?"
    case setRegion = "UPDATE account SET region = ? WHERE id = ?"
    case setLanguage = "UPDATE account SET language = ? WHERE id = ?"
    case setCountryCode = "UPDATE account SET countryCode = ? WHERE id = ?"
    /// What is NULL stays.
    case changeProfile = """
        UPDATE account SET nickname = coalesce(?, nickname), language = coalesce(?, language),
            languageTag = coalesce(?, languageTag), timeZone = coalesce(?, timeZone),
            timeZoneOffset = coalesce(?, timeZoneOffset), acceptsAdvertising = coalesce(?, acceptsAdvertising),
            wasConsulted = coalesce(?, wasConsulted), subscribedEmail = coalesce(?, subscribedEmail)
        WHERE id = ?
        """
    case setLastLogin = """
        UPDATE account SET lastLoginAppID = ?, lastLoginAt = ?, lastLoginAddress = ?, lastLoginOS = ?,
            lastLoginAppVersion = ?
        WHERE id = ?
        """
    case delete = "DELETE FROM account WHERE id = ?"
}

/// A row of `account`.
struct AccountRecord {
    let account: Account
    let passwordHash: String
}

extension AccountRecord {
    init(row: Row) throws {
        let identifier: AccountIdentifier =
            if try row.decode(String?.self, forColumn: "email") != nil {
                .email(try row.text("email"))
            } else {
                .phone(try row.text("phone"))
            }
        account = Account(
            id: try row.value("id", AccountID.init),
            apiKey: try row.value("apiKey", APIKey.init),
            identifier: identifier,
            nickname: try row.text("nickname"),
            region: try row.text("region"),
            language: try row.value("language", Language.init(rawValue:)),
            profile: try AccountProfile(row: row),
            createdAt: try row.time("createdAt"),
            lastLogin: try LoginRecord(row: row)
        )
        passwordHash = try row.text("passwordHash")
    }

    var arguments: StatementArguments {
        var (email, phone): (String?, String?)
        switch account.identifier {
        case .email(let text): email = text
        case .phone(let text): phone = text
        }
        return [
            account.id.description, account.apiKey.rawValue, email, phone, account.nickname, account.region,
            account.language.rawValue, passwordHash, account.createdAt.milliseconds,
        ] + (account.lastLogin?.arguments ?? [nil, nil, nil, nil, nil]) + account.profile.arguments
    }
}

extension AccountProfile {
    fileprivate init(row: Row) throws {
        self.init()
        countryCode = try row.valueIfPresent("countryCode", CountryCode.init)
        languageTag = try row.valueIfPresent("languageTag", LanguageTag.init)
        acceptsAdvertising = try row.decode(Bool?.self, forColumn: "acceptsAdvertising")
        wasConsulted = try row.decode(Bool.self, forColumn: "wasConsulted")
        subscribedEmail = try row.decode(String?.self, forColumn: "subscribedEmail")
        if let offset = try row.decode(Int?.self, forColumn: "timeZoneOffset") {
            timeZone = try row.value("timeZone") { ProfileTimeZone(id: $0, offsetMinutes: offset) }
        }
    }

    fileprivate var arguments: StatementArguments {
        [
            countryCode?.text, timeZone?.id, timeZone?.offsetMinutes, languageTag?.text, acceptsAdvertising,
            wasConsulted, subscribedEmail,
        ]
    }
}

extension ProfileChange {
    fileprivate var arguments: StatementArguments {
        [
            nickname, language?.rawValue, languageTag?.text, timeZone?.id, timeZone?.offsetMinutes, acceptsAdvertising,
            wasConsulted, subscribedEmail,
        ]
    }
}

extension LoginRecord {
    /// Reads the last log-in of an account; nil before the first.
    fileprivate init?(row: Row) throws {
        guard let time = try row.timeIfPresent("lastLoginAt") else { return nil }
        self.init(
            appID: try row.value("lastLoginAppID", AppID.init),
            time: time,
            address: try row.text("lastLoginAddress"),
            os: try row.decode(String?.self, forColumn: "lastLoginOS"),
            appVersion: try row.decode(String?.self, forColumn: "lastLoginAppVersion")
        )
    }

    fileprivate var arguments: StatementArguments {
        [appID.rawValue, time.milliseconds, address, os, appVersion]
    }
}

extension SQLiteStore: AccountStore {
    package func createAccount(_ account: Account, passwordHash: String) async throws(SwitchyardError) {
        let record = AccountRecord(account: account, passwordHash: passwordHash)
        try await write { try Self.insert(record, into: $0) }
    }

    /// Stores an account with its first home: there is no other way to make one.
    static func insert(_ record: AccountRecord, into database: Database) throws {
        do {
            try database.run(AccountStatement.insert, record.arguments)
            try database.insert(Home.first(of: record.account))
        } catch let error as DatabaseError where error.isDuplicate {
            throw SwitchyardError(
                .alreadyExists,
                "an account with this e-mail address or phone number exists already",
                underlying: error
            )
        }
    }

    package func account(_ id: AccountID) async throws(SwitchyardError) -> Account? {
        try await read { database in
            try database.fetch(AccountStatement.byID, [id.description], AccountRecord.init).first?.account
        }
    }

    package func account(
        identifiedBy identifier: AccountIdentifier
    ) async throws(SwitchyardError) -> AccountCredentials? {
        let (statement, text) =
            switch identifier {
            case .email(let text): (AccountStatement.byEmail, text)
            case .phone(let text): (AccountStatement.byPhone, text)
            }
        return try await read { database in
            let record = try database.fetch(statement, [text], AccountRecord.init).first
            return record.map { AccountCredentials(account: $0.account, passwordHash: $0.passwordHash) }
        }
    }

    package func accounts() async throws(SwitchyardError) -> [Account] {
        try await read { database in
            try database.fetch(AccountStatement.all) { try AccountRecord(row: $0).account }
        }
    }

    package func setPasswordHash(
        _ hash: String,
        of id: AccountID
    ) async throws(SwitchyardError) -> [TokenHash] {
        try await write { try Self.setPasswordHash(hash, of: id, in: $0) }
    }

    static func setPasswordHash(_ hash: String, of id: AccountID, in database: Database) throws -> [TokenHash] {
        try database.run(AccountStatement.setPasswordHash, [hash, id.description])
        guard database.changesCount > 0 else { throw Self.noAccount }
        try database.dropAuthorizationCodes(of: id)
        return try database.endTokens(.deleteByAccount, [id.description])
    }

    package func changePasswordHash(
        _ old: String,
        to new: String,
        of id: AccountID,
        keeping token: TokenHash
    ) async throws(SwitchyardError) -> [TokenHash] {
        try await write { database in
            try database.run(AccountStatement.replacePasswordHash, [new, id.description, old])
            guard database.changesCount > 0 else {
                throw SwitchyardError(.wrongOldPassword, "the password was changed meanwhile")
            }
            try database.dropAuthorizationCodes(of: id)
            return try database.endTokens(.deleteOthersOfAccount, [id.description, token.stored])
        }
    }

    package func setRegion(_ region: String, of id: AccountID) async throws(SwitchyardError) {
        try await write { database in
            try database.run(AccountStatement.setRegion, [region, id.description])
            guard database.changesCount > 0 else { throw Self.noAccount }
        }
    }

    package func replacePasswordHash(
        _ old: String,
        with new: String,
        of id: AccountID
    ) async throws(SwitchyardError) {
        try await write { try $0.run(AccountStatement.replacePasswordHash, [new, id.description, old]) }
    }

    package func recordLogin(
        _ login: LoginRecord,
        language: Language?,
        countryCode: CountryCode?,
        of id: AccountID
    ) async throws(SwitchyardError) {
        try await write { database in
            try database.run(AccountStatement.setLastLogin, login.arguments + [id.description])
            guard database.changesCount > 0 else { throw Self.noAccount }
            if let language { try database.run(AccountStatement.setLanguage, [language.rawValue, id.description]) }
            if let countryCode {
                try database.run(AccountStatement.setCountryCode, [countryCode.text, id.description])
            }
        }
    }

    package func changeProfile(_ change: ProfileChange, of id: AccountID) async throws(SwitchyardError) {
        try await write { database in
            try database.run(AccountStatement.changeProfile, change.arguments + [id.description])
            guard database.changesCount > 0 else { throw Self.noAccount }
        }
    }

    package func removeAccount(
        _ id: AccountID,
        redeeming claim: CodeClaim?,
        at time: UnixTime
    ) async throws(SwitchyardError) -> [TokenHash] {
        try await write { database in
            if let claim { try database.redeem(claim, at: time) }
            let dead = try database.endTokens(.deleteByAccount, [id.description])
            try database.rememberDevices(of: id, at: time)
            try database.run(DeviceStatement.deleteByOwner, [id.description])
            try database.run(AccountStatement.delete, [id.description])
            guard database.changesCount > 0 else { throw Self.noAccount }
            return dead
        }
    }

    static var noAccount: SwitchyardError { SwitchyardError(.accountNotFound, "the account does not exist") }
}
