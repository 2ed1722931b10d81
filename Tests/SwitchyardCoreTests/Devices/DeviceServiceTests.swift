import CoolkitWire
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import Testing

@Suite("Device service")
struct DeviceServiceTests {
    /// The device side of a server on a real store, with two accounts.
    private struct Rig {
        let store: SQLiteStore
        let registry = DeviceRegistry()
        let clocks = ManualClocks()
        let devices: DeviceService
        static let app = AppID(unchecked: "app")

        init(store: SQLiteStore, settings: ProtocolSettings = ProtocolSettings()) {
            self.store = store
            devices = DeviceService(
                store: store,
                registry: registry,
                bus: LocalBus(),
                settings: settings,
                clock: clocks.wall
            )
        }

        func prepare() async throws {
            try await store.createAccount(.owner, passwordHash: "!")
            try await store.createAccount(.stranger, passwordHash: "!")
        }

        func addition(
            _ id: DeviceID = .sample,
            key: APIKey = .factory,
            name: String? = nil,
            chipID: String = "",
            params: String = "{}"
        ) -> DeviceService.Addition {
            DeviceService.Addition(
                id: id,
                credential: .key(key),
                name: name,
                facts: DeviceFacts(uiid: 1, chipID: chipID),
                params: Array(params.utf8)
            )
        }

        @discardableResult
        func add(_ addition: DeviceService.Addition, to account: Account = .owner) async throws -> DeviceSnapshot {
            try await devices.add(addition, to: account, under: Self.app)
        }
    }

    private func withRig(
        _ settings: ProtocolSettings = ProtocolSettings(),
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await withTemporaryStore { store in
            let rig = Rig(store: store, settings: settings)
            try await rig.prepare()
            try await body(rig)
        }
    }

