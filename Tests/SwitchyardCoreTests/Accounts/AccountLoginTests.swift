import CoolkitWire
import SwitchyardCore
import SwitchyardSQLite
import Testing

/// Source of the rules: `coolkit-v1-http.md` §1.3, §2.4.
@Suite("Log-in")
struct AccountLoginTests {
    @Test(
        "A log-in ends older tokens as its scope says",
        arguments: [
            (SingleLoginScope.accountAndApp, [true, false, true]), (.account, [true, true, true]),
            (.none, [false, false, false]),
        ]
    )
    func scopes(scope: SingleLoginScope, isDead: [Bool]) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, settings: .changed { $0.singleLoginScope = .none })
            try await rig.prepare()
            let older = [
                try await rig.logIn(), try await rig.logIn(under: AccountRig.otherApp), try await rig.logIn(),
            ]
            let strict = AccountRig(store: store, settings: .changed { $0.singleLoginScope = scope })
            try await strict.accounts.load()

            let newest = try await strict.logIn()

            #expect(older.map { strict.fault(of: $0) == .tokenUnknown } == isDead)
            #expect(strict.fault(of: newest) == nil)
            let dead = zip(older, isDead).filter(\.1).map { TokenHash(of: $0.0.accessToken) }
            #expect(Set(strict.events.revoked) == Set(dead))
            // The refresh token dies with its access token.
            for (pair, isDead) in zip(older, isDead) where isDead {
                await expect(.tokenUnknown) {
                    _ = try await strict.accounts.refresh(pair.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
                }
            }
        }
    }

    @Test("An account holds no more pairs than it may, and one when the limit is one", arguments: [1, 3])
    func limitsPairs(limit: Int) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(
                store: store,
                settings: .changed { settings in
                    settings.singleLoginScope = .none
                    settings.maximumTokenPairsPerAccount = limit
                }
            )
            try await rig.prepare()
            var pairs: [TokenPair] = []

            for _ in 0..<5 {
                rig.clocks.advance(by: .milliseconds(1))
                pairs.append(try await rig.logIn())
            }

            let alive = pairs.map { rig.fault(of: $0) == nil }
            #expect(alive == (0..<5).map { $0 >= 5 - limit })
        }
    }

    @Test("The account remembers its last log-in")
    func recordsLogin() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            let client = LoginClient(appID: AccountRig.app, address: "192.0.2.9", os: "iOS", appVersion: "3.12.0")

            let result = try await rig.accounts.logIn(
                AccountRig.identifier,
                password: AccountRig.password,
                client: client
            )

            let expected = LoginRecord(
                appID: AccountRig.app,
                time: rig.clocks.wall.now,
                address: "192.0.2.9",
                os: "iOS",
                appVersion: "3.12.0"
            )
            #expect(result.account.lastLogin == expected)
            #expect(try await rig.accounts.accounts().first?.lastLogin == expected)
        }
    }

    @Test("No account and a wrong password are told apart; too many of either are refused for a minute")
    func limitsFailures() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, limits: (account: 2, address: 4))
            try await rig.prepare()
            func logIn(_ identifier: String, _ password: String, from address: String = "192.0.2.1") async throws {
                _ = try await rig.accounts.logIn(
                    #require(AccountIdentifier(identifier)),
                    password: password,
                    client: LoginClient(appID: AccountRig.app, address: address)
                )
            }

            await expect(.wrongPassword) { try await logIn("owner@example.com", "wrong") }
            await expect(.wrongPassword) { try await logIn("OWNER@example.com", "wrong") }
            // The account has had enough, from everywhere, with the right password as well.
            await expect(.busy) { try await logIn("owner@example.com", AccountRig.password, from: "192.0.2.2") }
            await expect(.accountNotFound) { try await logIn("a@example.com", "wrong") }
            await expect(.accountNotFound) { try await logIn("b@example.com", "wrong") }
            // Now the address has.
            await expect(.busy) { try await logIn("c@example.com", "wrong") }
            await expect(.accountNotFound) { try await logIn("c@example.com", "wrong", from: "192.0.2.3") }
            rig.clocks.advance(by: .seconds(60))
            try await logIn("owner@example.com", AccountRig.password)
        }
    }

    @Test("A right password does not count against the limit")
    func countsFailuresOnly() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, limits: (account: 1, address: 1))
            try await rig.prepare()

            for _ in 0..<5 { _ = try await rig.logIn() }

            await expect(.wrongPassword) { _ = try await rig.logIn(password: "wrong") }
            await expect(.busy) { _ = try await rig.logIn() }
        }
    }

    @Test("An outdated hash is made anew at log-in, and ends no session")
    func rehashes() async throws {
        try await withTemporaryStore { store in
            let old = AccountRig(
                store: store,
                cost: .init(logarithmOfN: 3, r: 8, p: 1),
                settings: .changed { $0.singleLoginScope = .none }
            )
            try await old.prepare()
            let pair = try await old.logIn()
            let new = AccountRig(store: store, settings: .changed { $0.singleLoginScope = .none })
            try await new.accounts.load()

            _ = try await new.logIn()

            let hash = try await store.account(identifiedBy: AccountRig.identifier)?.passwordHash
            #expect(hash?.hasPrefix("$scrypt$ln=4,") == true)
            #expect(new.fault(of: pair) == nil)
            _ = try await new.logIn()
        }
    }

    @Test("Many log-ins at once with an outdated hash all succeed")
    func rehashesAtOnce() async throws {
        try await withTemporaryStore { store in
            let old = AccountRig(store: store, cost: .init(logarithmOfN: 3, r: 8, p: 1))
            try await old.prepare()
            let new = AccountRig(store: store, settings: .changed { $0.singleLoginScope = .none })

            try await withThrowingTaskGroup(of: TokenPair.self) { group in
                for _ in 0..<8 { group.addTask { try await new.logIn() } }
                for try await pair in group { #expect(new.fault(of: pair) == nil) }
            }
        }
    }

    @Test("Whatever happens while a password is changed, no token of the old one survives", arguments: 0..<6)
    func changesPasswordMeanwhile(delay: Int) async throws {
        try await withTemporaryStore { store in
            // Slow enough to check that the change comes in between.
            let rig = AccountRig(
                store: store,
                cost: .init(logarithmOfN: 11, r: 8, p: 1),
                settings: .changed { $0.singleLoginScope = .none }
            )
            let account = try await rig.prepare()
            let administration = AccountRig(store: store, tokens: rig.tokens)

            let pairs = await withTaskGroup(of: TokenPair?.self) { group in
                for _ in 0..<6 { group.addTask { try? await rig.logIn() } }  // It may come too late.
                group.addTask {
                    for _ in 0..<delay * 50 { await Task.yield() }
                    // A failure shows in what follows.
                    try? await administration.accounts.setPassword("another horse", of: account.id)
                    return nil
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            #expect(pairs.compactMap(\.self).allSatisfy { rig.fault(of: $0) == .tokenUnknown })
            let alive = try await store.liveTokens(at: rig.clocks.wall.now)
            #expect(alive.isEmpty)
            await expect(.wrongPassword) { _ = try await rig.logIn() }
            _ = try await rig.logIn(password: "another horse")
        }
    }
}
