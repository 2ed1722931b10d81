import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Store of v2 groups")
struct ThingGroupStoreTests {
    private func group(
        _ number: Int,
        of account: Account,
        _ members: [Device],
        params: String = "{}"
    ) throws -> ThingGroup {
        ThingGroup(
            id: ThingGroupID(try .sample(number)),
            owner: account.id,
            name: "Gruppe \(number) ü",
            mainDevice: try required(members.first).id,
            members: members.map(\.id),
            params: Array(params.utf8),
            createdAt: sampleTime.advanced(by: .seconds(number))
        )
    }

    @Test(
        "Groups come back by time of creation with their members in order, each account's own",
        arguments: StoreImplementation.allCases
    )
    func stores(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let (lamp, plug) = (try await store.addDevice(1, owner: ann), try await store.addDevice(2, owner: ann))
            let second = try group(2, of: ann, [lamp])
            let first = try group(1, of: ann, [plug, lamp], params: #"{"switch":"on","big":1e400}"#)
            for group in [second, first] { try await store.createThingGroup(group, limit: 2) }

            #expect(try await store.thingGroups(of: ann.id) == [first, second])
            #expect(try await store.thingGroup(first.id, of: ann.id) == first)
            #expect(try await store.thingGroup(first.id, of: bob.id) == nil)
            #expect(try await store.thingGroups(of: bob.id).isEmpty)
            await expect(.tooManyGroups) { try await store.createThingGroup(try group(3, of: ann, [lamp]), limit: 2) }
            let stranger = try Account.sample(9)
            await expect(.accountNotFound) {
                try await store.createThingGroup(try group(3, of: stranger, [lamp]), limit: 2)
            }
        }
    }

    @Test("A change changes what it names, or nothing", arguments: StoreImplementation.allCases)
    func changes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let (lamp, plug) = (try await store.addDevice(1, owner: ann), try await store.addDevice(2, owner: ann))
            let foreign = try await store.addDevice(3, owner: bob)
            var stored = try group(1, of: ann, [lamp])
            try await store.createThingGroup(stored, limit: 9)

            try await store.changeThingGroup(stored.id, of: ann.id, ThingGroupChange(name: "Flur"))
            stored.name = "Flur"
            #expect(try await store.thingGroups(of: ann.id) == [stored])
            let change = ThingGroupChange(members: [lamp.id, plug.id], params: Array(#"{"switch":"off"}"#.utf8))
            try await store.changeThingGroup(stored.id, of: ann.id, change)
            (stored.members, stored.params) = ([lamp.id, plug.id], Array(#"{"switch":"off"}"#.utf8))
            #expect(try await store.thingGroups(of: ann.id) == [stored])

            await expect(.deviceNotFound) {
                let change = ThingGroupChange(name: "x", members: [lamp.id, foreign.id])
                try await store.changeThingGroup(stored.id, of: ann.id, change)
            }
            await expect(.notFound) {
                try await store.changeThingGroup(stored.id, of: bob.id, ThingGroupChange(name: "x"))
            }
            await expect(.notFound) { try await store.removeThingGroup(stored.id, of: bob.id) }
            await expect(.deviceNotFound) {
                try await store.createThingGroup(try group(2, of: ann, [foreign, lamp]), limit: 9)
            }
            #expect(try await store.thingGroups(of: ann.id) == [stored])

            try await store.removeThingGroup(stored.id, of: ann.id)
            #expect(try await store.thingGroups(of: ann.id).isEmpty)
            #expect(try await store.devices().count == 3)
        }
    }

    @Test("A member leaves with its device; a group goes with its main device", arguments: StoreImplementation.allCases)
    func followsDevices(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let ann = try await store.addAccount(1)
            let (lamp, plug) = (try await store.addDevice(1, owner: ann), try await store.addDevice(2, owner: ann))
            var stored = try group(1, of: ann, [lamp, plug])
            try await store.createThingGroup(stored, limit: 9)

            try await store.removeDevice(plug.id, at: sampleTime)
            stored.members = [lamp.id]
            #expect(try await store.thingGroups(of: ann.id) == [stored])
            try await store.removeDevice(lamp.id, at: sampleTime)
            #expect(try await store.thingGroups(of: ann.id).isEmpty)
        }
    }

    @Test("So it is with a shared device when its share ends", arguments: StoreImplementation.allCases)
    func followsShares(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let (lamp, own) = (try await store.addDevice(1, owner: ann), try await store.addDevice(2, owner: bob))
            let annsGroup = try group(1, of: ann, [lamp])
            let led = try group(2, of: bob, [lamp, own])
            var mixed = try group(3, of: bob, [own, lamp])
            try await store.createThingGroup(annsGroup, limit: 9)
            await expect(.deviceNotFound) { try await store.createThingGroup(led, limit: 9) }
            _ = try await store.addShare(of: lamp, owner: ann, receiver: bob)
            for group in [led, mixed] { try await store.createThingGroup(group, limit: 9) }

            try await store.removeShare(lamp.id, with: bob.id)

            mixed.members = [own.id]
            #expect(try await store.thingGroups(of: bob.id) == [mixed])
            #expect(try await store.thingGroups(of: ann.id) == [annsGroup])
            _ = try await store.removeAccount(bob.id, at: sampleTime)
            #expect(try await store.thingGroups(of: bob.id).isEmpty)
        }
    }
}