    @Test("An added device has a name and its first state, also after a restart")
    func adds() async throws {
        try await withRig { rig in
            let added = try await rig.add(rig.addition(params: #"{"parentid":"1000000009"}"#))

            #expect(added.device.name == "My device a1b2c3")
            #expect(added.device.ownerAPIKey == Account.owner.apiKey)
            #expect(added.device.addedUnder == Rig.app)
            #expect(String(decoding: added.params, as: UTF8.self) == #"{"parentid":"1000000009"}"#)
            #expect(!added.isOnline)
            let restarted = Rig(store: rig.store)
            try await restarted.devices.load()
            let loaded = try restarted.devices.device(.sample, visibleTo: Account.owner.id)
            #expect(loaded.device == added.device)
            #expect(loaded.params == added.params)
        }
    }

    @Test("One's own device can be added again, and takes over name and chipid")
    func addsAgain() async throws {
        try await withRig { rig in
            let first = try await rig.add(rig.addition(name: "Lamp"))

            let again = try await rig.add(rig.addition(chipID: "C1"))

            #expect(again.device.name == "Lamp")
            #expect(again.device.credential == first.device.credential)
            #expect(again.device.facts.chipID == "C1")
            #expect(try await rig.store.devices().map(\.0) == [again.device])
            #expect(try await rig.add(rig.addition(name: " Kitchen ")).device.name == "Kitchen")
        }
    }

    @Test("Another key for a device of one's own is refused and changes nothing; removed, it can be added with it")
    func refusesAnotherKey() async throws {
        try await withRig { rig in
            let first = try await rig.add(rig.addition(name: "Lamp"))
            let other = rig.addition(key: APIKey(unchecked: "newKey"), name: "Kitchen", chipID: "C1")

            await expect(.forbidden) { try await rig.add(other) }

            #expect(try rig.devices.device(.sample, visibleTo: Account.owner.id).device == first.device)
            #expect(try await rig.store.devices().map(\.0) == [first.device])
            _ = try await rig.devices.remove(.sample, by: Account.owner.id)
            #expect(try await rig.add(other).device.factoryKey == APIKey(unchecked: "newKey"))
        }
    }

    @Test("Where a device may not be there already it is refused, whoever has it, and nothing changes")
    func refusesExisting() async throws {
        try await withRig { rig in
            let first = try await rig.add(rig.addition(name: "Lamp"))
            var new = rig.addition(name: "Kitchen")
            new.mayExist = false

            await expect(.alreadyExists) { try await rig.add(new) }
            await expect(.deviceOwnedByAnother) { try await rig.add(new, to: .stranger) }

            #expect(try await rig.store.devices().map(\.0) == [first.device])
        }
    }

    @Test("Another's device cannot be added, nor one with the account's own key, nor more than may be")
    func refuses() async throws {
        try await withRig(.changed { $0.maximumDevicesPerAccount = 1 }) { rig in
            try await rig.add(rig.addition())

            await expect(.deviceOwnedByAnother) { try await rig.add(rig.addition(), to: .stranger) }
            await expect(.invalidInput) { try await rig.add(rig.addition(key: Account.owner.apiKey)) }
            await expect(.busy) { try await rig.add(rig.addition(DeviceID(unchecked: "2"))) }
            for params in ["", "[]", "{", "1"] {
                await expect(.invalidInput) {
                    try await rig.add(rig.addition(DeviceID(unchecked: "3"), params: params), to: .stranger)
                }
            }
            #expect(try await rig.store.devices().count == 1)
        }
    }

    @Test(
        "A name is trimmed and has 1 to 128 bytes",
        arguments: [
            ("  \t", nil), ("", nil), (String(repeating: "ü", count: 65), nil),
            (String(repeating: "x", count: 129), nil),
            (" Küche\n", "Küche"), (String(repeating: "ü", count: 64), String(repeating: "ü", count: 64)),
        ] as [(String, String?)]
    )
    func checksNames(name: String, kept: String?) async throws {
        try await withRig { rig in
            try await rig.add(rig.addition(name: "Lamp"))

            if let kept {
                #expect(try await rig.devices.rename(.sample, to: name, by: Account.owner.id).device.name == kept)
            } else {
                await expect(.invalidInput) {
                    _ = try await rig.devices.rename(.sample, to: name, by: Account.owner.id)
                }
            }

            #expect(try await rig.store.devices().map(\.0.name) == [kept ?? "Lamp"])
        }
    }

    @Test("To an account, an unknown and a foreign device are alike")
    func hides() async throws {
        try await withRig { rig in
            try await rig.add(rig.addition())
            let stranger = Account.stranger.id

            for id in [DeviceID.sample, DeviceID(unchecked: "unknown")] {
                await expect(.deviceNotFound) { _ = try rig.devices.device(id, visibleTo: stranger) }
                await expect(.deviceNotFound) { _ = try rig.devices.params(of: id, named: [], visibleTo: stranger) }
                await expect(.deviceNotFound) { _ = try await rig.devices.rename(id, to: "x", by: stranger) }
                await expect(.deviceNotFound) { _ = try await rig.devices.remove(id, by: stranger) }
            }
            #expect(rig.devices.devices(visibleTo: stranger, through: Rig.app).isEmpty)
            #expect(rig.devices.devices(visibleTo: Account.owner.id, through: Rig.app).count == 1)
        }
    }

    @Test("A list can be restricted to what was added under the caller's appid")
    func restrictsLists() async throws {
        try await withRig(.changed { $0.restrictDevicesToAppid = true }) { rig in
            try await rig.add(rig.addition())
            _ = try await rig.devices.add(rig.addition(DeviceID(unchecked: "2")), to: .owner, under: nil)
            _ = try await rig.devices.add(rig.addition(DeviceID(unchecked: "3")), to: .owner, under: AppID("other"))

            let seen = rig.devices.devices(visibleTo: Account.owner.id, through: Rig.app)

            #expect(seen.map(\.device.id.rawValue) == ["1000a1b2c3"])
        }
    }

    @Test("Stored params are an object with what is known of the names")
    func readsParams() async throws {
        try await withRig { rig in
            try await rig.add(rig.addition(params: #"{"switch":"on","rssi":-5}"#))
            func params(_ names: [String]) throws -> String {
                String(buffer: try rig.devices.params(of: .sample, named: names, visibleTo: Account.owner.id))
            }

            #expect(try params([]) == #"{"switch":"on","rssi":-5}"#)
            #expect(try params(["rssi"]) == #"{"rssi":-5}"#)
            #expect(try params(["x"]) == "{}")
        }
    }

    @Test("A removed device is closed, remembered, and free for another account")
    func removes() async throws {
        try await withRig { rig in
            try await rig.add(rig.addition())
            let link = RecordingLink()
            _ = rig.registry.device(.sample)?.attach(link, address: "", at: sampleTime)

            let removed = try await rig.devices.remove(.sample, by: Account.owner.id)

            #expect(removed.device.id == .sample)
            #expect(link.closures == [.deviceRemoved])
            #expect(try await rig.store.devices().isEmpty)
            let restarted = Rig(store: rig.store)
            try await restarted.devices.load()
            #expect(restarted.registry.deletedDevice(.sample)?.factoryKey == .factory)
            await expect(.deviceNotFound) { _ = try await rig.devices.remove(.sample, by: Account.owner.id) }
            #expect(try await rig.add(rig.addition(), to: .stranger).device.owner == Account.stranger.id)
        }
    }

    // MARK: At the same time

    @Test("Adding one's own device many times at once succeeds each time")
    func addsAtOnce() async throws {
        try await withRig { rig in
            let snapshots = try await withThrowingTaskGroup(of: DeviceSnapshot.self) { group in
                for _ in 0..<10 { group.addTask { try await rig.add(rig.addition()) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(Set(snapshots.map(\.device.objectID)).count == 1)
            #expect(rig.registry.devices(of: Account.owner.id).count == 1)
            #expect(try await rig.store.devices().count == 1)
        }
    }

    @Test("Of two accounts that add one device at once, one gets it")
    func addsForTwo() async throws {
        try await withRig { rig in
            let owners = await withTaskGroup(of: AccountID?.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        // The refused ones are counted.
                        try? await rig.add(rig.addition(), to: number.isMultiple(of: 2) ? .owner : .stranger).device
                            .owner
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            #expect(owners.compactMap(\.self).count == 5)
            #expect(Set(owners.compactMap(\.self)).count == 1)
            let stored = try await rig.store.devices().map(\.0.owner)
            #expect(stored == Array(Set(owners.compactMap(\.self))))
        }
    }

    @Test("After adding, renaming and removing at once, store and memory agree", arguments: 0..<10)
    func agrees(round: Int) async throws {
        try await withRig { rig in
            await withTaskGroup { group in
                for number in 0..<30 {
                    group.addTask {
                        // Most of these come too early or too late.
                        switch (number + round) % 4 {
                        case 0: _ = try? await rig.add(rig.addition(name: "a\(number)"))
                        case 1: _ = try? await rig.devices.rename(.sample, to: "b\(number)", by: Account.owner.id)
                        case 2: _ = try? await rig.add(rig.addition(name: "c\(number)"), to: .stranger)
                        default: _ = try? await rig.devices.remove(.sample, by: Account.owner.id)
                        }
                    }
                }
            }

            #expect(try await rig.store.devices().map(\.0) == rig.registry.allDevices().map(\.device))
            let remembered = try await rig.store.deletedDevices().map(\.id)
            #expect(remembered.isEmpty == (rig.registry.deletedDevice(.sample) == nil))
        }
    }
}
