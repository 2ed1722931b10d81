import CoolkitWire
import SwitchyardCore
import SwitchyardSQLite
import Testing

@Suite("OAuth service")
struct OAuthServiceTests {
    /// An application with a redirect URL, and an account.
    private struct Scene {
        static let url = "https://app.example.org/linked"

        let rig: AccountRig
        let oauth: OAuthService
        let account: Account

        init(_ rig: AccountRig) async throws {
            self.rig = rig
            account = try await rig.prepare()
            oauth = OAuthService(
                store: rig.store,
                accounts: rig.accounts,
                applications: rig.applications,
                clock: rig.clocks.wall
            )
            for id in [AccountRig.app, AccountRig.otherApp] {
                _ = try await rig.applications.setRedirectURLs([try RedirectURL(Self.url)], of: id)
            }
        }

        func request(
            app: AppID = AccountRig.app,
            signature: String? = nil,
            redirectURL: String = url,
            grantType: String = "authorization_code",
            sequence: String = "1700000000000",
            state: String? = "xyz"
        ) throws -> AuthorizationRequest {
            let secret = try rig.applications.application(AccountRig.app).secret
            let message = "\(app.rawValue)_\(sequence)"
            return AuthorizationRequest(
                clientID: app.rawValue,
                sequence: sequence,
                signature: signature ?? RequestSignature.sign(message.utf8, secret: secret),
                redirectURL: redirectURL,
                grantType: grantType,
                state: state
            )
        }

        /// The code of a person's yes.
        func code(password: String = AccountRig.password) async throws -> String {
            let location = try await oauth.authorize(
                try oauth.check(try request()),
                by: AccountRig.identifier,
                password: password,
                from: "192.0.2.1"
            )
            let text = location.split(separator: "?code=").last?.prefix { $0 != "&" } ?? ""
            #expect(location == "\(Self.url)?code=\(text)&region=eu&state=xyz")
            return String(text)
        }

        func trade(_ code: String, app: AppID = AccountRig.app, url: String = url) async throws -> LoginResult {
            let client = LoginClient(appID: app, address: "192.0.2.2")
            return try await oauth.trade(code: code, redirectURL: url, client: client)
        }
    }

    private func withScene(
        limits: (account: Int, address: Int) = (1_000, 1_000),
        settings: ProtocolSettings = ProtocolSettings(),
        _ body: (Scene) async throws -> Void
    ) async throws {
        try await withTemporaryStore { store in
            try await body(try await Scene(AccountRig(store: store, limits: limits, settings: settings)))
        }
    }

    @Test("The signature of the guide's example is taken")
    func guideVector() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            // Source: test-vectors.md §6, OAuth guide.
            let url = try RedirectURL("https://app.example.org/linked")
            _ = try await rig.applications.create(name: "a", id: AppID("ABC"), secret: "abc", redirectURLs: [url])
            let oauth = OAuthService(
                store: store,
                accounts: rig.accounts,
                applications: rig.applications,
                clock: rig.clocks.wall
            )

            let checked = try oauth.check(
                AuthorizationRequest(
                    clientID: "ABC",
                    sequence: "123",
                    signature: "v1+mfNY2ukxswM8sZOTg99srZsVnUVv9DGXeav1096M=",
                    redirectURL: url.text,
                    grantType: "authorization_code",
                    state: nil
                )
            )

