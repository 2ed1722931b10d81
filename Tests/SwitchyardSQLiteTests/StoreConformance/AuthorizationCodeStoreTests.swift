import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Authorization code store")
struct AuthorizationCodeStoreTests {
    /// An account, an application, and codes of theirs.
    private struct Scene {
        let store: any Store
        let account: Account
        let application: ClientApplication

        init(_ store: any Store) async throws {
            self.store = store
            account = try await store.addAccount(1)
            application = try await store.addApplication(1)
        }

        func code(
            _ number: Int,
            account: Account? = nil,
            application: ClientApplication? = nil
        ) throws -> AuthorizationCode {
            AuthorizationCode(
                hash: TokenHash(of: "code \(number)"),
                accountID: (account ?? self.account).id,
                appID: (application ?? self.application).id,
                redirectURL: try RedirectURL("https://app.example/linked?n=\(number)"),
                createdAt: sampleTime.advanced(by: .seconds(number))
            )
        }

        func add(_ code: AuthorizationCode, passwordHash: String = "$scrypt$1", keeping limit: Int = 16) async throws {
            try await store.createAuthorizationCode(code, checkedAgainst: passwordHash, keeping: limit)
        }

        func has(_ code: AuthorizationCode) async throws -> Bool {
            try await store.authorizationCode(code.hash) != nil
        }
    }

    @Test("A code comes back as it was stored", arguments: StoreImplementation.allCases)
    func storesCodes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let scene = try await Scene(store)
            let code = try scene.code(1)

            try await scene.add(code)

            #expect(try await store.authorizationCode(code.hash) == code)
            #expect(try await store.authorizationCode(TokenHash(of: "another")) == nil)
        }
    }

    @Test(
        "No code without the password that was checked, or without its application",
        arguments: StoreImplementation.allCases
    )
    func refusesCodes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let scene = try await Scene(store)
            let kept = try scene.code(1)
            try await scene.add(kept, keeping: 1)
            let (late, orphan) = (try scene.code(2), try scene.code(3, application: .sample(9)))

            await expect(.wrongPassword) { try await scene.add(late, passwordHash: "$scrypt$2", keeping: 1) }
            await expect(.wrongPassword) { try await scene.add(try scene.code(4, account: .sample(7))) }
            await expect(.notFound) { try await scene.add(orphan) }

            #expect(try await scene.has(late) == false)
            #expect(try await scene.has(kept))
        }
    }

    @Test("An account's oldest codes make room for new ones; others' stay", arguments: StoreImplementation.allCases)
    func boundsCodes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let scene = try await Scene(store)
            let second = try await store.addAccount(2)
            let other = try scene.code(9, account: second)
            try await scene.add(other, passwordHash: "$scrypt$2", keeping: 2)

            let codes = try (1...3).map { try scene.code($0) }
            for code in codes { try await scene.add(code, keeping: 2) }

            var kept: [Bool] = []
            for code in codes + [other] { kept.append(try await scene.has(code)) }
            #expect(kept == [false, true, true, true])
        }
    }

    @Test("A code is traded once, in one transaction with its tokens", arguments: StoreImplementation.allCases)
    func redeemsOnce(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let scene = try await Scene(store)
            var code = try scene.code(1)
            try await scene.add(code)
            let first = try TokenRecord.sample(1, account: scene.account, application: scene.application)
            let second = try TokenRecord.sample(2, account: scene.account, application: scene.application)

            let dead = try await store.issueTokens(first, trading: code.hash, ending: .none, limit: 9)
            await expect(.notFound) {
                _ = try await store.issueTokens(second, trading: code.hash, ending: .none, limit: 9)
            }
            await expect(.notFound) {
                _ = try await store.issueTokens(second, trading: TokenHash(of: "none"), ending: .none, limit: 9)
            }

            code.family = first.family
            #expect(dead == [])
            #expect(try await store.authorizationCode(code.hash) == code)
            #expect(try await store.liveTokens(at: sampleTime) == [first])
        }
    }

    @Test("A pair that cannot be stored leaves its code as it was", arguments: StoreImplementation.allCases)
    func failsWhole(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let scene = try await Scene(store)
            let code = try scene.code(1)
            try await scene.add(code)
            let impossible = try TokenRecord.sample(1, account: .sample(8), application: scene.application)

            await expect(.accountNotFound) {
                _ = try await store.issueTokens(impossible, trading: code.hash, ending: .none, limit: 9)
            }

            #expect(try await store.authorizationCode(code.hash) == code)
        }
    }

    @Test("What ends an account's tokens ends its codes", arguments: StoreImplementation.allCases)
    func endsCodes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let scene = try await Scene(store)
            let (id, code) = (scene.account.id, try scene.code(1))
            var hash = "$scrypt$1"
            let acts: [(any Store) async throws -> String] = [
                { store in
                    _ = try await store.setPasswordHash("new", of: id)
                    return "new"
                },
                { store in
                    let token = TokenHash(of: "kept")
                    _ = try await store.changePasswordHash("new", to: "newer", of: id, keeping: token)
                    return "newer"
                },
                { store in
                    _ = try await store.revokeTokens(of: id)
                    return "newer"
                },
                { store in
                    _ = try await store.revokeTokens(of: id, under: scene.application.id)
                    return "newer"
                },
                { store in
                    _ = try await store.removeApplication(scene.application.id)
                    return "newer"
                },
            ]

            for (index, act) in acts.enumerated() {
                try await scene.add(code, passwordHash: hash)
                hash = try await act(store)
                #expect(try await scene.has(code) == false, "act \(index)")
            }
        }
    }

    @Test("What an account gave one application ends alone", arguments: StoreImplementation.allCases)
    func unbinds(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let scene = try await Scene(store)
            let other = try await store.addApplication(2)
            let doomed = try TokenRecord.sample(1, account: scene.account, application: scene.application)
            let survivor = try TokenRecord.sample(2, account: scene.account, application: other)
            let (code, kept) = (try scene.code(1), try scene.code(2, application: other))
            for record in [doomed, survivor] { try await store.addTokens(record) }
            for code in [code, kept] { try await scene.add(code) }

            let dead = try await store.revokeTokens(of: scene.account.id, under: scene.application.id)

            #expect(dead == [doomed.accessHash])
            #expect(try await store.liveTokens(at: sampleTime) == [survivor])
            #expect(try await [scene.has(code), scene.has(kept)] == [false, true])
        }
    }

    @Test("Old codes are dropped, and those of a removed account", arguments: StoreImplementation.allCases)
    func dropsCodes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let scene = try await Scene(store)
            let (old, new) = (try scene.code(1), try scene.code(2))
            for code in [old, new] { try await scene.add(code) }

            try await store.removeAuthorizationCodes(before: new.createdAt)
            #expect(try await [scene.has(old), scene.has(new)] == [false, true])

            _ = try await store.removeAccount(scene.account.id, at: sampleTime)
            #expect(try await scene.has(new) == false)
        }
    }
}
