package import CoolkitWire

extension AccountService {
    /// Trades a refresh token for a new pair.
    ///
    /// The old `at` dies at once, the old `rt` after `refreshGrace`. An `rt` that comes back after its grace has been copied by
    /// somebody: then the whole family dies.
    ///
    /// - Throws: `tokenUnknown`, `tokenExpired`, `otherRegion`, `storageFailed`; `busy` in the place of the first after too many of those from this address.
    /// - Parameter address: of the peer, which the account knows from then on.
    package func refresh(
        _ refreshToken: String,
        appID: AppID,
        from address: String
    ) async throws(SwitchyardError) -> LoginResult {
        try await refresh(refreshToken, from: address) { $0.appID == appID }
    }

    /// The same for a client that shows the access token instead of a signature.
    ///
    /// The token may have expired or been replaced, as long as it is of the same log-in: who lost an answer has no newer one.
    /// Source: `coolkit-v2-http.md` §1.2, §2.4.
    package func refresh(
        _ refreshToken: String,
        accessToken: TokenHash,
        from address: String
    ) async throws(SwitchyardError) -> LoginResult {
        let login = tokens.grant(for: accessToken)?.login
        return try await refresh(refreshToken, from: address) { $0.accessHash == accessToken || $0.family == login }
    }

    private func refresh(
        _ refreshToken: String,
        from address: String,
        ofCaller isOfCaller: (TokenRecord) -> Bool
    ) async throws(SwitchyardError) -> LoginResult {
        let now = clock.now
        let hash = TokenHash(of: refreshToken)
        guard let old = try await store.token(refreshHash: hash), isOfCaller(old),
            let account = try await store.account(old.accountID)
        else {
            throw limits.credentials.count(
                SwitchyardError(.tokenUnknown, "refresh token is unknown"),
                from: address
            )
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
        known.note(old.client.known(at: address, under: old.appID), of: account, at: now)
        return LoginResult(account: account, tokens: pair, record: record)
    }

    /// Whether a refresh with this token would succeed.
    package func canRefresh(_ refreshToken: String, appID: AppID) async throws(SwitchyardError) -> Bool {
        let now = clock.now
        guard let pair = try await store.token(refreshHash: TokenHash(of: refreshToken)) else { return false }
        let graceEnd = pair.replacedAt?.advanced(by: settings.refreshGrace)
        return pair.appID == appID && now < pair.refreshExpiresAt && graceEnd.map { now <= $0 } != false
    }

    /// A token's holder has opened a socket: the account knows his network from then on.
    package func notePresence(of grant: AccessGrant, at address: String) {
        let client = KnownClients.Client(network: PeerNetwork(of: address), appID: grant.appID)
        known.note(client, of: grant.accountID, at: clock.now)
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
}

extension LoginFacts {
    /// What the client that told them is known by, at an address where it has been seen.
    func known(at address: String, under appID: AppID) -> KnownClients.Client {
        KnownClients.Client(network: PeerNetwork(of: address), appID: appID, os: os, model: model)
    }
}
