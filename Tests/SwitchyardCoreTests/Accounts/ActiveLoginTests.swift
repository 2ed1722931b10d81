import CoolkitWire
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

@Suite("Log-ins")
struct ActiveLoginTests {
    private static let phone = LoginClient(
        appID: AccountRig.app,
        address: "192.0.2.7",
        os: "iOS",
        model: "iPhone15,2",
        appVersion: "5.3.0"
    )

    private func logIn(_ rig: AccountRig, _ client: LoginClient) async throws -> TokenPair {
        try await rig.accounts.logIn(AccountRig.identifier, password: AccountRig.password, client: client).tokens
    }

    @Test("A log-in keeps its id and what its client told through refreshes")
    func lists() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let pair = try await logIn(rig, Self.phone)
            let start = rig.clocks.wall.now
            let id = try rig.accounts.authenticate(pair.accessToken).login

            let before = try await rig.accounts.activeLogins(of: account.id)
            rig.clocks.advance(by: .seconds(90))
            let refreshed = try await rig.accounts.refresh(pair.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
            let after = try await rig.accounts.activeLogins(of: account.id)

            #expect(before.map(\.id) == [id])
            #expect(before.first?.loggedInAt.seconds == start.seconds)
            #expect(before.first?.refreshedAt == nil)
            #expect(after.map(\.id) == [id])
            #expect(after.first?.refreshedAt == start.advanced(by: .seconds(90)))
            #expect(after.first?.accessExpiresAt == start.advanced(by: .seconds(90) + .days(30)))
            #expect(after.first?.expiresAt == start.advanced(by: .seconds(90) + .days(60)))
            #expect(after.first?.facts == Self.phone.facts)
            #expect(after.first?.appID == AccountRig.app)
            #expect(try rig.accounts.authenticate(refreshed.tokens.accessToken).login == id)
        }
    }

    @Test("A log-in ends with all its tokens, and no other one does")
    func ends() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let (first, second) = (try await rig.logIn(), try await rig.logIn(under: AccountRig.otherApp))
            let refreshed = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
                .tokens
            let id = try rig.accounts.authenticate(refreshed.accessToken).login
            let stranger = try await rig.accounts.create(.email("eve@example.com"), password: "eve's horse")

            await expect(.notFound) { try await rig.accounts.endLogin(id, of: stranger.id) }
            #expect(rig.fault(of: refreshed) == nil)
            try await rig.accounts.endLogin(id, of: account.id)

            #expect(rig.fault(of: refreshed) == .tokenUnknown)
            #expect(rig.fault(of: second) == nil)
            #expect(rig.events.revoked == [TokenHash(of: refreshed.accessToken)])
            for token in [first.refreshToken, refreshed.refreshToken] {
                await expect(.tokenUnknown) {
                    _ = try await rig.accounts.refresh(token, appID: AccountRig.app, from: "192.0.2.1")
                }
            }
            await expect(.notFound) { try await rig.accounts.endLogin(id) }
            #expect(try await rig.accounts.activeLogins().map(\.appID) == [AccountRig.otherApp])
        }
    }

    @Test("All log-ins of an account end together; a log-out ends the caller's, also the second time")
    func endsAll() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let pairs = [try await rig.logIn(), try await rig.logIn(under: AccountRig.otherApp)]
            let grant = try rig.accounts.authenticate(pairs[0].accessToken)

            try await rig.accounts.logOut(grant)
            try await rig.accounts.logOut(grant)
            #expect(pairs.map { rig.fault(of: $0) } == [.tokenUnknown, nil])
            #expect(try await rig.accounts.endLogins(of: account.id) == 1)

            #expect(pairs.map { rig.fault(of: $0) } == [.tokenUnknown, .tokenUnknown])
            #expect(try await rig.accounts.activeLogins().isEmpty)
            #expect(try await rig.accounts.endLogins(of: account.id) == 0)
        }
    }

    @Test("A log-in whose rt has expired is none")
    func expires() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            _ = try await rig.logIn()

            rig.clocks.advance(by: .days(60) - .seconds(1))
            #expect(try await rig.accounts.activeLogins(of: account.id).count == 1)
            rig.clocks.advance(by: .seconds(1))

            #expect(try await rig.accounts.activeLogins(of: account.id).isEmpty)
        }
    }

    // MARK: By code

    private func code(_ purpose: CodePurpose, _ rig: AccountRig) async throws -> String {
        try await rig.verification.sendCode(
            CodeRequest(purpose: purpose, destination: AccountRig.identifier, address: "192.0.2.1")
        )
        return try await rig.verification.outbox.messages().first?.code ?? ""
    }

    @Test("A code logs in once; a wrong one does not, and costs it nothing")
    func logsInByCode() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let code = try await code(.weChat, rig)
            func logIn(_ text: String) async throws -> LoginResult {
                try await rig.accounts.logIn(AccountRig.identifier, code: text, client: Self.phone)
            }

            await expect(.codeWrong) { _ = try await logIn("x") }
            let login = try await logIn(code)

            #expect(login.account.id == account.id)
            #expect(rig.fault(of: login.tokens) == nil)
            await expect(.codeWrong) { _ = try await logIn(code) }
            #expect(rig.fault(of: login.tokens) == nil)
            await expect(.accountNotFound) {
                _ = try await rig.accounts.logIn(.email("eve@example.com"), code: code, client: Self.phone)
            }
        }
    }

    @Test("Wrong codes count as failed log-ins")
    func limitsCodes() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, limits: (2, 1_000))
            try await rig.prepare()

            for _ in 0..<2 {
                await expect(.codeWrong) {
                    _ = try await rig.accounts.logIn(AccountRig.identifier, code: "1", client: Self.phone)
                }
            }

            await expect(.busy) {
                _ = try await rig.accounts.logIn(AccountRig.identifier, code: "1", client: Self.phone)
            }
        }
    }

    @Test("The owner closes his account with a code of its purpose, and it is gone with all it had")
    func closes() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let pair = try await rig.logIn()
            let (wrong, code) = (try await code(.resetPassword, rig), try await code(.deleteAccount, rig))

            await expect(.codeWrong) { try await rig.accounts.close(account.id, code: wrong, from: "192.0.2.1") }
            #expect(rig.fault(of: pair) == nil)
            try await rig.accounts.close(account.id, code: code, from: "192.0.2.1")

            #expect(rig.fault(of: pair) == .tokenUnknown)
            #expect(try await store.accounts().isEmpty)
            await expect(.tokenUnknown) { try await rig.accounts.close(account.id, code: code, from: "192.0.2.1") }
        }
    }
}
