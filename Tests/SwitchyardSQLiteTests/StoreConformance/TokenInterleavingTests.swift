import CoolkitWire
import SwitchyardCore
import TestRandom
import Testing

/// What the store should hold, kept in a list.
private struct TokenModel {
    private(set) var pairs: [TokenRecord] = []

    var alive: [TokenRecord] { pairs.filter { $0.replacedAt == nil } }

    /// Deletes what `matches`; returns the access hashes that died.
    mutating func delete(_ matches: (TokenRecord) -> Bool) -> Set<TokenHash> {
        let dead = Set(alive.filter(matches).map(\.accessHash))
        pairs.removeAll(where: matches)
        return dead
    }

    mutating func issue(_ record: TokenRecord, ending scope: SingleLoginScope, limit: Int) -> Set<TokenHash> {
        var dead: Set<TokenHash> = []
        if scope != .none {
            dead = delete {
                $0.accountID == record.accountID && (scope == .account || $0.appID == record.appID)
            }
        }
        let others = alive.filter { $0.accountID == record.accountID }.sorted { $0.issuedAt > $1.issuedAt }
        let families = Set(others.dropFirst(limit - 1).map(\.family))
        dead.formUnion(delete { families.contains($0.family) })
        pairs.append(record)
        return dead
    }

    mutating func rotate(to record: TokenRecord) -> Set<TokenHash> {
        var dead: Set<TokenHash> = []
        for index in pairs.indices where pairs[index].family == record.family && pairs[index].replacedAt == nil {
            dead.insert(pairs[index].accessHash)
            pairs[index].replacedAt = record.issuedAt
        }
        pairs.append(record)
        return dead
    }
}

/// What a step does to the tokens. (Chosen outside of async functions: with ranges as patterns in an async `switch`,
/// Swift 6.3 frees the task's memory in the wrong order.)
private enum TokenOperation {
    case logIn
    case refresh
    case revokeFamily
    case revokeAccount

    /// Picks one, refreshes and log-ins more often than the others.
    static func random(using generator: inout SeededGenerator) -> TokenOperation {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<7: .logIn
        case 7..<16: .refresh
        case 16..<19: .revokeFamily
        default: .revokeAccount
        }
    }
}

@Suite("Tokens under random operations")
struct TokenInterleavingTests {
    @Test(
        "Any sequence of operations leaves what the rules say",
        arguments: StoreImplementation.allCases,
        [UInt64](1...6)
    )
    func followsModel(implementation: StoreImplementation, seed: UInt64) async throws {
        try await implementation.withStore { store in
            let accounts = [try await store.addAccount(1), try await store.addAccount(2)]
            let applications = [try await store.addApplication(1), try await store.addApplication(2)]
            var generator = SeededGenerator(seed: seed)
            var model = TokenModel()

            for number in 1...120 {
                let account = accounts[Int.random(in: 0...1, using: &generator)]
                let application = applications[Int.random(in: 0...1, using: &generator)]
                let anyPair = model.pairs.randomElement(using: &generator)
                let dead: [TokenHash]
                let expected: Set<TokenHash>
                switch (TokenOperation.random(using: &generator), anyPair) {
                case (.logIn, _), (_, nil):
                    let scope = SingleLoginScope.allCases[Int.random(in: 0...2, using: &generator)]
                    let limit = Int.random(in: 1...4, using: &generator)
                    let record = try TokenRecord.sample(number, account: account, application: application)
                    dead = try await store.issueTokens(record, ending: scope, limit: limit)
                    expected = model.issue(record, ending: scope, limit: limit)
                case (.refresh, let old?):
                    let record = try successor(number, of: old, accounts, applications)
                    dead = try await store.rotateTokens(from: old.refreshHash, to: record)
                    expected = model.rotate(to: record)
                case (.revokeFamily, let pair?):
                    dead = try await store.revokeTokens(family: pair.family)
                    expected = model.delete { $0.family == pair.family }
                case (.revokeAccount, _?):
                    dead = try await store.revokeTokens(of: account.id)
                    expected = model.delete { $0.accountID == account.id }
                }

                #expect(Set(dead) == expected, "operation \(number) of seed \(seed)")
                #expect(dead.count == expected.count)
                #expect(Set(try await store.liveTokens(at: sampleTime)) == Set(model.alive))
            }
            for pair in model.pairs {
                #expect(try await store.token(refreshHash: pair.refreshHash) == pair)
            }
        }
    }

    @Test(
        "However operations overlap, each at dies once or lives, and a family has one pair alive",
        arguments: StoreImplementation.allCases,
        [UInt64](1...4)
    )
    func diesOnce(implementation: StoreImplementation, seed: UInt64) async throws {
        try await implementation.withStore { store in
            let accounts = [try await store.addAccount(1), try await store.addAccount(2)]
            let applications = [try await store.addApplication(1), try await store.addApplication(2)]
            let roots = try (1...4).map { number in
                try TokenRecord.sample(number, account: accounts[number % 2], application: applications[number / 3])
            }
            for root in roots { try await store.addTokens(root) }

            let outcomes = try await withThrowingTaskGroup(of: (issued: TokenHash?, dead: [TokenHash]).self) { group in
                for number in 5...80 {
                    group.addTask {
                        var generator = SeededGenerator(seed: seed &* 1_000 &+ UInt64(number))
                        let root = roots[Int.random(in: 0..<roots.count, using: &generator)]
                        let record = try successor(number, of: root, accounts, applications)
                        return try await step(.random(using: &generator), root, record, store)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            let issued = roots.map(\.accessHash) + outcomes.compactMap(\.issued)
            let dead = outcomes.flatMap(\.dead)
            let alive = try await store.liveTokens(at: sampleTime)
            #expect(Set(dead).count == dead.count)
            #expect(Set(issued).subtracting(dead) == Set(alive.map(\.accessHash)))
            #expect(Set(alive.map(\.family)).count == alive.count)
        }
    }

    /// Refreshes, logs in or revokes; a pair that is gone by then is no fault.
    private func step(
        _ operation: TokenOperation,
        _ root: TokenRecord,
        _ record: TokenRecord,
        _ store: any Store
    ) async throws -> (issued: TokenHash?, dead: [TokenHash]) {
        switch operation {
        case .refresh:
            do {
                return (record.accessHash, try await store.rotateTokens(from: root.refreshHash, to: record))
            } catch  where error.code == .tokenUnknown {
                return (nil, [])
            }
        case .revokeFamily: return (nil, try await store.revokeTokens(family: root.family))
        case .revokeAccount: return (nil, try await store.revokeTokens(of: root.accountID))
        case .logIn:
            let login = record.inFamily(.random(at: record.issuedAt))
            return (login.accessHash, try await store.issueTokens(login, ending: .accountAndApp, limit: 3))
        }
    }

    /// The pair with this number in the family of `old`.
    private func successor(
        _ number: Int,
        of old: TokenRecord,
        _ accounts: [Account],
        _ applications: [ClientApplication]
    ) throws -> TokenRecord {
        try TokenRecord.sample(
            number,
            account: try required(accounts.first { $0.id == old.accountID }),
            application: try required(applications.first { $0.id == old.appID })
        )
        .inFamily(old.family)
    }
}
