import CoolkitWire
import SwitchyardCore
import SwitchyardSQLite
import Testing

@Suite("New passwords by code and by the old one")
struct PasswordTests {
    private static let client = LoginClient(appID: AccountRig.app, address: "192.0.2.1", language: .chinese)

    private func code(in rig: AccountRig) async throws -> String {
        let request = CodeRequest(purpose: .resetPassword, destination: AccountRig.identifier, address: "192.0.2.1")
        try await rig.verification.sendCode(request)
        return try await rig.verification.outbox.messages().first?.code ?? ""
    }

    private func request(_ code: String, password: String = "another horse") -> VerifiedRequest {
        VerifiedRequest(identifier: AccountRig.identifier, code: code, password: password, client: Self.client)
    }

    private func change(
        _ old: String,
        to new: String = "another horse",
        with pair: TokenPair,
        in rig: AccountRig
    ) async throws {
        let grant = try rig.accounts.authenticate(pair.accessToken)
        let change = PasswordChange(oldPassword: old, newPassword: new, token: TokenHash(of: pair.accessToken))
        try await rig.accounts.changePassword(change, of: grant.accountID, from: "192.0.2.1")
    }

    @Test("A reset ends every session, logs in anew, and takes over the language")
    func resets() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let (first, second) = (try await rig.logIn(), try await rig.logIn(under: AccountRig.otherApp))

            let login = try await rig.accounts.resetPassword(request(try await code(in: rig)))

