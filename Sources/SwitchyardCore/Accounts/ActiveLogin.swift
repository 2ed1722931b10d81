package import CoolkitWire

/// What a client told of itself when it logged in; what it left out is nil.
package struct LoginFacts: Hashable, Sendable {
    /// Numeric address of the client.
    package var address: String?
    package var os: String?
    package var model: String?
    package var appVersion: String?

    package init(address: String? = nil, os: String? = nil, model: String? = nil, appVersion: String? = nil) {
        self.address = address
        self.os = os
        self.model = model
        self.appVersion = appVersion
    }
}

/// One log-in of an account that is still good: a client that may call and refresh.
///
/// It lasts from log-in, register or password reset through all refreshes; many may exist side by side. Unlike its tokens, its
/// id is no secret.
package struct ActiveLogin: Hashable, Sendable {
    /// The family of its token pairs.
    package let id: ObjectID
    package let accountID: AccountID
    package let appID: AppID
    package let facts: LoginFacts
    /// In whole seconds.
    package let loggedInAt: UnixTime
    /// When its tokens were last traded for new ones; nil before the first time.
    package let refreshedAt: UnixTime?
    /// When its `at` expires.
    package let accessExpiresAt: UnixTime
    /// When its `rt` expires, and with it the log-in.
    package let expiresAt: UnixTime

    /// Takes the family's pair that is alive.
    init(_ pair: TokenRecord) {
        id = pair.family
        accountID = pair.accountID
        appID = pair.appID
        facts = pair.client
        loggedInAt = pair.family.time
        refreshedAt = pair.issuedAt.seconds > pair.family.time.seconds ? pair.issuedAt : nil
        accessExpiresAt = pair.accessExpiresAt
        expiresAt = pair.refreshExpiresAt
    }
}

extension AccountService {
    /// All log-ins that are good, oldest first.
    package func activeLogins() async throws(SwitchyardError) -> [ActiveLogin] {
        Self.sorted(try await store.liveTokens(at: clock.now))
    }

    /// The account's log-ins that are good, oldest first.
    package func activeLogins(of account: AccountID) async throws(SwitchyardError) -> [ActiveLogin] {
        Self.sorted(try await store.liveTokens(of: account, at: clock.now))
    }

    private static func sorted(_ pairs: [TokenRecord]) -> [ActiveLogin] {
        pairs.map(ActiveLogin.init).sorted { ($0.loggedInAt, $0.id) < ($1.loggedInAt, $1.id) }
    }

    /// Ends a log-in: its tokens die, its sockets are closed.
    ///
    /// - Parameter account: whose it has to be; nil for anybody's.
    /// - Throws: `notFound`, also for a log-in of another account; `storageFailed`.
    package func endLogin(_ id: ObjectID, of account: AccountID? = nil) async throws(SwitchyardError) {
        let dead = try await revoke(id, of: account)
        guard !dead.isEmpty else { throw SwitchyardError(.notFound, "there is no such log-in") }
        end(dead)
    }

    /// Ends the log-in that the caller's token belongs to; one that has ended meanwhile is as good.
    package func logOut(_ grant: AccessGrant) async throws(SwitchyardError) {
        end(try await revoke(grant.login, of: grant.accountID))
    }

    /// Ends all log-ins of an account; returns how many.
    package func endLogins(of account: AccountID) async throws(SwitchyardError) -> Int {
        let dead = try await store.revokeTokens(of: account)
        end(dead)
        return dead.count
    }

    private func revoke(_ login: ObjectID, of account: AccountID?) async throws(SwitchyardError) -> [TokenHash] {
        guard let account else { return try await store.revokeTokens(family: login) }
        return try await store.revokeTokens(family: login, of: account)
    }
}
