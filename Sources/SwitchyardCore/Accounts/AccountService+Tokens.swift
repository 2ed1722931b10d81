package import CoolkitWire

/// What a log-in or refresh hands to the client.
package struct LoginResult: Sendable {
    package let account: Account
    package let tokens: TokenPair
    package let accessExpiresAt: UnixTime
    package let refreshExpiresAt: UnixTime

    init(account: Account, tokens: TokenPair, record: TokenRecord) {
        self.account = account
        self.tokens = tokens
        accessExpiresAt = record.accessExpiresAt
        refreshExpiresAt = record.refreshExpiresAt
    }
}

/// What the client tells of itself with a log-in.
package struct LoginClient: Sendable {
    package let appID: AppID
    /// Numeric address of the peer.
    package let address: String
    package let os: String?
    package let model: String?
    package let appVersion: String?
    /// The country its user says he is of; nil leaves that of the account.
    package let countryCode: CountryCode?
    /// The language it asks for; nil leaves that of the account.
    package let language: Language?

    package init(
        appID: AppID,
        address: String,
        os: String? = nil,
        model: String? = nil,
        appVersion: String? = nil,
        countryCode: CountryCode? = nil,
        language: Language? = nil
    ) {
        self.appID = appID
        self.address = address
        self.os = os
        self.model = model
        self.appVersion = appVersion
        self.countryCode = countryCode
        self.language = language
    }

    /// What is kept with the log-in's tokens.
    var facts: LoginFacts { LoginFacts(address: address, os: os, model: model, appVersion: appVersion) }
}

extension AccountService {
    /// Makes and stores a pair, and notes who logged in.
    ///
    /// - Parameters:
    ///   - claim: a code that is used up in the same transaction.
    ///   - code: the authorization code that is traded for the pair.
    func issueTokens(
        for account: Account,
        client: LoginClient,
        redeeming claim: CodeClaim? = nil,
        trading code: TokenHash? = nil
    ) async throws(SwitchyardError) -> LoginResult {
        let now = clock.now
        let pair = TokenPair.random()
        let family = TokenFamily(account: account.id, appID: client.appID, id: .random(at: now), client: client.facts)
        let record = tokenRecord(of: pair, in: family, at: now)
        try await storeLogin(record, of: account, redeeming: claim, trading: code)
        let account = try await noteLogin(of: client, in: account, at: now)
        return LoginResult(account: account, tokens: pair, record: record)
    }

    /// Stores what the client told of itself; returns the account with that.
    ///
    /// Apart from `issueTokens`, and not part of it again: Swift 6.3.1 reserves too little for one function of both
    /// (`scripts/frame-check`).
    @inline(never)
    private func noteLogin(
        of client: LoginClient,
        in account: Account,
        at now: UnixTime
    ) async throws(SwitchyardError) -> Account {
        let login = LoginRecord(
            appID: client.appID,
            time: now,
            address: client.address,
            os: client.os,
            appVersion: client.appVersion
        )
        try await store.recordLogin(
            login,
            language: client.language,
            countryCode: client.countryCode,
            of: account.id
        )
        var account = account
        account.language = client.language ?? account.language
        account.profile.countryCode = client.countryCode ?? account.profile.countryCode
        account.lastLogin = login
        known.note(client.known, of: account, at: now)
        return account
    }

    /// Stores the pair of a log-in and ends older ones.
    ///
    /// The new token enters the table before the store has it, and leaves it again when the store refuses. The other way round
    /// a second log-in could end the token in the store and the table first, and it would come back to life. Nobody can present
    /// it meanwhile: its client has not heard of it.
    private func storeLogin(
        _ record: TokenRecord,
        of account: Account,
        redeeming claim: CodeClaim?,
        trading code: TokenHash?
    ) async throws(SwitchyardError) {
        tokens.insert(record.grant(apiKey: account.apiKey), for: record.accessHash)
        let dead: [TokenHash]
        do throws(SwitchyardError) {
            dead = try await commit(record, redeeming: claim, trading: code)
        } catch {
            tokens.remove([record.accessHash])
            throw error
        }
        end(dead)
    }

    private func commit(
        _ record: TokenRecord,
        redeeming claim: CodeClaim?,
        trading code: TokenHash?
    ) async throws(SwitchyardError) -> [TokenHash] {
        let (scope, limit) = (settings.singleLoginScope, settings.maximumTokenPairsPerAccount)
        guard let code else {
            return try await store.issueTokens(record, ending: scope, limit: limit, redeeming: claim)
        }
        return try await store.issueTokens(record, trading: code, ending: scope, limit: limit)
    }

    /// What all pairs of one log-in have in common.
    struct TokenFamily {
        let account: AccountID
        let appID: AppID
        let id: ObjectID
        let client: LoginFacts
    }

    func tokenRecord(of pair: TokenPair, in family: TokenFamily, at now: UnixTime) -> TokenRecord {
        TokenRecord(
            accountID: family.account,
            appID: family.appID,
            accessHash: TokenHash(of: pair.accessToken),
            refreshHash: TokenHash(of: pair.refreshToken),
            issuedAt: now,
            accessExpiresAt: now.advanced(by: settings.accessTokenLifetime),
            refreshExpiresAt: now.advanced(by: settings.refreshTokenLifetime),
            family: family.id,
            client: family.client
        )
    }

    /// What the access token grants.
    ///
    /// Asks memory alone.
    ///
    /// - Throws: `tokenUnknown` (never issued, superseded or revoked), `tokenExpired`.
    package func authenticate(_ accessToken: String) throws(SwitchyardError) -> AccessGrant {
        try authenticate(TokenHash(of: accessToken))
    }

    /// What the access token with this hash grants.
    ///
    /// Asks memory alone.
    package func authenticate(_ hash: TokenHash) throws(SwitchyardError) -> AccessGrant {
        guard let grant = tokens.grant(for: hash) else {
            throw SwitchyardError(.tokenUnknown, "access token is unknown or superseded")
        }
        guard clock.now < grant.expiresAt else { throw SwitchyardError(.tokenExpired, "access token expired") }
        return grant
    }

    /// The account of a grant, for the user object.
    ///
    /// Throws `tokenUnknown` when it was removed meanwhile.
    package func account(of grant: AccessGrant) async throws(SwitchyardError) -> Account {
        guard let account = try await store.account(grant.accountID) else {
            throw SwitchyardError(.tokenUnknown, "the account was removed")
        }
        return account
    }

    /// Drops what expired long ago from memory and store: hourly.
    package func removeExpiredTokens() async throws(SwitchyardError) {
        let now = clock.now
        let margin = settings.refreshTokenLifetime - settings.accessTokenLifetime
        tokens.removeExpired(before: now.advanced(by: .zero - margin))
        known.removeOld(at: now)
        try await store.removeExpiredTokens(before: now)
    }
}
