package import CoolkitWire

/// Lets people give applications access to their account: the authorization code flow of OAuth 2.0.
///
/// Source: `coolkit-v2-http.md` §2.5; RFC 6749 §4.1; RFC 9700 §4.
package struct OAuthService: Sendable {
    private let store: any Store
    private let accounts: AccountService
    private let applications: ApplicationService
    private let clock: WallClock

    package init(store: any Store, accounts: AccountService, applications: ApplicationService, clock: WallClock) {
        self.store = store
        self.accounts = accounts
        self.applications = applications
        self.clock = clock
    }

    /// Checks who asks, and where the browser shall go.
    ///
    /// Nobody may be sent to the URL of a request that this refuses.
    ///
    /// - Throws: `applicationUnknown`, `authenticationFailed` for a wrong signature, `forbidden` for a URL that is not
    ///   registered, `invalidInput`.
    package func check(_ request: AuthorizationRequest) throws(SwitchyardError) -> CheckedAuthorization {
        guard request.isWellFormed else { throw SwitchyardError(.invalidInput, "params is error: seq or state") }
        guard let appID = AppID(request.clientID) else {
            throw SwitchyardError(.applicationUnknown, "appid is unknown")
        }
        let application = try applications.application(appID)
        guard request.isSigned(with: application.secret) else {
            throw SwitchyardError(.authenticationFailed, "authorization does not match clientId and seq")
        }
        guard let redirectURL = application.redirectURLs.first(where: { $0.text == request.redirectURL }) else {
            throw SwitchyardError(.forbidden, "redirectUrl is not registered for this application")
        }
        guard request.grantType == Self.grantType else {
            throw SwitchyardError(.invalidInput, "params is error: grantType")
        }
        return CheckedAuthorization(application: application, redirectURL: redirectURL, state: request.state)
    }

    package static let grantType = "authorization_code"

    /// Checks the password of whoever lets the application in; gives where the browser goes with the code.
    ///
    /// A password that is changed while it is checked gives no code.
    ///
    /// - Throws: what a log-in throws.
    package func authorize(
        _ authorization: CheckedAuthorization,
        by identifier: AccountIdentifier,
        password: String,
        from address: String
    ) async throws(SwitchyardError) -> String {
        let client = LoginClient(appID: authorization.application.id, address: address)
        let credentials = try await accounts.checkPassword(password, of: identifier, by: client)
        let text = RandomText.uuid()
        let code = AuthorizationCode(
            hash: TokenHash(of: text),
            accountID: credentials.account.id,
            appID: authorization.application.id,
            redirectURL: authorization.redirectURL,
            createdAt: clock.now
        )
        try await store.createAuthorizationCode(
            code,
            checkedAgainst: credentials.passwordHash,
            keeping: AuthorizationCode.maximumPerAccount
        )
        return authorization.location(code: text, region: credentials.account.region)
    }

    /// Trades a code for tokens.
    ///
    /// A code that comes back after it was traded has been copied by somebody: then its tokens end. Source: RFC 6749 §4.1.2.
    ///
    /// - Throws: `notFound` for a code that is unknown, too old, used, of another application or of another URL (which of
    ///   these is not told), `otherRegion`, `storageFailed`.
    package func trade(
        code text: String,
        redirectURL: String,
        client: LoginClient
    ) async throws(SwitchyardError) -> LoginResult {
        let hash = TokenHash(of: text)
        guard let code = try await store.authorizationCode(hash), code.appID == client.appID else {
            throw accounts.limits.credentials.count(Self.invalid, from: client.address)
        }
        try await refuseUsed(code)
        guard clock.now < code.createdAt.advanced(by: AuthorizationCode.lifetime),
            code.redirectURL.text == redirectURL,
            let account = try await store.account(code.accountID)
        else { throw Self.invalid }
        try accounts.checkRegion(of: account)
        do throws(SwitchyardError) {
            return try await accounts.issueTokens(for: account, client: client, trading: hash)
        } catch {
            guard error.code == .notFound else { throw error }
            // Of two trades at once this is the second.
            if let code = try await store.authorizationCode(hash) { try await refuseUsed(code) }
            throw Self.invalid
        }
    }

    private func refuseUsed(_ code: AuthorizationCode) async throws(SwitchyardError) {
        guard let family = code.family else { return }
        accounts.end(try await store.revokeTokens(family: family))
        throw Self.invalid
    }

    /// Ends all that an account gave an application: its tokens, and codes that were not traded yet.
    package func unbind(_ account: AccountID, from appID: AppID) async throws(SwitchyardError) {
        accounts.end(try await store.revokeTokens(of: account, under: appID))
    }

    /// Forgets codes that are over: hourly.
    package func removeExpiredCodes() async throws(SwitchyardError) {
        try await store.removeAuthorizationCodes(before: clock.now.advanced(by: .zero - AuthorizationCode.memory))
    }

    private static let invalid = SwitchyardError(.notFound, "invalid code")
}
