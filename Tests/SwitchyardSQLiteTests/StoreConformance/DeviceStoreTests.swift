import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Device store")
struct DeviceStoreTests {
    @Test("A device comes back as it was stored, with an empty state", arguments: StoreImplementation.allCases)
    func storesDevices(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)

            let (first, second) = (
                try await store.addDevice(1, owner: owner), try await store.addDevice(2, owner: owner)
            )

            let stored = try await store.devices().sorted { $0.0.createdAt < $1.0.createdAt }
            #expect(stored.map(\.0) == [first, second])
            #expect(stored.map(\.1) == [DeviceState(id: first.id), DeviceState(id: second.id)])
        }
    }

    @Test("A device is added once, and only to an account that exists", arguments: StoreImplementation.allCases)
    func refusesDevices(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (owner, other) = (try await store.addAccount(1), try await store.addAccount(2))
            let device = try await store.addDevice(1, owner: owner)

            await expect(.alreadyExists) { _ = try await store.addDevice(1, owner: other) }
            await expect(.accountNotFound) { _ = try await store.addDevice(2, owner: try .sample(9)) }

            #expect(try await store.devices().map(\.0) == [device])
        }
    }

    @Test(
        "A change of the owner and one of the facts rewrite their own part, and keep the state",
        arguments: StoreImplementation.allCases
    )
    func updatesDevices(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            var device = try await store.addDevice(1, owner: try await store.addAccount(1))
            let state = DeviceState(id: device.id, params: Array(#"{"switch":"on"}"#.utf8))
            try await store.saveStates([state])
            let chipID = device.facts.chipID
            device.name = "Küche"
            device.credential = .key(APIKey(unchecked: "changed"))
            device.facts = DeviceFacts(uiid: 6, chipID: chipID)

            try await store.changeDevice(device.id, DeviceChange(name: "Küche"))
            try await store.changeDevice(device.id, DeviceChange(credential: device.credential))
            try await store.saveFacts(DeviceFacts(uiid: 6, chipID: "another"), key: nil, of: device.id)

            #expect(!chipID.isEmpty)
            #expect(try await store.devices().map(\.0) == [device])
            #expect(try await store.devices().map(\.1) == [state])

            try await store.changeDevice(device.id, DeviceChange(chipID: ""))
            try await store.saveFacts(DeviceFacts(uiid: 6, chipID: "first"), key: nil, of: device.id)

            #expect(try await store.devices().map(\.0.facts) == [DeviceFacts(uiid: 6, chipID: "first")])
            let stranger = DeviceID(unchecked: "1000000009")
            await expect(.deviceNotFound) { try await store.changeDevice(stranger, DeviceChange(name: "x")) }
            await expect(.deviceNotFound) { try await store.saveFacts(DeviceFacts(uiid: 1), key: nil, of: stranger) }
        }
    }

    @Test(
        "Settings, tags, options and app ids are kept, each change rewriting its own part",
        arguments: StoreImplementation.allCases
    )
    func storesSettings(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            var device = try await store.addDevice(1, owner: try await store.addAccount(1))
            var second = try Device.sample(2, owner: try await store.addAccount(2))
            second.isInterfaceChosen = true
            second.settings[.opsNotify] = true
            second.tags = ["a": [1.0]]
            second.applications = [AppID(unchecked: "x")]
            try await store.createDevice(second, state: DeviceState(id: second.id))

            var changes: [DeviceChange] = [
                DeviceChange(), DeviceChange(), DeviceChange(), DeviceChange(), DeviceChange(),
            ]
            for setting in DeviceSetting.allCases { device.settings[setting].toggle() }
            device.settings.others = ["minTemperature": -99999.0, "ü": 1]
            changes[0].settings = device.settings
            device.tags = ["ck_channel_name": ["0": "ü\"", "1": 1.50]]
            changes[1].tags = device.tags
            device.applications = [AppID(unchecked: "x"), AppID(unchecked: "y")]
            changes[2].applications = device.applications
            device.options = DeviceOptions(ackByUpdate: !device.options.ackByUpdate, fullSwitchesArray: false)
            changes[3].options = device.options
            (device.facts.uiid, device.isInterfaceChosen) = (44, true)
            changes[4].uiid = 44
            for change in changes { try await store.changeDevice(device.id, change) }
            #expect(Set(try await store.devices().map(\.0)) == [device, second])

            // What was chosen is not guessed again.
            var facts = device.facts
            facts.uiid = 1
            try await store.saveFacts(facts, key: device.factoryKey, of: device.id)
            device.applications = []
            var change = DeviceChange()
            change.applications = []
            try await store.changeDevice(device.id, change)
            #expect(Set(try await store.devices().map(\.0)) == [device, second])
        }
    }

    @Test(
        "A device whose key is not known has its digest, until a key that fits is kept",
        arguments: StoreImplementation.allCases
    )
    func storesAwaitedKeys(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            var device = try Device.sample(1, owner: owner)
            let key = try #require(device.factoryKey)
            device.credential = .awaited(KeyDigest(of: key, and: device.id))
            try await store.createDevice(device, state: DeviceState(id: device.id))
            #expect(try await store.devices().map(\.0) == [device])

            // Another key, another device's key, and none.
            let facts = device.facts
            try await store.saveFacts(facts, key: APIKey(unchecked: "another"), of: device.id)
            try await store.saveFacts(facts, key: nil, of: device.id)
            #expect(try await store.devices().map(\.0.credential) == [device.credential])

            try await store.saveFacts(facts, key: key, of: device.id)
            #expect(try await store.devices().map(\.0.credential) == [.key(key)])

            // What is known stays, as it does when the owner brings another one meanwhile.
            try await store.changeDevice(device.id, DeviceChange(credential: .key(APIKey(unchecked: "changed"))))
            try await store.saveFacts(facts, key: key, of: device.id)
            #expect(try await store.devices().map(\.0.credential) == [.key(APIKey(unchecked: "changed"))])
            try await store.changeDevice(device.id, DeviceChange(credential: device.credential))
            #expect(try await store.devices().map(\.0.credential) == [device.credential])
        }
    }

    @Test(
        "A device that never showed its key leaves nothing behind, nor do those of a removed account",
        arguments: StoreImplementation.allCases
    )
    func forgetsUnprovenDevices(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            for number in 1...2 {
                var device = try Device.sample(number, owner: owner)
                device.credential = .awaited(KeyDigest(of: APIKey(unchecked: "k"), and: device.id))
                try await store.createDevice(device, state: DeviceState(id: device.id))
            }
            let first = try #require(try await store.devices().first?.0)

            try await store.removeDevice(first.id, at: sampleTime)
            #expect(try await store.devices().count == 1)
            _ = try await store.removeAccount(owner.id, at: sampleTime)

            #expect(try await store.devices().isEmpty)
            #expect(try await store.deletedDevices().isEmpty)
        }
    }

    @Test("A removed device is remembered until it is added again", arguments: StoreImplementation.allCases)
    func removesDevices(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let device = try await store.addDevice(1, owner: owner)
            try await store.saveStates([DeviceState(id: device.id, params: Array(#"{"switch":"on"}"#.utf8))])

            try await store.removeDevice(device.id, at: sampleTime)
            try await store.setTimesTold(3, of: device.id)
            try await store.setTimesTold(1, of: DeviceID(unchecked: "1000000009"))

            let expected = DeletedDevice(
                id: device.id,
                factoryKey: try #require(device.factoryKey),
                owner: device.owner,
                timesTold: 3,
                deletedAt: sampleTime
            )
            #expect(try await store.deletedDevices() == [expected])
            #expect(try await store.devices().isEmpty)
            await expect(.deviceNotFound) { try await store.removeDevice(device.id, at: sampleTime) }

            let state = DeviceState(id: device.id, params: Array(#"{"parentid":"1000000009"}"#.utf8))
            try await store.createDevice(device, state: state)

            #expect(try await store.deletedDevices().isEmpty)
            #expect(try await store.devices().map(\.1) == [state])
        }
    }

    @Test(
        "Of an account the newest deleted devices are remembered, of others theirs",
        arguments: StoreImplementation.allCases
    )
    func boundsMemory(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (owner, other) = (try await store.addAccount(1), try await store.addAccount(2))
            let foreign = try await store.addDevice(0, owner: other)
            try await store.removeDevice(foreign.id, at: sampleTime)
            let limit = DeletedDevice.limitPerAccount

            for number in 1...limit + 5 {
                let device = try await store.addDevice(number, owner: owner)
                try await store.removeDevice(device.id, at: sampleTime.advanced(by: .seconds(number)))
            }

            let remembered = try await store.deletedDevices()
            #expect(remembered.first?.id == foreign.id)
            #expect(remembered.dropFirst().map(\.id) == (6...limit + 5).map { DeviceID(unchecked: "100000000\($0)") })
            try await store.removeDeletedDevices(before: sampleTime.advanced(by: .seconds(limit + 5)))
            #expect(try await store.deletedDevices() == remembered.suffix(1))
        }
    }

    @Test(
        "Of an account that is removed with more devices so many are remembered",
        arguments: StoreImplementation.allCases
    )
    func boundsMemoryOfAccount(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            for number in 1...DeletedDevice.limitPerAccount + 2 { _ = try await store.addDevice(number, owner: owner) }

            _ = try await store.removeAccount(owner.id, at: sampleTime)

            #expect(try await store.deletedDevices().count == DeletedDevice.limitPerAccount)
        }
    }

    @Test(
        "States are written in one go, byte for byte; the last of a device wins",
        arguments: StoreImplementation.allCases
    )
    func savesStates(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let (first, second) = (
                try await store.addDevice(1, owner: owner), try await store.addDevice(2, owner: owner)
            )
            let outdated = DeviceState(id: first.id, params: Array(#"{"a":1}"#.utf8), address: "192.0.2.1")
            let newest = DeviceState(
                id: first.id,
                params: Array(#"{"a":1.0,"b":"1","a":[1e2,null,"ü€😀","é\/"],"c":{}}"#.utf8),
                onlineTime: sampleTime,
                offlineTime: UnixTime(milliseconds: sampleTime.milliseconds + 1),
                address: "2001:db8::1"
            )
            let gone = DeviceState(id: DeviceID(unchecked: "1000000009"))

            try await store.saveStates([])
            try await store.saveStates([outdated, gone, newest])

            let states = Dictionary(uniqueKeysWithValues: try await store.devices().map { ($0.0.id, $0.1) })
            #expect(states == [first.id: newest, second.id: DeviceState(id: second.id)])
        }
    }

    @Test("A state of 64 KiB is kept", arguments: StoreImplementation.allCases)
    func savesLargestState(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let device = try await store.addDevice(1, owner: try await store.addAccount(1))
            let text = String(repeating: "x", count: 65_536 - 8)
            let state = DeviceState(id: device.id, params: Array("{\"a\":\"\(text)\"}".utf8))

            try await store.saveStates([state])

            #expect(state.params.count == 65_536)
            #expect(try await store.devices().map(\.1) == [state])
        }
    }

    @Test(
        "One state that is no JSON object refuses the batch, which then changed nothing",
        arguments: StoreImplementation.allCases,
        [#"{"a":"#, "[]", "", "1", "{} ,", "{\"a\":\u{1}}"].map { Array($0.utf8) } + [[0x7B, 0x22, 0xFF, 0x22, 0x7D]]
    )
    func refusesOtherThanJSON(implementation: StoreImplementation, params: [UInt8]) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let (first, second) = (
                try await store.addDevice(1, owner: owner), try await store.addDevice(2, owner: owner)
            )
            let good = DeviceState(id: first.id, params: Array(#"{"a":1}"#.utf8))

            await expect(.invalidInput) {
                try await store.saveStates([good, DeviceState(id: second.id, params: params)])
            }

            #expect(Set(try await store.devices().map(\.1.params)) == [Array("{}".utf8)])
        }
    }
}
