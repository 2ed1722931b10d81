import CoolkitWire
import SwitchyardCore
import SwitchyardSQLite
import Testing

@Suite("Account service")
struct AccountServiceTests {
    @Test("An account is made in the server's region and found by every name it has")
    func creates() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, settings: .changed { $0.region = "as" })

            let account = try await rig.prepare()

            #expect(account.region == "as")
            #expect(account.language == .english)
            #expect(account.createdAt == rig.clocks.wall.now)
            #expect(try await rig.accounts.accounts() == [account])
            for name in ["owner@example.com", "OWNER@example.com", account.id.description, account.apiKey.rawValue] {
                #expect(try await rig.accounts.account(named: name) == account)
            }
            for name in ["", "other@example.com", "+4912345", "5f0000000000000000000001"] {
                await expect(.accountNotFound) { _ = try await rig.accounts.account(named: name) }
            }
        }
    }

    @Test(
        "A password has 8 to 128 bytes, a region is one of four",
        arguments: [
            ("", "eu"), ("1234567", "eu"), (String(repeating: "x", count: 129), "eu"), ("12345678", "xx"),
            ("12345678", ""),
        ]
    )
    func refuses(password: String, region: String) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)

            await expect(.invalidInput) {
                _ = try await rig.accounts.create(AccountRig.identifier, password: password, region: region)
            }

            let accounts = try await rig.accounts.accounts()
            #expect(accounts.isEmpty)
        }
    }

    @Test("An identifier is taken once; a Chinese account speaks Chinese")
    func isUnique() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()

            await expect(.alreadyExists) {
                _ = try await rig.accounts.create(.email("owner@example.com"), password: "12345678")
            }

            let other = try await rig.accounts.create(.phone("+8612345678"), password: "12345678", region: "cn")
            #expect(other.language == .chinese)
        }
    }

    @Test("A new password ends every session of the account and is the only one that works")
    func setsPassword() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let (first, second) = (try await rig.logIn(), try await rig.logIn(under: AccountRig.otherApp))

            try await rig.accounts.setPassword("another horse", of: account.id)

            #expect([first, second].map(rig.fault) == [.tokenUnknown, .tokenUnknown])
            #expect(Set(rig.events.revoked) == Set([first, second].map { TokenHash(of: $0.accessToken) }))
            await expect(.wrongPassword) { _ = try await rig.logIn() }
            await expect(.tokenUnknown) {
                _ = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
            }
            #expect(rig.fault(of: try await rig.logIn(password: "another horse")) == nil)
            await expect(.invalidInput) { try await rig.accounts.setPassword("short", of: account.id) }
            await expect(.accountNotFound) {
                try await rig.accounts.setPassword("long enough", of: Account.stranger.id)
            }
        }
    }

    @Test("A removed account takes its tokens and devices along")
    func removes() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let pair = try await rig.logIn()
            let device = Device.sample(owner: account)
            try await store.createDevice(device, state: DeviceState(id: device.id))
            let live = try LiveDevice.sample(device)
            rig.registry.insert(live)
            let link = RecordingLink()
            _ = live.attach(link, address: "192.0.2.2", at: sampleTime)

            try await rig.accounts.remove(account.id)

            #expect(rig.fault(of: pair) == .tokenUnknown)
            #expect(rig.registry.device(device.id) == nil)
            #expect(rig.registry.deletedDevice(device.id)?.factoryKey == device.factoryKey)
            #expect(link.closures == [.deviceRemoved])
            #expect(rig.events.removedDevices == [device.id])
            await expect(.accountNotFound) { _ = try await rig.logIn() }
            await expect(.accountNotFound) { try await rig.accounts.remove(account.id) }
        }
    }

    @Test("A restarted server knows the tokens that were alive, and no others")
    func loads() async throws {
        try await withTemporaryStore { store in
            let before = AccountRig(store: store)
            try await before.prepare()
            let (dead, alive) = (try await before.logIn(), try await before.logIn())
            let refreshed = try await before.accounts.refresh(
                alive.refreshToken,
                appID: AccountRig.app,
                from: "192.0.2.1"
            ).tokens
            let after = AccountRig(store: store)

            try await after.accounts.load()

            #expect([dead, alive, refreshed].map(after.fault) == [.tokenUnknown, .tokenUnknown, nil])
            let grant = try after.accounts.authenticate(refreshed.accessToken)
            #expect(try await after.accounts.account(of: grant).identifier == AccountRig.identifier)
        }
    }
}
