import CoolkitWire

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
        let credentials = try await checkPassword(password, of: identifier, by: client)
        let login = try await issueTokens(for: credentials.account, client: client)
        try await confirm(login, password: password, checkedAgainst: credentials)
        return login
    }

    /// Whether the account of this name knows the client; a name that is nobody's knows none.
    package func knows(_ client: LoginClient, as identifier: AccountIdentifier) -> Bool {
        known.standing(of: client.known, with: identifier, at: clock.now) != .stranger
    }

    /// The account whose password this is; wrong ones count against the limits.
    ///
    /// - Throws: as `logIn`.
    func checkPassword(
        _ password: String,
        of identifier: AccountIdentifier,
        by client: LoginClient
    ) async throws(SwitchyardError) -> AccountCredentials {
        let attempt = try admit(.password, of: identifier, by: client)
        let place = HashPlace(lane: client.network.description, isFirst: attempt.isFirst)
        return try await counting(attempt, from: client.network) { () async throws(SwitchyardError) in
            try await compare(password, of: identifier, in: place)
        }
    }

    /// Lets a guess through; throws `busy` after too many wrong ones.
    func admit(
        _ secret: LoginLimits.Secret,
        of identifier: AccountIdentifier,
        by client: LoginClient
    ) throws(SwitchyardError) -> LoginLimits.Attempt {
        let standing = known.standing(of: client.known, with: identifier, at: clock.now)
        return try limits.admit(secret, of: identifier, by: client.known, standing: standing)
    }

    /// Takes the guess back unless it was wrong.
    func counting<Value: Sendable>(
        _ attempt: LoginLimits.Attempt,
        from network: PeerNetwork,
        _ compare: () async throws(SwitchyardError) -> Value
    ) async throws(SwitchyardError) -> Value {
        let value: Value
        do throws(SwitchyardError) {
            value = try await compare()
        } catch {
            if error.code == .busy { limits.log.refused(.queue, from: network) }
            if !error.code.isWrongGuess { limits.forgive(attempt) }
            throw error
        }
        limits.forgive(attempt)
        return value
    }

    /// An account that does not exist takes the same work as one that does: what is compared is nobody's hash.
    private func compare(
        _ password: String,
        of identifier: AccountIdentifier,
        in place: HashPlace
    ) async throws(SwitchyardError) -> AccountCredentials {
        let credentials = try await store.account(identifiedBy: identifier)
        if let account = credentials?.account { try checkRegion(of: account) }
        let hash = credentials?.passwordHash ?? hasher.nobodysHash
        let verdict = try await hasher.verify(password, against: hash, in: place)
        limits.log.passwordChecked(isRight: verdict.isRight)
        guard let credentials else { throw SwitchyardError(.accountNotFound, "user is not exit") }
        guard verdict.isRight else { throw SwitchyardError(.wrongPassword, "wrong account or password") }
        guard verdict.isOutdated else { return credentials }
        return try await renewHash(of: credentials, password: password)
    }

    private func renewHash(
        of credentials: AccountCredentials,
        password: String
    ) async throws(SwitchyardError) -> AccountCredentials {
        var credentials = credentials
        let hash = try await hasher.hash(password)
        try await store.replacePasswordHash(credentials.passwordHash, with: hash, of: credentials.account.id)
        credentials.passwordHash = hash
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
}

extension SwitchyardError.Code {
    /// Whether something was compared and found wrong.
    fileprivate var isWrongGuess: Bool {
        switch self {
        case .wrongPassword, .wrongOldPassword, .accountNotFound, .codeWrong: true
        default: false
        }
    }
}
