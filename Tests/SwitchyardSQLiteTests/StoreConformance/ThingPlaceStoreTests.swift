import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Place store")
struct ThingPlaceStoreTests {
    private func firstHome(of account: Account, _ store: any Store) async throws -> HomeID {
        try #require(try await store.homes(of: account.id).first).id
    }

    private func addHome(_ number: Int, rooms: [Int], to account: Account, _ store: any Store) async throws -> Home {
        try await store.createHome(
            .sample(number, of: account, rooms: rooms),
            at: .back,
            limits: HomeLimits(homes: 9)
        )
    }

    /// The last characters of the ids with their indexes.
    private func summary(_ contents: HomeContents) -> [String] {
        contents.things.map { "\($0.thing.description.suffix(1))@\($0.place.index)" }
    }

    @Test(
        "A device comes with its place: in front of the current home, or where it was wanted",
        arguments: StoreImplementation.allCases
    )
    func placesDevices(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let first = try await firstHome(of: ann, store)
            let second = try await addHome(2, rooms: [1], to: ann, store)
            let foreign = try await addHome(3, rooms: [2], to: bob, store)
            func add(_ number: Int, _ placement: Placement) async throws {
                let device = try Device.sample(number, owner: ann)
                try await store.createDevice(device, state: DeviceState(id: device.id), at: placement)
            }

            for number in 1...2 { _ = try await store.addDevice(number, owner: ann) }
            try await add(3, Placement(sort: .back))
            try await add(4, Placement(home: second.id))
            try await add(5, Placement(room: second.rooms[0].id, sort: .back))
            for placement in [
                Placement(home: foreign.id), Placement(room: foreign.rooms[0].id),
                Placement(home: HomeID(try .sample(9))),
                Placement(home: first, room: second.rooms[0].id),
            ] {
                await expect(.notFound) { try await add(6, placement) }
            }

            #expect(try await store.devices().count == 5)
            #expect(summary(try await store.contents(of: nil, of: ann.id)) == ["2@-2", "1@-1", "3@0"])
            let contents = try await store.contents(of: second.id, of: ann.id)
            #expect(summary(contents) == ["4@-1", "5@0"])
            #expect(contents.things.map(\.place.room) == [nil, second.rooms[0].id])
            await expect(.notFound) { _ = try await store.contents(of: second.id, of: bob.id) }
            #expect(try await store.contents(of: nil, of: bob.id).things.isEmpty)
        }
    }

    @Test("A receiver has a place of his own, which ends with the share", arguments: StoreImplementation.allCases)
    func placesShares(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let home = try await addHome(2, rooms: [1], to: bob, store)
            let (lamp, plug) = (try await store.addDevice(1, owner: ann), try await store.addDevice(2, owner: ann))
            let things = [ThingID.device(lamp.id), .device(plug.id)]
            let owned = try await store.places(of: ann.id)

            _ = try await store.addShare(of: lamp, owner: ann, receiver: bob)
            let limits = ShareLimits(perDevice: 9, perReceiver: 9)
            let share = Share.sample(of: plug, owner: ann, receiver: bob)
            let hers = Placement(home: try await firstHome(of: ann, store))
            await expect(.notFound) { try await store.createShare(share, limits: limits, at: hers) }
            try await store.createShare(share, limits: limits, at: Placement(room: home.rooms[0].id, sort: .back))

            let received = try await store.places(of: things, for: bob.id)
            #expect(received == (try await store.places(of: bob.id)))
            #expect(received[things[1]] == ThingPlace(home: home.id, room: home.rooms[0].id, index: 1))
            #expect(received[things[0]]?.home == (try await firstHome(of: bob, store)))
            // No share of the owner's own to end: her place stays.
            try await store.removeShare(lamp.id, with: ann.id)
            try await store.removeShare(plug.id, with: bob.id)
            #expect(Array(try await store.places(of: bob.id).keys) == [things[0]])
            #expect(try await store.places(of: ann.id) == owned)
            try await store.removeDevice(lamp.id, at: sampleTime)
            #expect(try await store.places(of: bob.id).isEmpty)
            #expect(Array(try await store.places(of: ann.id).keys) == [things[1]])
        }
    }

    @Test("A thing keeps its index in its home, and gets a new one in another", arguments: StoreImplementation.allCases)
    func moves(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let first = try await firstHome(of: ann, store)
            let second = try await addHome(2, rooms: [1, 2], to: ann, store)
            let (hall, attic) = (second.rooms[0].id, second.rooms[1].id)
            let lamp = ThingID.device(try await store.addDevice(1, owner: ann).id)
            _ = try await store.addDevice(2, owner: ann)

            func put(_ placement: Placement) async throws -> ThingPlace {
                try await store.place(lamp, placement, for: ann.id)
            }
            #expect(try await put(Placement()) == ThingPlace(home: first, room: nil, index: -1))
            #expect(
                try await put(Placement(room: hall, sort: .back)) == ThingPlace(home: second.id, room: hall, index: 1)
            )
            #expect(try await put(Placement(room: attic)) == ThingPlace(home: second.id, room: attic, index: 1))
            #expect(try await put(Placement(home: second.id)) == ThingPlace(home: second.id, room: attic, index: 1))
            #expect(try await put(Placement(home: first)) == ThingPlace(home: first, room: nil, index: -3))
            await expect(.notFound) { _ = try await store.place(lamp, Placement(), for: bob.id) }
            await expect(.notFound) { _ = try await store.place(lamp, Placement(home: first, room: hall), for: ann.id) }
            #expect(try await store.places(of: [lamp], for: ann.id)[lamp]?.index == -3)

            // By a change of the device, whole or not at all.
            let (id, bobs) = (DeviceID(unchecked: "1000000001"), try await firstHome(of: bob, store))
            var change = DeviceChange(name: "Porch")
            change.place = .init(account: ann.id, placement: Placement(home: bobs))
            await expect(.notFound) { try await store.changeDevice(id, change) }
            change.place = .init(account: ann.id, placement: Placement(room: attic))
            try await store.changeDevice(id, change)
            #expect(try await store.places(of: [lamp], for: ann.id)[lamp]?.room == attic)
            #expect(try await store.devices().map(\.0.name).sorted() == ["Lamp 2", "Porch"])
        }
    }

    @Test("The things of a home are arranged, each of them once", arguments: StoreImplementation.allCases)
    func arranges(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let home = try await firstHome(of: ann, store)
            for number in 1...4 { _ = try await store.addDevice(number, owner: ann) }
            let things = try await store.contents(of: nil, of: ann.id).things.map(\.thing)
            let order = [things[2], things[0], things[3], things[1]]

            try await store.arrangeThings(order, in: home, of: ann.id)
            #expect(summary(try await store.contents(of: home, of: ann.id)) == ["2@0", "4@1", "1@2", "3@3"])
            try await store.arrangeThings(order.reversed(), in: nil, of: ann.id)
            #expect(try await store.contents(of: home, of: ann.id).things.map(\.thing) == order.reversed())
            let stranger = ThingID.group(ThingGroupID(try .sample(9)))
            for wrong in [[], Array(order.dropLast()), order + [order[0]], order.dropLast() + [stranger]] {
                await expect(.invalidInput) { try await store.arrangeThings(Array(wrong), in: home, of: ann.id) }
            }
            await expect(.notFound) { try await store.arrangeThings(order, in: home, of: bob.id) }
            #expect(try await store.contents(of: home, of: ann.id).things.map(\.thing) == order.reversed())
            let empty = try await addHome(2, rooms: [], to: ann, store)
            try await store.arrangeThings([], in: empty.id, of: ann.id)
        }
    }

    @Test("Things come into a room and leave it, all of them or none", arguments: StoreImplementation.allCases)
    func movesBetweenRooms(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let home = try await addHome(2, rooms: [1, 2], to: ann, store)
            let (hall, attic) = (home.rooms[0].id, home.rooms[1].id)
            var things: [ThingID] = []
            for number in 1...3 { things.append(.device(try await store.addDevice(number, owner: ann).id)) }
            func rooms() async throws -> [RoomID?] {
                let places = try await store.places(of: ann.id)
                return things.map { places[$0]?.room }
            }

            let all = RoomMove(room: hall, leaving: [], entering: things)
            try await store.moveThings(all, of: ann.id)
            #expect(try await rooms() == [hall, hall, hall])
            #expect(try await store.contents(of: home.id, of: ann.id).things.count == 3)
            try await store.moveThings(RoomMove(room: attic, leaving: [], entering: [things[1]]), of: ann.id)
            #expect(try await rooms() == [hall, attic, hall])
            try await store.moveThings(RoomMove(room: hall, leaving: [things[0]], entering: []), of: ann.id)
            #expect(try await rooms() == [nil, attic, hall])

            let stranger = ThingID.device(DeviceID(unchecked: "1000000009"))
            for move in [
                RoomMove(room: hall, leaving: [things[2]], entering: [stranger]),
                RoomMove(room: RoomID(try .sample(9)), leaving: [], entering: things),
            ] {
                await expect(.notFound) { try await store.moveThings(move, of: ann.id) }
            }
            for move in [
                RoomMove(room: hall, leaving: [things[2], stranger], entering: []),
                RoomMove(room: hall, leaving: [things[2], things[1]], entering: []),
                RoomMove(room: hall, leaving: [things[2]], staying: [things[0]], entering: []),
            ] {
                await expect(.invalidInput) { try await store.moveThings(move, of: ann.id) }
            }
            await expect(.notFound) { try await store.moveThings(all, of: bob.id) }
            #expect(try await rooms() == [nil, attic, hall])
        }
    }

    @Test("A group has a place from the beginning to its end", arguments: StoreImplementation.allCases)
    func placesGroups(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let home = try await addHome(2, rooms: [1], to: ann, store)
            let foreign = try await firstHome(of: bob, store)
            let lamp = try await store.addDevice(1, owner: ann)
            func group(_ number: Int) throws -> ThingGroup {
                ThingGroup(
                    id: ThingGroupID(try .sample(5_000 + number)),
                    owner: ann.id,
                    name: "Group \(number)",
                    mainDevice: lamp.id,
                    members: [lamp.id],
                    createdAt: sampleTime
                )
            }
            let (first, second) = (try group(1), try group(2))

            try await store.createThingGroup(first, at: Placement(home: home.id, room: home.rooms[0].id), limit: 9)
            try await store.createThingGroup(second, limit: 9)
            await expect(.notFound) {
                try await store.createThingGroup(try group(3), at: Placement(home: foreign), limit: 9)
            }
            let contents = try await store.contents(of: home.id, of: ann.id)
            let place = ThingPlace(home: home.id, room: home.rooms[0].id, index: -1)
            #expect(contents.things == [PlacedThing(thing: .group(first.id), place: place)])
            #expect(try await store.places(of: [.group(first.id)], for: bob.id).isEmpty)
            #expect(try await store.places(of: ann.id)[.group(second.id)]?.index == -2)

            try await store.removeThingGroup(first.id, of: ann.id)
            #expect(try await store.contents(of: home.id, of: ann.id).things.isEmpty)
            // With its main device.
            try await store.removeDevice(lamp.id, at: sampleTime)
            #expect(try await store.places(of: ann.id).isEmpty)
        }
    }
}
