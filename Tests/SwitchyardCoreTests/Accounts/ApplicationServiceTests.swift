import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Application service")
struct ApplicationServiceTests {
    @Test("An application has a random id and secret of 32 characters, or those it was given")
    func creates() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)

            let random = try await rig.applications.create(name: "one")
            rig.clocks.advance(by: .seconds(1))
            let given = try await rig.applications.create(name: "two", id: AppID("mine"), secret: "s")

            #expect([random.id.rawValue.count, random.secret.count] == [32, 32])
            #expect(given.id.rawValue == "mine")
            #expect(rig.applications.applications() == [random, given])
            #expect(try rig.applications.application(given.id) == given)
            await expect(.alreadyExists) { _ = try await rig.applications.create(name: "x", id: given.id) }
            #expect(try rig.applications.application(given.id).secret == "s")
        }
    }

    @Test("A secret has 1 to 256 bytes", arguments: [0, 257])
    func refusesSecrets(length: Int) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)

            await expect(.invalidInput) {
                _ = try await rig.applications.create(name: "x", secret: String(repeating: "s", count: length))
            }
        }
    }

    @Test("A removed application is unknown, and its sessions end; others stay")
    func removes() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            let (pair, other) = (try await rig.logIn(), try await rig.logIn(under: AccountRig.otherApp))

            try await rig.applications.remove(AccountRig.app)

            #expect([pair, other].map(rig.fault) == [.tokenUnknown, nil])
            #expect(rig.events.revoked == [TokenHash(of: pair.accessToken)])
            await expect(.applicationUnknown) { _ = try rig.applications.application(AccountRig.app) }
            await expect(.notFound) { try await rig.applications.remove(AccountRig.app) }
            await expect(.notFound) { _ = try await rig.logIn() }
        }
    }

    @Test("A restarted server knows its applications")
    func loads() async throws {
        try await withTemporaryStore { store in
            let made = try await AccountRig(store: store).applications.create(name: "one")
            let restarted = AccountRig(store: store)

            try await restarted.applications.load()

            #expect(restarted.applications.applications() == [made])
        }
    }
}