            #expect([first, second, login.tokens].map(rig.fault) == [.tokenUnknown, .tokenUnknown, nil])
            #expect(Set(rig.events.revoked) == Set([first, second].map { TokenHash(of: $0.accessToken) }))
            #expect(login.account.language == .chinese)
            #expect(try await store.account(account.id)?.language == .chinese)
            await expect(.wrongPassword) { _ = try await rig.logIn() }
            _ = try await rig.logIn(password: "another horse")
        }
    }

    @Test(
        "A reset is refused without account, with a short password, and with a code that is wrong or for something else"
    )
    func refusesResets() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            await expect(.addresseeUnknown) { _ = try await rig.accounts.resetPassword(request("1")) }
            try await rig.prepare()
            let pair = try await rig.logIn()
            let code = try await code(in: rig)
            try await rig.verification.sendCode(
                CodeRequest(purpose: .deleteAccount, destination: AccountRig.identifier, address: "192.0.2.1")
            )
            let other = try await rig.verification.outbox.messages().first?.code ?? ""

            if other != code { await expect(.codeWrong) { _ = try await rig.accounts.resetPassword(request(other)) } }
            await expect(.invalidInput) { _ = try await rig.accounts.resetPassword(request(code, password: "1234567")) }

            #expect(rig.fault(of: pair) == nil)
            _ = try await rig.accounts.resetPassword(request(code))
        }
    }

    @Test("Whatever happens while a password is reset, no token of the old one survives", arguments: 0..<4)
    func resetsMeanwhile(delay: Int) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(
                store: store,
                cost: .init(logarithmOfN: 11, r: 8, p: 1),
                settings: .changed { $0.singleLoginScope = .none }
            )
            try await rig.prepare()
            let code = try await code(in: rig)
            // A hasher of its own, so that the reset overtakes the log-ins.
            let other = AccountRig(
                store: store,
                cost: .init(logarithmOfN: 11, r: 8, p: 1),
                tokens: rig.tokens,
                clocks: rig.clocks,
                settings: .changed { $0.singleLoginScope = .none }
            )

            async let reset = resetLater(code, delay: delay, in: other)
            let pairs = await withTaskGroup(of: TokenPair?.self) { group in
                for _ in 0..<6 { group.addTask { try? await rig.logIn() } }  // It may come too late.
                return await group.reduce(into: []) { $0.append($1) }
            }
            let login = try await reset

            #expect(pairs.compactMap(\.self).allSatisfy { rig.fault(of: $0) == .tokenUnknown })
            #expect(rig.fault(of: login.tokens) == nil)
            #expect(try await store.liveTokens(at: rig.clocks.wall.now).count == 1)
        }
    }

    @Test(
        "An account that is removed while its password is reset stays removed, whichever comes first",
        arguments: 0..<4
    )
    func removesMeanwhile(delay: Int) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, cost: .init(logarithmOfN: 11, r: 8, p: 1))
            let account = try await rig.prepare()
            let code = try await code(in: rig)

            async let removal: Void = removeLater(account.id, delay: delay, in: rig)
            var pair: TokenPair?
            do throws(SwitchyardError) {
                pair = try await rig.accounts.resetPassword(request(code)).tokens
            } catch {
                #expect([.addresseeUnknown, .wrongPassword].contains(error.code), "\(error)")
            }
            try await removal

            #expect(pair.map(rig.fault) ?? .tokenUnknown == .tokenUnknown)
            let accounts = try await store.accounts()
            #expect(accounts.isEmpty)
        }
    }

    private func removeLater(_ id: AccountID, delay: Int, in rig: AccountRig) async throws {
        for _ in 0..<delay * 50 { await Task.yield() }
        try await rig.accounts.remove(id)
    }

    private func resetLater(_ code: String, delay: Int, in rig: AccountRig) async throws -> LoginResult {
        for _ in 0..<delay * 50 { await Task.yield() }
        return try await rig.accounts.resetPassword(request(code))
    }

    @Test("A change ends every session but the caller's own, whose pair lives on")
    func changes() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            let (own, other) = (try await rig.logIn(), try await rig.logIn(under: AccountRig.otherApp))

            try await change(AccountRig.password, with: own, in: rig)

            #expect([own, other].map(rig.fault) == [nil, .tokenUnknown])
            #expect(rig.events.revoked == [TokenHash(of: other.accessToken)])
            await expect(.wrongPassword) { _ = try await rig.logIn(under: AccountRig.otherApp) }
            let refreshed = try await rig.accounts.refresh(own.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
                .tokens
            #expect(rig.fault(of: refreshed) == nil)
        }
    }

    @Test("Too many wrong old passwords are refused, change nothing, and keep nobody from logging in")
    func countsGuesses() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, limits: (account: 2, address: 1_000))
            try await rig.prepare()
            let pair = try await rig.logIn()

            await expect(.invalidInput) { try await change(AccountRig.password, to: "short", with: pair, in: rig) }
            for _ in 0..<2 { await expect(.wrongOldPassword) { try await change("wrong horse", with: pair, in: rig) } }
            await expect(.busy) { try await change(AccountRig.password, with: pair, in: rig) }
            #expect(rig.fault(of: pair) == nil)
            _ = try await rig.logIn(under: AccountRig.otherApp)
            _ = try await rig.logIn(under: AccountRig.otherApp, from: "192.0.2.9")

            rig.clocks.advance(by: .seconds(180))
            try await change(AccountRig.password, with: pair, in: rig)
        }
    }

    @Test("Of changes at once one wins, and the others hear that the old password is wrong")
    func changesAtOnce() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            let pair = try await rig.logIn()

            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<5 {
                    group.addTask {
                        // Which one wins shows below.
                        (try? await change(AccountRig.password, to: "new horse \(number)", with: pair, in: rig)) != nil
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            #expect(outcomes.count { $0 } == 1)
            #expect(rig.fault(of: pair) == nil)
        }
    }

    @Test("The password of an account that was removed meanwhile is not changed")
    func changesRemoved() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            try await rig.accounts.remove(account.id)
            let change = PasswordChange(oldPassword: "x", newPassword: "another horse", token: TokenHash(of: "x"))

            await expect(.tokenUnknown) {
                try await rig.accounts.changePassword(change, of: account.id, from: "192.0.2.1")
            }
        }
    }

    @Test("An account of another region is sent there, if that has a host, and never to this one's own")
    func otherRegions() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(
                store: store,
                settings: .changed { $0.regionHosts = ["us": "us.example.org", "eu": "x"] }
            )
            let account = try await rig.prepare()
            let pair = try await rig.logIn()
            #expect(rig.accounts.otherHost(of: account) == nil)

            try await rig.accounts.setRegion("us", of: account.id)

            for call in [
                { _ = try await rig.logIn(password: "wrong horse") },
                { _ = try await rig.accounts.refresh(pair.refreshToken, appID: AccountRig.app, from: "192.0.2.1") },
                { _ = try await code(in: rig) },
                { _ = try await rig.accounts.resetPassword(request("1")) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: SwitchyardError.self) { try await call() }
                #expect(error?.code == .otherRegion)
                #expect(error?.data.region == "us")
            }
            #expect(rig.fault(of: pair) == nil)

            // Nobody is there to be sent to.
            try await rig.accounts.setRegion("as", of: account.id)
            _ = try await rig.logIn()
            await expect(.invalidInput) { try await rig.accounts.setRegion("mars", of: account.id) }
            await expect(.accountNotFound) { try await rig.accounts.setRegion("us", of: Account.stranger.id) }
        }
    }
}
