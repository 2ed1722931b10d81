package import CoolkitWire
import Foundation
import GRDB
package import SwitchyardCore

/// The statements on the tables `verificationCode` and `verificationSending`.
enum VerificationStatement: String, CaseIterable {
    case replaceCode = """
        INSERT OR REPLACE INTO verificationCode (destination, purpose, salt, digest, createdAt, attempts)
        VALUES (?, ?, ?, ?, ?, 0)
        """
    case code = "SELECT * FROM verificationCode WHERE destination = ? AND purpose = ?"
    case countAttempt = "UPDATE verificationCode SET attempts = attempts + 1 WHERE destination = ? AND purpose = ?"
    case deleteCode = "DELETE FROM verificationCode WHERE destination = ? AND purpose = ?"
    case deleteOldCodes = "DELETE FROM verificationCode WHERE createdAt < ?"
    case insertSending = "INSERT INTO verificationSending (destination, address, sentAt) VALUES (?, ?, ?)"
    case countByDestination = "SELECT count(*) AS count FROM verificationSending WHERE destination = ? AND sentAt > ?"
    case countByAddress = "SELECT count(*) AS count FROM verificationSending WHERE address = ? AND sentAt > ?"
    case countBySite = """
        SELECT count(*) AS count FROM verificationSending WHERE address >= ? AND address < ? AND sentAt > ?
        """
    case countAll = "SELECT count(*) AS count FROM verificationSending WHERE sentAt > ?"
    case deleteOldSendings = "DELETE FROM verificationSending WHERE sentAt < ?"
}

extension CodeClaim {
    fileprivate var key: StatementArguments { [destination.description, purpose.rawValue] }
}

/// The record of `verificationCode` is the domain type itself.
extension VerificationCode {
    fileprivate init(row: Row, claimedBy claim: CodeClaim) throws {
        self.init(
            destination: claim.destination,
            purpose: claim.purpose,
            salt: Array(try row.decode(Data.self, forColumn: "salt")),
            digest: Array(try row.decode(Data.self, forColumn: "digest")),
            createdAt: try row.time("createdAt"),
            attempts: try row.decode(Int.self, forColumn: "attempts")
        )
    }
}

extension Database {
    /// The code that the claim is about, if it may be tried at `time`.
    fileprivate func openCode(of claim: CodeClaim, at time: UnixTime) throws -> VerificationCode? {
        try fetch(VerificationStatement.code, claim.key) { try VerificationCode(row: $0, claimedBy: claim) }
            .first { $0.isOpen(at: time) }
    }

    /// Uses the code up; throws `codeWrong` when the claim does not hold.
    func redeem(_ claim: CodeClaim, at time: UnixTime) throws {
        guard try openCode(of: claim, at: time)?.matches(claim.text) == true else { throw CodeClaim.failure }
        try run(VerificationStatement.deleteCode, claim.key)
    }

    /// Whether one more code may be sent.
    fileprivate func allows(
        _ code: VerificationCode,
        from network: PeerNetwork,
        within limits: VerificationLimits
    ) throws -> CodeEntry {
        func count(_ statement: VerificationStatement, _ key: StatementArguments, _ window: Duration) throws -> Int {
            let begin = code.createdAt.advanced(by: .zero - window)
            let counts = try fetch(statement, key + [begin.milliseconds]) {
                try $0.decode(Int.self, forColumn: "count")
            }
            return counts.first ?? 0
        }
        let destination = code.destination.description
        guard try count(.countByDestination, [destination], .seconds(60)) < VerificationLimits.perMinute,
            try count(.countByDestination, [destination], .seconds(3_600)) < VerificationLimits.perHour,
            try count(.countByDestination, [destination], .days(1)) < VerificationLimits.perDay,
            try count(.countByAddress, [network.description], .seconds(3_600)) < limits.perAddressAndHour
        else { return .tooOften }
        if let prefix = network.sitePrefix {
            // The colon's successor: what begins with the prefix lies between the two.
            let count = try count(.countBySite, [prefix, prefix.dropLast() + ";"], .seconds(3_600))
            guard count < VerificationLimits.addressesPerSite * limits.perAddressAndHour else { return .tooOften }
        }
        return try count(.countAll, [], .days(1)) < limits.inAllPerDay ? .entered : .tooManyInAll
    }
}

extension SQLiteStore: VerificationStore {
    package func enterCode(
        _ code: VerificationCode,
        from network: PeerNetwork,
        within limits: VerificationLimits
    ) async throws(SwitchyardError) -> CodeEntry {
        try await write { database in
            let entry = try database.allows(code, from: network, within: limits)
            guard entry == .entered else { return entry }
            let destination = code.destination.description
            let time = code.createdAt.milliseconds
            try database.run(VerificationStatement.insertSending, [destination, network.description, time])
            try database.run(
                VerificationStatement.replaceCode,
                [destination, code.purpose.rawValue, Data(code.salt), Data(code.digest), time]
            )
            return entry
        }
    }

    package func checkCode(_ claim: CodeClaim, at time: UnixTime) async throws(SwitchyardError) -> Bool {
        try await write { database in
            guard let code = try database.openCode(of: claim, at: time) else { return false }
            if code.matches(claim.text) { return true }
            try database.run(VerificationStatement.countAttempt, claim.key)
            return false
        }
    }

    package func createAccount(
        _ account: Account,
        passwordHash: String,
        redeeming claim: CodeClaim,
        at time: UnixTime
    ) async throws(SwitchyardError) {
        let record = AccountRecord(account: account, passwordHash: passwordHash)
        try await write { database in
            try database.redeem(claim, at: time)
            try Self.insert(record, into: database)
        }
    }

    package func setPasswordHash(
        _ hash: String,
        of id: AccountID,
        redeeming claim: CodeClaim,
        at time: UnixTime
    ) async throws(SwitchyardError) -> [TokenHash] {
        try await write { database in
            try database.redeem(claim, at: time)
            return try Self.setPasswordHash(hash, of: id, in: database)
        }
    }

    package func removeCodes(before time: UnixTime) async throws(SwitchyardError) {
        try await write { database in
            try database.run(VerificationStatement.deleteOldCodes, [time.milliseconds])
            try database.run(VerificationStatement.deleteOldSendings, [time.milliseconds])
        }
    }
}
