import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Token store")
struct TokenStoreTests {
    /// An account, two applications, and what they are stored in.
    private struct Setting {
        let store: any Store
        let account: Account
        let application: ClientApplication
        let otherApplication: ClientApplication

        func tokens(_ number: Int, other: Bool = false, family: Int? = nil) throws -> TokenRecord {
            try .sample(number, account: account, application: other ? otherApplication : application, family: family)
        }

        func live() async throws -> Set<TokenHash> {
            Set(try await store.liveTokens(at: sampleTime).map(\.accessHash))
        }

        /// Those of these pairs that are in the store, alive or not.
        func known(among numbers: [Int]) async throws -> [Int] {
            var known: [Int] = []
            for number in numbers where try await store.token(refreshHash: TokenHash(of: "refresh \(number)")) != nil {
                known.append(number)
            }
            return known
        }
    }

    private func withSetting(
        _ implementation: StoreImplementation,
        _ body: (Setting) async throws -> Void
    ) async throws {
        try await implementation.withStore { store in
            try await body(
                Setting(
                    store: store,
                    account: try await store.addAccount(1),
                    application: try await store.addApplication(1),
                    otherApplication: try await store.addApplication(2)
                )
            )
        }
    }

    @Test("A pair comes back as it was stored", arguments: StoreImplementation.allCases)
    func storesPairs(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let pair = try setting.tokens(1)

            try await setting.store.addTokens(pair)

            #expect(try await setting.store.token(refreshHash: pair.refreshHash) == pair)
            #expect(try await setting.store.token(refreshHash: pair.accessHash) == nil)
            #expect(try await setting.store.liveTokens(at: sampleTime) == [pair])
            await expect(.alreadyExists) { try await setting.store.addTokens(pair) }
        }
    }

    @Test("No pair is stored for an account or application that is gone", arguments: StoreImplementation.allCases)
    func refusesOrphans(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let stranger = try Account.sample(9)
            let ofStranger = try TokenRecord.sample(1, account: stranger, application: setting.application)
            let underUnknown = try TokenRecord.sample(2, account: setting.account, application: .sample(9))

            await expect(.accountNotFound) { try await setting.store.addTokens(ofStranger) }
            await expect(.notFound) { try await setting.store.addTokens(underUnknown) }
            #expect(try await setting.live().isEmpty)
        }
    }

    @Test(
        "A log-in ends the older pairs of its scope",
        arguments: StoreImplementation.allCases,
        [
            (SingleLoginScope.accountAndApp, [1]),
            (SingleLoginScope.account, [1, 2]),
            (SingleLoginScope.none, []),
        ]
    )
    func endsOlderPairs(
        implementation: StoreImplementation,
        rule: (scope: SingleLoginScope, ended: [Int])
    ) async throws {
        try await withSetting(implementation) { setting in
            let stranger = try await setting.store.addAccount(2)
            let older = [try setting.tokens(1), try setting.tokens(2, other: true)]
            for pair in older { try await setting.store.addTokens(pair) }
            let ofStranger = try TokenRecord.sample(4, account: stranger, application: setting.application)
            try await setting.store.addTokens(ofStranger)
            let new = try setting.tokens(3)

            let dead = try await setting.store.issueTokens(new, ending: rule.scope, limit: 10)

            let ended = Set(rule.ended.map { TokenHash(of: "access \($0)") })
            #expect(Set(dead) == ended)
            #expect(dead.count == ended.count)
            let all = Set((older + [ofStranger, new]).map(\.accessHash))
            #expect(try await setting.live() == all.subtracting(ended))
        }
    }

    @Test(
        "An account keeps its newest pairs up to the limit; a family that goes, goes whole",
        arguments: StoreImplementation.allCases
    )
    func limitsPairs(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let oldest = try setting.tokens(1)
            try await setting.store.addTokens(oldest)
            let refreshed = try setting.tokens(2, family: 1)
            _ = try await setting.store.rotateTokens(from: oldest.refreshHash, to: refreshed)
            try await setting.store.addTokens(try setting.tokens(3, other: true))

            let first = try await setting.store.issueTokens(try setting.tokens(4), ending: .none, limit: 2)
            let second = try await setting.store.issueTokens(try setting.tokens(5), ending: .none, limit: 1)

            #expect(first == [refreshed.accessHash])
            #expect(try await setting.store.token(refreshHash: oldest.refreshHash) == nil)
            #expect(Set(second) == [TokenHash(of: "access 3"), TokenHash(of: "access 4")])
            #expect(try await setting.live() == [TokenHash(of: "access 5")])
        }
    }

    @Test("A new pair is kept when the clock was set back", arguments: StoreImplementation.allCases)
    func keepsNewPairAfterClockStep(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            try await setting.store.addTokens(try setting.tokens(9))

            let dead = try await setting.store.issueTokens(try setting.tokens(1), ending: .none, limit: 1)

            #expect(dead == [TokenHash(of: "access 9")])
            #expect(try await setting.live() == [TokenHash(of: "access 1")])
        }
    }

    @Test("A refresh replaces the pair: its at dies, its rt stays known", arguments: StoreImplementation.allCases)
    func rotates(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let (old, new) = (try setting.tokens(1), try setting.tokens(2, family: 1))
            try await setting.store.addTokens(old)

            let dead = try await setting.store.rotateTokens(from: old.refreshHash, to: new)

            #expect(dead == [old.accessHash])
            #expect(try await setting.store.token(refreshHash: old.refreshHash) == old.replaced(at: new.issuedAt))
            #expect(try await setting.store.liveTokens(at: sampleTime) == [new])
        }
    }

    @Test(
        "A refresh that is repeated replaces the newest pair and keeps the first replacement's time",
        arguments: StoreImplementation.allCases
    )
    func rotatesAgain(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let (old, lost) = (try setting.tokens(1), try setting.tokens(2, family: 1))
            let retried = try setting.tokens(3, family: 1)
            try await setting.store.addTokens(old)
            _ = try await setting.store.rotateTokens(from: old.refreshHash, to: lost)

            let dead = try await setting.store.rotateTokens(from: old.refreshHash, to: retried)

            #expect(dead == [lost.accessHash])
            #expect(try await setting.store.token(refreshHash: old.refreshHash) == old.replaced(at: lost.issuedAt))
            #expect(try await setting.store.token(refreshHash: lost.refreshHash) == lost.replaced(at: retried.issuedAt))
            #expect(try await setting.store.liveTokens(at: sampleTime) == [retried])
        }
    }

    @Test(
        "A refresh of an unknown rt changes nothing; one into another log-in is refused",
        arguments: StoreImplementation.allCases
    )
    func refusesRotation(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let pair = try setting.tokens(1)
            try await setting.store.addTokens(pair)

            await expect(.tokenUnknown) {
                _ = try await setting.store.rotateTokens(
                    from: TokenHash(of: "refresh 7"),
                    to: try setting.tokens(2, family: 1)
                )
            }
            await expect(.internalFault) {
                _ = try await setting.store.rotateTokens(from: pair.refreshHash, to: try setting.tokens(2, family: 2))
            }
            await expect(.alreadyExists) { _ = try await setting.store.rotateTokens(from: pair.refreshHash, to: pair) }

            #expect(try await setting.store.liveTokens(at: sampleTime) == [pair])
        }
    }

    @Test(
        "Revoking a family or an account deletes its pairs and tells which at died",
        arguments: StoreImplementation.allCases
    )
    func revokes(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let (old, new) = (try setting.tokens(1), try setting.tokens(2, family: 1))
            let other = try setting.tokens(3, other: true)
            try await setting.store.addTokens(old)
            _ = try await setting.store.rotateTokens(from: old.refreshHash, to: new)
            try await setting.store.addTokens(other)

            #expect(try await setting.store.revokeTokens(family: old.family) == [new.accessHash])
            #expect(try await setting.store.token(refreshHash: old.refreshHash) == nil)
            #expect(try await setting.store.revokeTokens(family: old.family) == [])
            #expect(try await setting.store.revokeTokens(of: setting.account.id) == [other.accessHash])
            #expect(try await setting.live().isEmpty)
        }
    }

    @Test("The pairs of one account are told and revoked apart", arguments: StoreImplementation.allCases)
    func keepsAccountsApart(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let stranger = try await setting.store.addAccount(2)
            let foreign = try TokenRecord.sample(9, account: stranger, application: setting.application)
            let (old, new) = (try setting.tokens(1), try setting.tokens(2, family: 1))
            let silent = TokenRecord(
                accountID: setting.account.id,
                appID: setting.application.id,
                accessHash: TokenHash(of: "access 3"),
                refreshHash: TokenHash(of: "refresh 3"),
                issuedAt: new.issuedAt,
                accessExpiresAt: new.accessExpiresAt,
                refreshExpiresAt: new.refreshExpiresAt,
                family: try .sample(3)
            )
            for pair in [foreign, old, silent] { try await setting.store.addTokens(pair) }
            _ = try await setting.store.rotateTokens(from: old.refreshHash, to: new)
            func alive() async throws -> Set<TokenRecord> {
                Set(try await setting.store.liveTokens(of: setting.account.id, at: sampleTime))
            }

            #expect(try await alive() == [new, silent])
            #expect(try await setting.store.liveTokens(of: stranger.id, at: foreign.refreshExpiresAt).isEmpty)
            #expect(try await setting.store.revokeTokens(family: new.family, of: stranger.id) == [])
            #expect(try await alive() == [new, silent])
            #expect(
                try await setting.store.revokeTokens(family: new.family, of: setting.account.id) == [new.accessHash]
            )
            #expect(try await alive() == [silent])
            #expect(try await setting.store.token(refreshHash: old.refreshHash) == nil)
        }
    }

    @Test(
        "Of a log-in that refreshes in a loop the newest pairs are remembered, and those that were in use for long",
        arguments: StoreImplementation.allCases
    )
    func boundsReplacedPairs(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let (fleeting, stolen) = (try setting.tokens(1), try setting.tokens(2, family: 1))
            let other = try setting.tokens(9_000, other: true)
            for pair in [fleeting, other] { try await setting.store.addTokens(pair) }
            _ = try await setting.store.rotateTokens(from: fleeting.refreshHash, to: stolen)
            var old = stolen
            let end = 2 + Int(TokenRecord.Memory.lasting / .seconds(1))
            let numbers = Array(end..<end + 100)

            for number in numbers {
                let new = try setting.tokens(number, family: 1)
                _ = try await setting.store.rotateTokens(from: old.refreshHash, to: new)
                old = new
            }

            let known = try await setting.known(among: [1, 2] + numbers)
            #expect(known == [2] + numbers.suffix(TokenRecord.Memory.newest), "2 was in use for an hour")
            #expect(try await setting.live() == [old.accessHash, other.accessHash])
        }
    }

    @Test("Expired pairs are left out at start and removed in time", arguments: StoreImplementation.allCases)
    func expires(implementation: StoreImplementation) async throws {
        try await withSetting(implementation) { setting in
            let pair = try setting.tokens(1)
            try await setting.store.addTokens(pair)
            let end = pair.refreshExpiresAt

            #expect(try await setting.store.liveTokens(at: pair.accessExpiresAt) == [pair])
            #expect(try await setting.store.liveTokens(at: end).isEmpty)
            try await setting.store.removeExpiredTokens(before: end)
            #expect(try await setting.store.token(refreshHash: pair.refreshHash) == pair)
            try await setting.store.removeExpiredTokens(before: end.advanced(by: .milliseconds(1)))
            #expect(try await setting.store.token(refreshHash: pair.refreshHash) == nil)
        }
    }
}
