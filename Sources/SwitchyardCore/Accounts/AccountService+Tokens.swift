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
    /// Logs in with a password.
    ///
    /// - Throws: `accountNotFound` (no such account), `wrongPassword`, `otherRegion` (with the region), `busy`,
    ///   `storageFailed`. Source of the difference between the first two: `coolkit-v1-http.md` §2.4.
    package func logIn(
        _ identifier: AccountIdentifier,
        password: String,
        client: LoginClient
    ) async throws(SwitchyardError) -> LoginResult {
        let credentials = try await checkPassword(password, of: identifier, from: client.address)
        let login = try await issueTokens(for: credentials.account, client: client)
        try await confirm(login, password: password, checkedAgainst: credentials)
        return login
    }

    /// The account whose password this is; wrong ones count against the limits of account and address.
    ///
    /// - Throws: as `logIn`.
    func checkPassword(
        _ password: String,
        of identifier: AccountIdentifier,
        from address: String
    ) async throws(SwitchyardError) -> AccountCredentials {
        try limits.check(identifier, from: address)
        guard var credentials = try await store.account(identifiedBy: identifier) else {
            limits.countFailure(identifier, from: address)
            throw SwitchyardError(.accountNotFound, "user is not exit")
        }
        try checkRegion(of: credentials.account)
        let verdict = try await hasher.verify(password, against: credentials.passwordHash)
        guard verdict.isRight else {
            limits.countFailure(identifier, from: address)
            throw SwitchyardError(.wrongPassword, "wrong account or password")
        }
        if verdict.isOutdated {
            let hash = try await hasher.hash(password)
            try await store.replacePasswordHash(credentials.passwordHash, with: hash, of: credentials.account.id)
            credentials.passwordHash = hash
        }
        return credentials
    }

    /// Looks once more whether the password is still the one that was checked.
    ///
    /// Checking takes long. A password that was set meanwhile has ended all tokens but, perhaps, these: then they are ended here.
    func confirm(
        _ login: LoginResult,
        password: String,
        checkedAgainst credentials: AccountCredentials
    ) async throws(SwitchyardError) {
        if let hash = try await store.account(identifiedBy: credentials.account.identifier)?.passwordHash {
            if hash == credentials.passwordHash { return }
            // Another log-in may just have hashed the same password anew.
            let verdict = try await hasher.verify(password, against: hash)
            if verdict.isRight { return }
        }
        if let record = try await store.token(refreshHash: TokenHash(of: login.tokens.refreshToken)) {
            end(try await store.revokeTokens(family: record.family))
        }
        throw SwitchyardError(.wrongPassword, "wrong account or password")
    }

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
        return LoginResult(account: account, tokens: pair, record: record)
    }

    /// Trades a refresh token for a new pair.
    ///
    /// The old `at` dies at once, the old `rt` after `refreshGrace`. An `rt` that comes back after its grace has been copied by
    /// somebody: then the whole family dies.
    /// - Throws: `tokenUnknown`, `tokenExpired`, `otherRegion`, `storageFailed`.
    package func refresh(_ refreshToken: String, appID: AppID) async throws(SwitchyardError) -> LoginResult {
        try await refresh(refreshToken) { $0.appID == appID }
    }

    /// The same for a client that shows the access token instead of a signature.
    ///
    /// The token may have expired or been replaced, as long as it is of the same log-in: who lost an answer has no newer one.
    /// Source: `coolkit-v2-http.md` §1.2, §2.4.
    package func refresh(
        _ refreshToken: String,
        accessToken: TokenHash
    ) async throws(SwitchyardError) -> LoginResult {
        let login = tokens.grant(for: accessToken)?.login
        return try await refresh(refreshToken) { $0.accessHash == accessToken || $0.family == login }
    }

    private func refresh(
        _ refreshToken: String,
        ofCaller isOfCaller: (TokenRecord) -> Bool
    ) async throws(SwitchyardError) -> LoginResult {
        let now = clock.now
        let hash = TokenHash(of: refreshToken)
        guard let old = try await store.token(refreshHash: hash), isOfCaller(old),
            let account = try await store.account(old.accountID)
        else {
            throw SwitchyardError(.tokenUnknown, "refresh token is unknown")
        }
        guard now < old.refreshExpiresAt else { throw SwitchyardError(.tokenExpired, "refresh token expired") }
        if let replacedAt = old.replacedAt, replacedAt.advanced(by: settings.refreshGrace) < now {
            end(try await store.revokeTokens(family: old.family))
            throw SwitchyardError(.tokenUnknown, "refresh token was used before")
        }
        try checkRegion(of: account)
        let pair = TokenPair.random()
        let family = TokenFamily(account: account.id, appID: old.appID, id: old.family, client: old.client)
        let record = tokenRecord(of: pair, in: family, at: now)
        try await storeRotation(from: hash, to: record, of: account)
        return LoginResult(account: account, tokens: pair, record: record)
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

    /// Puts a new pair in the place of the one that has `hash`, in the same order as `storeLogin`.
    private func storeRotation(
        from hash: TokenHash,
        to record: TokenRecord,
        of account: Account
    ) async throws(SwitchyardError) {
        tokens.insert(record.grant(apiKey: account.apiKey), for: record.accessHash)
        let dead: [TokenHash]
        do throws(SwitchyardError) {
            dead = try await store.rotateTokens(from: hash, to: record)
        } catch {
            tokens.remove([record.accessHash])
            throw error
        }
        tokens.remove(dead)
        bus.publish(.tokenReplaced(old: dead, new: record.accessHash, expiresAt: record.accessExpiresAt))
    }

    /// What all pairs of one log-in have in common.
    private struct TokenFamily {
        let account: AccountID
        let appID: AppID
        let id: ObjectID
        let client: LoginFacts
    }

    private func tokenRecord(of pair: TokenPair, in family: TokenFamily, at now: UnixTime) -> TokenRecord {
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
        try await store.removeExpiredTokens(before: now)
    }
}
