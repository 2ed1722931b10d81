/// What somebody does with a verification code: makes an account, or sets a new password.
package struct VerifiedRequest: Sendable {
    package let identifier: AccountIdentifier
    package let code: String
    package let password: String
    package let client: LoginClient

    package init(identifier: AccountIdentifier, code: String, password: String, client: LoginClient) {
        self.identifier = identifier
        self.code = code
        self.password = password
        self.client = client
    }
}

/// The code is checked, and a wrong one counted, before the password is hashed, which takes long. It is redeemed in the
/// transaction of the change itself: of two requests with one code the second finds it used, and a change that is refused
/// leaves it as it was.
extension AccountService {
    /// Makes an account for whoever has the code, and logs it in.
    ///
    /// - Throws: `invalidInput`, `codeWrong`, `alreadyExists`, `tokenNotMade`, `busy`, `storageFailed`. Source:
    ///   `coolkit-v1-http.md` §2.3.
    package func register(_ request: VerifiedRequest) async throws(SwitchyardError) -> LoginResult {
        try Self.check(password: request.password)
        try settings.regionIdentifiers.check(request.identifier, in: settings.region)
        let claim = CodeClaim(destination: request.identifier, purpose: .register, text: request.code)
        try await check(claim, by: request.client)
        let account = newAccount(request.identifier, region: settings.region, client: request.client)
        let hash = try await hasher.hash(request.password, in: request.client.provenPlace)
        try await store.createAccount(account, passwordHash: hash, redeeming: claim, at: clock.now)
        return try await firstLogin(of: account, client: request.client)
    }

    /// The account is there whatever happens here, so that the client is told to log in.
    private func firstLogin(
        of account: Account,
        client: LoginClient
    ) async throws(SwitchyardError) -> LoginResult {
        do throws(SwitchyardError) {
            return try await issueTokens(for: account, client: client)
        } catch {
            throw SwitchyardError(.tokenNotMade, "the account was made, log in", underlying: error)
        }
    }

    /// Sets a new password for whoever has the code, ends all tokens, and logs in.
    ///
    /// - Throws: `invalidInput`, `addresseeUnknown`, `otherRegion`, `codeWrong`, `busy`, `storageFailed`. Source:
    ///   `coolkit-v1-http.md` §2.5.
    package func resetPassword(_ request: VerifiedRequest) async throws(SwitchyardError) -> LoginResult {
        try Self.check(password: request.password)
        guard let account = try await store.account(identifiedBy: request.identifier)?.account else {
            throw Self.noAddressee
        }
        try checkRegion(of: account)
        let claim = CodeClaim(destination: request.identifier, purpose: .resetPassword, text: request.code)
        try await check(claim, by: request.client)
        let hash = try await hasher.hash(request.password, in: request.client.provenPlace)
        do throws(SwitchyardError) {
            return try await setPassword(request, hash: hash, of: account, redeeming: claim)
        } catch {
            // Removed while the password was hashed.
            throw error.code == .accountNotFound ? Self.noAddressee : error
        }
    }

    private func setPassword(
        _ request: VerifiedRequest,
        hash: String,
        of account: Account,
        redeeming claim: CodeClaim
    ) async throws(SwitchyardError) -> LoginResult {
        end(try await store.setPasswordHash(hash, of: account.id, redeeming: claim, at: clock.now))
        known.forget(account.id)
        let login = try await issueTokens(for: account, client: request.client)
        let credentials = AccountCredentials(account: account, passwordHash: hash)
        try await confirm(login, password: request.password, checkedAgainst: credentials)
        return login
    }

    /// Logs in with a code instead of the password.
    ///
    /// A wrong code counts as a failed log-in, too.
    ///
    /// - Throws: `accountNotFound`, `otherRegion`, `codeWrong`, `busy`, `storageFailed`. Source: `coolkit-v2-http.md` §2.4.
    package func logIn(
        _ identifier: AccountIdentifier,
        code: String,
        client: LoginClient
    ) async throws(SwitchyardError) -> LoginResult {
        let claim = CodeClaim(destination: identifier, purpose: .weChat, text: code)
        let attempt = try admit(.code, of: identifier, by: client)
        let account = try await counting(attempt, from: client.network) { () async throws(SwitchyardError) in
            try await compare(claim)
        }
        return try await issueTokens(for: account, client: client, redeeming: claim)
    }

    /// The account whose code this is; for one that does not exist the same is looked up.
    private func compare(_ claim: CodeClaim) async throws(SwitchyardError) -> Account {
        let account = try await store.account(identifiedBy: claim.destination)?.account
        if let account { try checkRegion(of: account) }
        let isRight = try await store.checkCode(claim, at: clock.now)
        guard let account else { throw SwitchyardError(.accountNotFound, "user is not exit") }
        guard isRight else { throw CodeClaim.failure }
        return account
    }

