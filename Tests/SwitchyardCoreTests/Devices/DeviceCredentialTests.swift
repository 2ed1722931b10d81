import CoolkitWire
import NIOCore
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

/// Source of the rules: `coolkit-v2-http.md` §4.2, the last one.
@Suite("Devices added by their digest")
struct DeviceCredentialTests {
    private struct Rig {
        let store: SQLiteStore
        let registry = DeviceRegistry()
        let devices: DeviceService
        static let app = AppID(unchecked: "app")

        init(_ store: SQLiteStore) {
            self.store = store
            devices = DeviceService(
                store: store,
                registry: registry,
                bus: LocalBus(),
                settings: ProtocolSettings(),
                clock: ManualClocks().wall
            )
        }

        @discardableResult
        func add(
            _ credential: DeviceCredential,
            chipID: String = "",
            settings: JSONObject = [:],
            to account: Account = .owner
        ) async throws -> Device {
            var addition = DeviceService.Addition(
                id: .sample,
                credential: credential,
                facts: DeviceFacts(uiid: 1, chipID: chipID)
            )
            addition.settings = settings
            return try await devices.add(addition, to: account, under: Self.app).device
        }

        /// What the hub does with a `register`; true when it was accepted.
        func register(_ key: APIKey) throws -> Bool {
            let registration = DeviceRegistration(id: .sample, factoryKey: key, version: 8)
            guard case .accepted(let device) = registry.decide(registration, strictChipID: false) else { return false }
            _ = device.learn(from: registration)
            return true
        }

        func importRecord(_ source: FactoryRecord.Source, key: APIKey = .factory, chipID: String = "") async throws {
            let record = FactoryRecord(
                id: .sample,
                factoryKey: key,
                model: "PSF-B04-GL",
                chipID: chipID,
                source: source,
                createdAt: sampleTime
            )
            if source == .operator { return try await devices.importRecords([record]) }
            try await store.noteArrivals([record])
            try await devices.load()
        }
    }

    private func withRig(_ body: (Rig) async throws -> Void) async throws {
        try await withTemporaryStore { store in
            try await store.createAccount(.owner, passwordHash: "!")
            try await store.createAccount(.stranger, passwordHash: "!")
            try await body(Rig(store))
        }
    }

    private static let digest = KeyDigest(of: .factory, and: .sample)
    private static let wrongKey = APIKey(unchecked: "d0d0d0d0-1111-4222-8333-444455559999")
    private static let wrongDigest = KeyDigest(of: wrongKey, and: .sample)

    @Test("A digest is 64 hex characters in either case, and SHA-256 of deviceid and apikey")
    func readsDigests() throws {
        let text = DeviceDigest.sha256(DeviceID.sample.rawValue + APIKey.factory.rawValue)

        #expect(KeyDigest(text) == Self.digest)
        #expect(KeyDigest(text.uppercased()) == Self.digest)
        for wrong in ["", String(text.dropLast()), text + "0", "g" + text.dropFirst(), "ü" + text.dropFirst(2)] {
            #expect(KeyDigest(wrong) == nil, "\(wrong)")
        }
        #expect(Self.digest.fits(.factory, of: .sample))
        #expect(!Self.digest.fits(.factory, of: DeviceID(unchecked: "1000a1b2c4")))
        #expect(!Self.digest.fits(Self.wrongKey, of: .sample))
    }

    @Test("The first key with the digest is kept, another one is refused before and after; a restart changes nothing")
    func learnsKey() async throws {
        try await withRig { rig in
            try await rig.add(.awaited(Self.digest))
            let live = try #require(rig.registry.device(.sample))
            #expect(live.snapshot.deviceKey == nil)

            #expect(try !rig.register(Self.wrongKey))
            #expect(live.device.credential == .awaited(Self.digest))
            let restarted = Rig(rig.store)
            try await restarted.devices.load()
            #expect(try !restarted.register(Self.wrongKey))
            #expect(try restarted.register(.factory))

            #expect(try rig.register(.factory))
            #expect(live.device.credential == .key(.factory))
            #expect(live.snapshot.deviceKey == .factory)
            #expect(try !rig.register(Self.wrongKey))
            #expect(try rig.register(.factory))
        }
    }

    @Test("A key is learned once, and not at all from a registration that the digest does not fit")
    func learnsOnce() throws {
        var device = Device.sample()
        device.credential = .awaited(Self.digest)
        let live = try LiveDevice.sample(device)

        #expect(!live.learn(from: DeviceRegistration(id: .sample, factoryKey: Self.wrongKey, version: 8)))
        #expect(live.learn(from: DeviceRegistration(id: .sample, factoryKey: .factory, version: 8)))
        #expect(!live.learn(from: DeviceRegistration(id: .sample, factoryKey: .factory, version: 8)))
    }

