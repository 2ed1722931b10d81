import CoolkitWire
import SwitchyardCore
import SwitchyardSQLite
import Testing

/// Source of the rules: `coolkit-v1-http.md` §1.3.
@Suite("Refresh")
struct TokenRefreshTests {
    /// A server with one log-in.
    private func withLogin(
        _ settings: ProtocolSettings = ProtocolSettings(),
        _ body: (AccountRig, TokenPair) async throws -> Void
    ) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, settings: settings)
            try await rig.prepare()
            try await body(rig, try await rig.logIn())
        }
    }

    @Test("A refresh gives a new pair, ends the old access token at once and tells the sessions")
    func rotates() async throws {
        try await withLogin { rig, first in
            let second = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
                .tokens

            #expect(rig.fault(of: first) == .tokenUnknown)
            #expect(rig.fault(of: second) == nil)
            #expect(first.refreshToken != second.refreshToken)
            #expect(rig.events.replaced.map(\.old) == [[TokenHash(of: first.accessToken)]])
            #expect(rig.events.replaced.map(\.new) == [TokenHash(of: second.accessToken)])
            #expect(rig.events.revoked.isEmpty)
        }
    }

    @Test("A lost answer can be asked for again within the grace; the pair that was lost is dead then")
    func retriesWithinGrace() async throws {
        try await withLogin { rig, first in
            let lost = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
                .tokens
            rig.clocks.advance(by: .seconds(60))

            let second = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
                .tokens

            #expect([first, lost, second].map(rig.fault) == [.tokenUnknown, .tokenUnknown, nil])
            #expect(rig.events.replaced.last?.old == [TokenHash(of: lost.accessToken)])
        }
    }

    @Test("The grace does not begin anew with a retry")
    func keepsGrace() async throws {
        try await withLogin { rig, first in
            for _ in 0..<3 {
                _ = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
                rig.clocks.advance(by: .seconds(25))
            }

            await expect(.tokenUnknown) {
                _ = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
            }
        }
    }

    @Test("A refresh token that comes back after its grace kills its whole family, and no other")
    func noticesReuse() async throws {
        try await withLogin(.changed { $0.singleLoginScope = .none }) { rig, first in
            let other = try await rig.logIn()
            let second = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
                .tokens
            rig.clocks.advance(by: .seconds(60) + .milliseconds(1))

            await expect(.tokenUnknown) {
                _ = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
            }

            #expect([second, other].map(rig.fault) == [.tokenUnknown, nil])
            #expect(rig.events.revoked == [TokenHash(of: second.accessToken)])
            await expect(.tokenUnknown) {
                _ = try await rig.accounts.refresh(second.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
            }
        }
    }

    @Test("Without a grace a refresh token works until the clock moves on")
    func worksWithoutGrace() async throws {
        try await withLogin(.changed { $0.refreshGrace = .zero }) { rig, first in
            _ = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
            rig.clocks.advance(by: .milliseconds(1))

            await expect(.tokenUnknown) {
                _ = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
            }
        }
    }

    @Test("A token of the other kind, of another application or of nobody refreshes nothing")
    func refusesOthers() async throws {
        try await withLogin { rig, pair in
            for (token, app) in [
                (pair.accessToken, AccountRig.app), (pair.refreshToken, AccountRig.otherApp), ("", AccountRig.app),
            ] {
                await expect(.tokenUnknown) { _ = try await rig.accounts.refresh(token, appID: app, from: "192.0.2.1") }
            }

            #expect(rig.fault(of: pair) == nil)
            #expect(throws: SwitchyardError.self) { try rig.accounts.authenticate(pair.refreshToken) }
        }
    }

    @Test("Access tokens live 30 days and refresh tokens 60, to the millisecond")
    func expires() async throws {
        try await withLogin { rig, pair in
            rig.clocks.advance(by: .days(30) - .milliseconds(1))
            #expect(rig.fault(of: pair) == nil)
            rig.clocks.advance(by: .milliseconds(1))
            #expect(rig.fault(of: pair) == .tokenExpired)
            rig.clocks.advance(by: .days(30))
            await expect(.tokenExpired) {
                _ = try await rig.accounts.refresh(pair.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
            }
        }
    }

    @Test(
        "An expired access token is told from an unknown one as long as its refresh token lives, also after a restart"
    )
    func remembersExpired() async throws {
        try await withLogin { rig, pair in
            rig.clocks.advance(by: .days(59))
            try await rig.accounts.removeExpiredTokens()
            #expect(rig.fault(of: pair) == .tokenExpired)
            let restarted = AccountRig(store: rig.store)
            restarted.clocks.advance(by: .days(59))
            try await restarted.accounts.load()
            #expect(restarted.fault(of: pair) == .tokenExpired)

            rig.clocks.advance(by: .days(1) + .milliseconds(1))
            try await rig.accounts.removeExpiredTokens()

            #expect(rig.fault(of: pair) == .tokenUnknown)
            await expect(.tokenUnknown) {
                _ = try await rig.accounts.refresh(pair.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
            }
        }
    }

    @Test("Of many refreshes at once all are answered, and one pair is alive at the end")
    func refreshesAtOnce() async throws {
        try await withLogin { rig, first in
            let pairs = try await withThrowingTaskGroup(of: TokenPair.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
                            .tokens
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            let alive = pairs.filter { rig.fault(of: $0) == nil }
            #expect(pairs.count == 10)
            #expect(alive.count == 1)
            let stored = try await rig.store.liveTokens(at: rig.clocks.wall.now)
            #expect(stored.map(\.accessHash) == alive.map { TokenHash(of: $0.accessToken) })
        }
    }
}