            #expect(checked.application.id.rawValue == "ABC")
            #expect(checked.location(code: "c", region: "eu") == "https://app.example.org/linked?code=c&region=eu")
            #expect(checked.denial == "https://app.example.org/linked?error=access_denied")
        }
    }

    @Test("A request of nobody known, or for an address that is not registered, is refused")
    func refusesRequests() async throws {
        try await withScene { scene in
            let oauth = scene.oauth
            await expect(.applicationUnknown) {
                _ = try oauth.check(try scene.request(app: AppID(unchecked: "unknown")))
            }
            await expect(.authenticationFailed) { _ = try oauth.check(try scene.request(app: AccountRig.otherApp)) }
            await expect(.authenticationFailed) { _ = try oauth.check(try scene.request(signature: "")) }
            for url in ["https://app.example.org/linked/", "https://app.example.org/", "https://evil.example/", ""] {
                await expect(.forbidden) { _ = try oauth.check(try scene.request(redirectURL: url)) }
            }
            await expect(.invalidInput) { _ = try oauth.check(try scene.request(grantType: "implicit")) }
            for length in [64, 65] {
                let request = try scene.request(sequence: String(repeating: "1", count: length))
                if length == 64 {
                    _ = try oauth.check(request)
                } else {
                    await expect(.invalidInput) { _ = try oauth.check(request) }
                }
            }
            for state in ["a b", "a&b", "a#b", "<", "ä"] {
                await expect(.invalidInput) { _ = try oauth.check(try scene.request(state: state)) }
            }
            _ = try oauth.check(try scene.request(state: String(repeating: "s", count: 1_024)))
            await expect(.invalidInput) {
                _ = try oauth.check(try scene.request(state: String(repeating: "s", count: 1_025)))
            }
        }
    }

    @Test("A code is traded for tokens that are as good as those of a log-in")
    func trades() async throws {
        try await withScene { scene in
            let result = try await scene.trade(try await scene.code())

            let now = scene.rig.clocks.wall.now
            #expect(try scene.rig.accounts.authenticate(result.tokens.accessToken).accountID == scene.account.id)
            #expect(result.accessExpiresAt == now.advanced(by: .days(30)))
            #expect(result.refreshExpiresAt == now.advanced(by: .days(60)))
            let refreshed = try await scene.rig.accounts.refresh(
                result.tokens.refreshToken,
                appID: AccountRig.app,
                from: "192.0.2.1"
            )
            #expect(scene.rig.fault(of: refreshed.tokens) == nil)
        }
    }

    @Test("A code that comes back ends the tokens that were given for it, refreshed or not")
    func detectsReuse() async throws {
        try await withScene { scene in
            let code = try await scene.code()
            let first = try await scene.trade(code)
            let second = try await scene.rig.accounts.refresh(
                first.tokens.refreshToken,
                appID: AccountRig.app,
                from: "192.0.2.1"
            )
            let other = try await scene.rig.logIn(under: AccountRig.otherApp)

            await expect(.notFound) { _ = try await scene.trade(code) }

            #expect([first.tokens, second.tokens, other].map(scene.rig.fault) == [.tokenUnknown, .tokenUnknown, nil])
            #expect(scene.rig.events.revoked == [TokenHash(of: second.tokens.accessToken)])
        }
    }

    @Test("Of two trades at once neither keeps its tokens")
    func refusesRaces() async throws {
        try await withScene { scene in
            let code = try await scene.code()

            let results = await withTaskGroup(of: Result<LoginResult, any Error>.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do { return .success(try await scene.trade(code)) } catch { return .failure(error) }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            let won = results.compactMap { try? $0.get() }  // The other one was refused, as the next line says.
            #expect(won.count == 1)
            #expect(won.map { scene.rig.fault(of: $0.tokens) } == [.tokenUnknown])
        }
    }

    @Test("A code lives for 30 seconds")
    func expires() async throws {
        try await withScene { scene in
            let (early, late) = (try await scene.code(), try await scene.code())

            scene.rig.clocks.advance(by: .milliseconds(29_999))
            _ = try await scene.trade(early)
            scene.rig.clocks.advance(by: .milliseconds(1))
            await expect(.notFound) { _ = try await scene.trade(late) }
        }
    }

    @Test("A code is good for its own application and URL alone; trying it elsewhere does not use it up")
    func bindsCodes() async throws {
        try await withScene { scene in
            let code = try await scene.code()

            await expect(.notFound) { _ = try await scene.trade(code, app: AccountRig.otherApp) }
            await expect(.notFound) { _ = try await scene.trade(code, url: "https://app.example.org/") }
            await expect(.notFound) { _ = try await scene.trade("0b0c8c1e-0000-4000-8000-000000000000") }

            _ = try await scene.trade(code)
        }
    }

    @Test("A code ends with the password that it was given for")
    func endsWithPassword() async throws {
        try await withScene { scene in
            let code = try await scene.code()
            try await scene.rig.accounts.setPassword("another horse", of: scene.account.id)

            await expect(.notFound) { _ = try await scene.trade(code) }
            _ = try await scene.trade(try await scene.code(password: "another horse"))
        }
    }

    @Test("Wrong passwords are counted as those of log-ins are")
    func limitsAttempts() async throws {
        try await withScene(limits: (2, 1_000)) { scene in
            for _ in 0..<2 { await expect(.wrongPassword) { _ = try await scene.code(password: "wrong horse") } }

            await expect(.busy) { _ = try await scene.code() }
            await expect(.busy) { _ = try await scene.rig.logIn() }
            scene.rig.clocks.advance(by: .seconds(60))
            _ = try await scene.code()
        }
    }

    @Test("An account of another region gets no code, and one that moved no tokens")
    func refusesOtherRegions() async throws {
        var settings = ProtocolSettings()
        settings.regionHosts = ["us": "us.example.org"]
        try await withScene(settings: settings) { scene in
            let code = try await scene.code()
            try await scene.rig.accounts.setRegion("us", of: scene.account.id)

            await expect(.otherRegion) { _ = try await scene.trade(code) }
            await expect(.otherRegion) { _ = try await scene.code() }
        }
    }

    @Test("Unbinding ends what the account gave that application, and no more")
    func unbinds() async throws {
        try await withScene { scene in
            let linked = try await scene.trade(try await scene.code())
            let code = try await scene.code()
            let other = try await scene.rig.logIn(under: AccountRig.otherApp)

            try await scene.oauth.unbind(scene.account.id, from: AccountRig.app)

            #expect([linked.tokens, other].map(scene.rig.fault) == [.tokenUnknown, nil])
            await expect(.notFound) { _ = try await scene.trade(code) }
        }
    }

    @Test("A code survives a restart, and so does the memory of one that was used")
    func survivesRestart() async throws {
        try await withTemporaryStore { store in
            let scene = try await Scene(AccountRig(store: store))
            let (used, open) = (try await scene.code(), try await scene.code())
            let first = try await scene.trade(used)

            let rig = AccountRig(store: store, clocks: scene.rig.clocks)
            try await rig.accounts.load()
            try await rig.applications.load()
            let restarted = OAuthService(
                store: store,
                accounts: rig.accounts,
                applications: rig.applications,
                clock: rig.clocks.wall
            )
            let client = LoginClient(appID: AccountRig.app, address: "192.0.2.2")
            #expect(rig.fault(of: first.tokens) == nil)
            await expect(.notFound) {
                _ = try await restarted.trade(code: used, redirectURL: Scene.url, client: client)
            }
            #expect(rig.fault(of: first.tokens) == .tokenUnknown)
            _ = try await restarted.trade(code: open, redirectURL: Scene.url, client: client)
        }
    }

    @Test("A used code is remembered for an hour, and an account has 16 at the most")
    func bounds() async throws {
        try await withScene { scene in
            let codes = [try await scene.code()]
            for _ in 0..<16 { _ = try await scene.code() }
            await expect(.notFound) { _ = try await scene.trade(codes[0]) }
            #expect(try await scene.rig.store.authorizationCode(TokenHash(of: codes[0])) == nil)

            let used = try await scene.code()
            _ = try await scene.trade(used)
            scene.rig.clocks.advance(by: .seconds(3_600))
            try await scene.oauth.removeExpiredCodes()
            #expect(try await scene.rig.store.authorizationCode(TokenHash(of: used)) != nil)
            scene.rig.clocks.advance(by: .milliseconds(1))
            try await scene.oauth.removeExpiredCodes()
            #expect(try await scene.rig.store.authorizationCode(TokenHash(of: used)) == nil)
        }
    }
}