    @Test("A dispatch with the right key tells it too, and it is stored")
    func learnsAtDispatch() async throws {
        try await withRig { rig in
            try await rig.add(.awaited(Self.digest))
            func dispatch(_ key: APIKey) async throws {
                let device = DeviceRegistration(id: .sample, factoryKey: key, version: nil, model: "PSF-B04-GL")
                try await rig.devices.learn(fromDispatchOf: device)
            }

            try await dispatch(Self.wrongKey)
            #expect(try await rig.store.devices().map(\.0.credential) == [.awaited(Self.digest)])
            try await dispatch(.factory)

            #expect(try await rig.store.devices().map(\.0.credential) == [.key(.factory)])
            #expect(rig.registry.device(.sample)?.device.facts.model == "PSF-B04-GL")
        }
    }

    @Test("With the operator's record the digest is checked at once, and the chipid")
    func checksAgainstRecord() async throws {
        try await withRig { rig in
            try await rig.importRecord(.operator, chipID: "C1")

            await expect(.digestWrong) { try await rig.add(.awaited(Self.wrongDigest)) }
            await expect(.chipIDWrong) { try await rig.add(.awaited(Self.digest), chipID: "C2") }
            #expect(try await rig.store.devices().isEmpty)
            let added = try await rig.add(.awaited(Self.digest))

            #expect(added.credential == .key(.factory))
            #expect(added.facts == DeviceFacts(uiid: 4, model: "PSF-B04-GL", chipID: "C1"))
            #expect(try await rig.store.devices().map(\.0) == [added])
        }
    }

    @Test("What a device left by itself tells the key if the digest fits it, and proves nothing if not")
    func adoptedRecordsDoNotBind() async throws {
        for (key, credential) in [
            (APIKey.factory, DeviceCredential.key(.factory)), (Self.wrongKey, .awaited(Self.digest)),
        ] {
            try await withRig { rig in
                try await rig.importRecord(.adopted, key: key, chipID: "C1")

                let added = try await rig.add(.awaited(Self.digest), chipID: "C2")

                #expect(added.credential == credential)
                #expect(rig.devices.knownDevices().isEmpty)
            }
        }
    }

    @Test("A digest of a device of one's own must be that of its key; while none is known the newer one counts")
    func addsAgain() async throws {
        try await withRig { rig in
            try await rig.add(.awaited(Self.wrongDigest))
            let corrected = try await rig.add(.awaited(Self.digest), settings: ["opsNotify": 1, "offlineNotify": 1])
            #expect(corrected.credential == .awaited(Self.digest))
            #expect(corrected.settings[.opsNotify])
            #expect(try await rig.store.devices().map(\.0) == [corrected])
            #expect(try rig.register(.factory))

            await expect(.digestWrong) { try await rig.add(.awaited(Self.wrongDigest)) }
            let again = try await rig.add(.awaited(Self.digest))

            #expect(again.credential == .key(.factory))
            #expect(again.settings == corrected.settings)
            await expect(.deviceOwnedByAnother) { try await rig.add(.awaited(Self.digest), to: .stranger) }
        }
    }

    @Test("An app of version 1 may still bring the key itself, and it takes the digest's place")
    func addsWithKeyLater() async throws {
        try await withRig { rig in
            try await rig.add(.awaited(Self.wrongDigest))

            let again = try await rig.add(.key(.factory))

            #expect(again.credential == .key(.factory))
            #expect(try await rig.store.devices().map(\.0) == [again])
            #expect(try rig.register(.factory))
        }
    }

    @Test("The digest of the account's own apikey, and settings that cannot be, are refused")
    func refuses() async throws {
        try await withRig { rig in
            let own = KeyDigest(of: Account.owner.apiKey, and: .sample)

            await expect(.invalidInput) { try await rig.add(.awaited(own)) }
            await expect(.invalidInput) { try await rig.add(.awaited(Self.digest), settings: ["opsNotify": 2]) }

            let stored = try await rig.store.devices()
            #expect(stored.isEmpty)
        }
    }

    @Test("Without a known key nothing is signed with one: no report, no download, no QR code")
    func signsNothing() async throws {
        try await withRig { rig in
            try await rig.add(.awaited(Self.digest))
            let code = DeviceDigest.gsm(deviceID: .sample, apiKey: .factory)
            await expect(.deviceNotFound) {
                _ = try await rig.devices.add(gsmID: code, named: nil, to: .owner, under: Rig.app)
            }

            #expect(try rig.register(.factory))

            let found = try await rig.devices.add(gsmID: code, named: "Gate", to: .owner, under: Rig.app)
            #expect(found.device.name == "Gate")
        }
    }

    @Test("One that was never here leaves no memory, one that was does")
    func remembers() async throws {
        try await withRig { rig in
            try await rig.add(.awaited(Self.digest))
            _ = try await rig.devices.remove(.sample, by: Account.owner.id)
            #expect(rig.registry.deletedDevice(.sample) == nil)

            try await rig.add(.awaited(Self.digest))
            #expect(try rig.register(.factory))
            _ = try await rig.devices.remove(.sample, by: Account.owner.id)
            #expect(rig.registry.deletedDevice(.sample)?.factoryKey == .factory)
        }
    }
}
