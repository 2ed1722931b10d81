import CoolkitWire
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

@Suite("Clients that an account knows")
struct KnownClientsTests {
    private static let client = LoginClient(appID: AccountRig.app, address: "192.0.2.1", os: "iOS", model: "X")

    private func standing(_ address: String, model: String? = nil, in rig: AccountRig) -> KnownClients.Standing {
        let client = LoginClient(appID: AccountRig.app, address: address, os: model.map { _ in "iOS" }, model: model)
        return rig.accounts.known.standing(of: client.known, with: AccountRig.identifier, at: rig.clocks.wall.now)
    }

    private func logIn(_ client: LoginClient = client, in rig: AccountRig) async throws -> TokenPair {
        try await rig.accounts.logIn(AccountRig.identifier, password: AccountRig.password, client: client).tokens
    }

    @Test("A log-in makes its client known, another of its network a neighbour, and nobody else anything")
    func logsIn() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            #expect(standing("192.0.2.1", model: "X", in: rig) == .stranger)

            _ = try await logIn(in: rig)

            #expect(standing("192.0.2.1", model: "X", in: rig) == .client)
            #expect(standing("::ffff:192.0.2.1", model: "X", in: rig) == .client)
            #expect(standing("192.0.2.1", model: "Y", in: rig) == .neighbour)
            #expect(standing("192.0.2.2", model: "X", in: rig) == .stranger)
            #expect(!rig.accounts.knows(Self.client, as: .email("eve@example.com")))
        }
    }

    @Test("A refused log-in makes nobody known")
    func ignoresFailures() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()

            await expect(.wrongPassword) { _ = try await rig.logIn(password: "wrong") }

            #expect(standing("192.0.2.1", in: rig) == .stranger)
        }
    }

    @Test("A refresh and a socket make the network known that they come from")
    func followsTokens() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            let pair = try await logIn(in: rig)

            let next = try await rig.accounts.refresh(pair.refreshToken, appID: AccountRig.app, from: "2001:db8::1")
            let grant = try rig.accounts.authenticate(next.tokens.accessToken)
            rig.accounts.notePresence(of: grant, at: "192.0.2.77")

            #expect(standing("2001:db8::99", model: "X", in: rig) == .client)
            #expect(standing("192.0.2.77", model: "X", in: rig) == .neighbour)
        }
    }

    @Test("A restart knows the clients of live log-ins")
    func survivesRestart() async throws {
        try await withTemporaryStore { store in
            let before = AccountRig(store: store)
            try await before.prepare()
            _ = try await logIn(in: before)

            let after = AccountRig(store: store)
            try await after.accounts.load()

            #expect(standing("192.0.2.1", model: "X", in: after) == .client)
        }
    }

    @Test("A new password, however it comes, and the end of the account make all others strangers")
    func forgets() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, settings: .changed { $0.singleLoginScope = .none })
            let account = try await rig.prepare()
            _ = try await logIn(in: rig)
            let own = try await rig.logIn(from: "192.0.2.2")

            try await rig.accounts.changePassword(
                PasswordChange(
                    oldPassword: AccountRig.password,
                    newPassword: AccountRig.password + "2",
                    token: TokenHash(of: own.accessToken)
                ),
                of: account.id,
                from: "192.0.2.2"
            )
            #expect(standing("192.0.2.1", model: "X", in: rig) == .stranger)
            #expect(standing("192.0.2.2", in: rig) == .client)

            try await rig.accounts.setPassword(AccountRig.password, of: account.id)
            #expect(standing("192.0.2.2", in: rig) == .stranger)

            _ = try await logIn(in: rig)
            try await rig.accounts.remove(account.id)
            #expect(standing("192.0.2.1", model: "X", in: rig) == .stranger)
        }
    }

    @Test("Sixteen are kept, the newest, for thirty days")
    func isBounded() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, settings: .changed { $0.singleLoginScope = .none })
            try await rig.prepare()
            for index in 1...20 {
                rig.clocks.advance(by: .seconds(1))
                _ = try await rig.logIn(from: "192.0.2.\(index)")
            }

            let known = (1...20).filter { standing("192.0.2.\($0)", in: rig) == .client }
            #expect(known == Array(5...20))

            rig.clocks.advance(by: .days(30) + .seconds(1))
            try await rig.accounts.removeExpiredTokens()
            #expect((1...20).allSatisfy { standing("192.0.2.\($0)", in: rig) == .stranger })
        }
    }
}
