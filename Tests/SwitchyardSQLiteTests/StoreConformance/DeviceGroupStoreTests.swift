import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Group store")
struct DeviceGroupStoreTests {
    private func group(_ number: Int, of account: Account) throws -> DeviceGroup {
        let digits = String(number, radix: 16)
        return DeviceGroup(
            id: try required(GroupID(String(repeating: "0", count: 32 - digits.utf8.count) + digits)),
            account: account.id,
            name: "Group \(number) ü",
            index: 0,
            createdAt: sampleTime.advanced(by: .seconds(number))
        )
    }

    /// Stores a group and returns it.
    private func add(
        _ number: Int,
        at place: GroupPlace = .last,
        to account: Account,
        _ store: any Store
    ) async throws -> DeviceGroup {
        let group = try group(number, of: account)
        try await store.createGroup(group, at: place, limit: 10)
        return group
    }

    private func indexes(_ account: Account, _ store: any Store) async throws -> [String] {
        try await store.groups(of: account.id).map { "\($0.index) \($0.name.split(separator: " ")[1])" }
    }

    @Test("Groups come back by index, each account's own", arguments: StoreImplementation.allCases)
    func stores(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            var first = try await add(1, to: ann, store)
            var second = try await add(2, at: .at(1), to: ann, store)
            var other = try await add(3, to: bob, store)

            (first.index, second.index, other.index) = (2, 1, 1)
            #expect(try await store.groups(of: ann.id) == [second, first])
            #expect(try await store.groups(of: bob.id) == [other])
            let stranger = try Account.sample(9)
            await expect(.accountNotFound) { _ = try await add(4, to: stranger, store) }
        }
    }

    @Test("A taken place moves that group and all later ones; a free one none", arguments: StoreImplementation.allCases)
    func places(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            _ = try await add(9, to: bob, store)
            let first = try await add(1, to: ann, store)
            for number in 2...3 { _ = try await add(number, to: ann, store) }
            _ = try await add(4, at: .at(2), to: ann, store)
            #expect(try await indexes(ann, store) == ["1 1", "2 4", "3 2", "4 3"])

            try await store.changeGroup(first.id, of: ann.id, name: nil, place: .last)
            #expect(try await indexes(ann, store) == ["2 4", "3 2", "4 3", "5 1"])
            try await store.changeGroup(first.id, of: ann.id, name: nil, place: .at(3))
            #expect(try await indexes(ann, store) == ["2 4", "3 1", "4 2", "5 3"])
            try await store.changeGroup(first.id, of: ann.id, name: "x renamed", place: nil)
            #expect(try await indexes(ann, store) == ["2 4", "3 renamed", "4 2", "5 3"])
            #expect(try await indexes(bob, store) == ["1 9"])
        }
    }

    @Test("Another account's group is as good as none; a bound is kept", arguments: StoreImplementation.allCases)
    func refuses(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let own = try await add(1, to: ann, store)
            let before = try await store.groups(of: ann.id)

            await expect(.invalidInput) {
                try await store.changeGroup(own.id, of: bob.id, name: "x", place: .at(1))
            }
            await expect(.invalidInput) { try await store.removeGroup(own.id, of: bob.id) }
            await expect(.invalidInput) { try await store.removeGroup(.random(), of: ann.id) }
            await expect(.invalidInput) {
                try await store.createGroup(try group(2, of: ann), at: .at(1), limit: 1)
            }

            #expect(try await store.groups(of: ann.id) == before)
        }
    }

    @Test("Devices are moved all together or not at all", arguments: StoreImplementation.allCases)
    func moves(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let lamp = try await store.addDevice(1, owner: ann)
            let device = lamp.id
            let (first, second) = (try await add(1, to: ann, store).id, try await add(2, to: ann, store).id)
            let foreign = try await add(3, to: bob, store).id
            func move(_ source: GroupID?, _ target: GroupID?, _ keepsOthers: Bool = true) -> GroupMove {
                GroupMove(device: device, source: source, target: target, keepsOthers: keepsOthers)
            }

            try await store.moveDevices([move(nil, second), move(nil, first), move(nil, first)], of: ann.id)
            #expect(try await store.memberships(of: ann.id) == [device: [first, second]])
            #expect(try await store.memberships(of: ann.id, with: device) == [first, second])
            // Bob may not, until it is shared with him; then he has it in a group of his own.
            await expect(.invalidInput) { try await store.moveDevices([move(nil, foreign)], of: bob.id) }
            try await store.createShare(
                .sample(of: lamp, owner: ann, receiver: bob),
                limits: ShareLimits(perDevice: 9, perReceiver: 9)
            )
            try await store.moveDevices([move(nil, foreign)], of: bob.id)

            for wrong in [move(nil, foreign), move(foreign, nil), move(nil, .random())] {
                await expect(.invalidInput) { try await store.moveDevices([move(first, nil), wrong], of: ann.id) }
            }
            await expect(.invalidInput) {
                let absent = DeviceID(unchecked: "1000000009")
                try await store.moveDevices(
                    [move(first, nil), GroupMove(device: absent, source: nil, target: first, keepsOthers: true)],
                    of: ann.id
                )
            }
            #expect(try await store.memberships(of: ann.id) == [device: [first, second]])

            try await store.moveDevices([move(nil, second, false)], of: ann.id)
            #expect(try await store.memberships(of: ann.id) == [device: [second]])
            #expect(try await store.memberships(of: bob.id) == [device: [foreign]])
            // The share ends: his group loses the device, hers does not.
            try await store.removeShare(device, with: bob.id)
            #expect(try await store.memberships(of: bob.id).isEmpty)
            #expect(try await store.memberships(of: ann.id) == [device: [second]])
            try await store.moveDevices([move(second, nil)], of: ann.id)
            #expect(try await store.memberships(of: ann.id).isEmpty)
        }
    }

    @Test("Memberships go with the group, the device and the account", arguments: StoreImplementation.allCases)
    func cascades(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let ann = try await store.addAccount(1)
            let devices = [try await store.addDevice(1, owner: ann).id, try await store.addDevice(2, owner: ann).id]
            let groups = [try await add(1, to: ann, store).id, try await add(2, to: ann, store).id]
            let moves = devices.flatMap { device in
                groups.map { GroupMove(device: device, source: nil, target: $0, keepsOthers: true) }
            }
            try await store.moveDevices(moves, of: ann.id)

            try await store.removeGroup(groups[0], of: ann.id)
            #expect(try await store.memberships(of: ann.id) == [devices[0]: [groups[1]], devices[1]: [groups[1]]])
            try await store.removeDevice(devices[0], at: sampleTime)
            #expect(try await store.memberships(of: ann.id) == [devices[1]: [groups[1]]])
            _ = try await store.removeAccount(ann.id, at: sampleTime)
            #expect(try await store.memberships(of: ann.id).isEmpty)
            #expect(try await store.groups(of: ann.id).isEmpty)
        }
    }

    @Test("A change of a device can put it into a group, or changes nothing", arguments: StoreImplementation.allCases)
    func placesByChange(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let device = try await store.addDevice(1, owner: ann)
            let (own, foreign) = (try await add(1, to: ann, store).id, try await add(2, to: bob, store).id)
            var change = DeviceChange(name: "Porch")
            change.group = .init(group: foreign, account: ann.id)

            await expect(.invalidInput) { try await store.changeDevice(device.id, change) }
            #expect(try await store.devices().map(\.0) == [device])

            change.group = .init(group: own, account: ann.id)
            try await store.changeDevice(device.id, change)
            #expect(try await store.memberships(of: ann.id) == [device.id: [own]])
            #expect(try await store.devices().map(\.0.name) == ["Porch"])
        }
    }
}