    /// Removes the account for its owner, who has the code that was sent to its own address.
    ///
    /// - Throws: `tokenUnknown` (it is gone), `codeWrong`, `storageFailed`. Source: `coolkit-v2-http.md` §2.4.
    package func close(_ id: AccountID, code: String, from address: String) async throws(SwitchyardError) {
        guard let account = try await store.account(id) else { throw Self.accountGone }
        let claim = CodeClaim(destination: account.identifier, purpose: .deleteAccount, text: code)
        let network = PeerNetwork(of: address)
        let attempt = try limits.admit(.code, ofHolder: account.identifier, from: network)
        try await check(claim, counting: attempt, from: network)
        do throws(SwitchyardError) {
            try await remove(id, redeeming: claim)
        } catch {
            throw error.code == .accountNotFound ? Self.accountGone : error
        }
    }

    private static var accountGone: SwitchyardError { SwitchyardError(.tokenUnknown, "the account was removed") }

    private static var noAddressee: SwitchyardError { SwitchyardError(.addresseeUnknown, "user is not exit") }

    /// Throws `codeWrong`, and counts the attempt, when the code is not the one that was sent; `busy` after too many of those.
    private func check(_ claim: CodeClaim, by client: LoginClient) async throws(SwitchyardError) {
        let attempt = try admit(.code, of: claim.destination, by: client)
        try await check(claim, counting: attempt, from: client.network)
    }

    private func check(
        _ claim: CodeClaim,
        counting attempt: LoginLimits.Attempt,
        from network: PeerNetwork
    ) async throws(SwitchyardError) {
        try await counting(attempt, from: network) { () async throws(SwitchyardError) in
            guard try await store.checkCode(claim, at: clock.now) else { throw CodeClaim.failure }
        }
    }

    /// Sets a new password for whoever knows the old one; ends all tokens but the caller's.
    ///
    /// Wrong ones count for this account alone, and keep nobody else from logging in.
    ///
    /// - Throws: `invalidInput`, `tokenUnknown` (the account is gone), `wrongOldPassword`, `busy`, `storageFailed`. Source:
    ///   `coolkit-v1-http.md` §2.6.
    package func changePassword(
        _ change: PasswordChange,
        of id: AccountID,
        from address: String
    ) async throws(SwitchyardError) {
        try Self.check(password: change.newPassword)
        let credentials = try await credentials(of: id)
        let network = PeerNetwork(of: address)
        let attempt = try limits.admit(.password, ofHolder: credentials.account.identifier, from: network)
        try await counting(attempt, from: network) { () async throws(SwitchyardError) in
            try await compare(change.oldPassword, with: credentials, from: network)
        }
        let hash = try await hasher.hash(change.newPassword)
        end(try await store.changePasswordHash(credentials.passwordHash, to: hash, of: id, keeping: change.token))
        known.forget(id)
        if let grant = tokens.grant(for: change.token) {
            let client = KnownClients.Client(network: network, appID: grant.appID)
            known.note(client, of: credentials.account, at: clock.now)
        }
    }

    private func compare(
        _ oldPassword: String,
        with credentials: AccountCredentials,
        from network: PeerNetwork
    ) async throws(SwitchyardError) {
        let place = HashPlace(lane: network.description, isFirst: true)
        let verdict = try await hasher.verify(oldPassword, against: credentials.passwordHash, in: place)
        limits.log.passwordChecked(isRight: verdict.isRight)
        guard verdict.isRight else { throw SwitchyardError(.wrongOldPassword, "the old password is wrong") }
    }

    private func credentials(of id: AccountID) async throws(SwitchyardError) -> AccountCredentials {
        guard let account = try await store.account(id),
            let credentials = try await store.account(identifiedBy: account.identifier)
        else { throw SwitchyardError(.tokenUnknown, "the account was removed") }
        return credentials
    }
}

extension LoginClient {
    /// Where its password waits to be hashed after it has shown a code that was sent to the account.
    fileprivate var provenPlace: HashPlace { HashPlace(lane: network.description, isFirst: true) }
}

/// A change of the password by the account's owner.
package struct PasswordChange: Sendable {
    package let oldPassword: String
    package let newPassword: String
    /// The caller's own token, which lives on.
    package let token: TokenHash

    package init(oldPassword: String, newPassword: String, token: TokenHash) {
        self.oldPassword = oldPassword
        self.newPassword = newPassword
        self.token = token
    }
}
