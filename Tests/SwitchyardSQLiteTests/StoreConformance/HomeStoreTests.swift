import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Home store")
struct HomeStoreTests {
    private static let limits = HomeLimits(homes: 5)

    /// Names and indexes; the current home has a star.
    private func summary(_ account: Account, _ store: any Store) async throws -> [String] {
        try await store.homes(of: account.id).map { home in
            let rooms = home.rooms.map { " \($0.name.split(separator: " ")[1])@\($0.index)" }.joined()
            return "\(home.name)@\(home.index)\(home.isCurrent ? "*" : "")\(rooms)"
        }
    }

    @Test(
        "An account begins with one home, in its language, and takes it along",
        arguments: StoreImplementation.allCases
    )
    func makesFirstHome(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let ann = try await store.addAccount(1)
            var bob = try Account.sample(2)
            bob.language = .chinese
            try await store.createAccount(bob, passwordHash: "$scrypt$2")

            #expect(try await summary(ann, store) == ["Home@0*"])
            #expect(try await summary(bob, store) == ["我的家@0*"])
            // By a verification code as well.
            let eve = try Account.sample(3)
            let code = VerificationCode("123456", for: eve.identifier, purpose: .register, at: sampleTime)
            _ = try await store.enterCode(
                code,
                from: PeerNetwork(of: "192.0.2.1"),
                within: VerificationLimits(perAddressAndHour: 9)
            )
            let claim = CodeClaim(destination: eve.identifier, purpose: .register, text: "123456")
            try await store.createAccount(eve, passwordHash: "$scrypt$3", redeeming: claim, at: sampleTime)
            #expect(try await summary(eve, store) == ["Home@0*"])
            let home = try #require(try await store.homes(of: ann.id).first)
            #expect(home.createdAt == ann.createdAt && home.account == ann.id)
            _ = try await store.addDevice(1, owner: ann)
            _ = try await store.removeAccount(ann.id, at: sampleTime)
            #expect(try await store.homes(of: ann.id).isEmpty)
            await expect(.notFound) { _ = try await store.contents(of: home.id, of: ann.id) }
        }
    }

    @Test("Homes come in front of the others or behind them, up to a bound", arguments: StoreImplementation.allCases)
    func createsHomes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let ann = try await store.addAccount(1)
            let front = try await store.createHome(
                .sample(1, of: ann, rooms: [1, 2]),
                at: .front,
                limits: Self.limits
            )
            let back = try await store.createHome(.sample(2, of: ann), at: .back, limits: Self.limits)

            #expect((front.index, front.isCurrent, back.index) == (-1, false, 1))
            #expect(try await store.homes(of: ann.id).first == front)
            #expect(try await summary(ann, store) == ["Home 1 ü@-1 1@0 2@1", "Home@0*", "Home 2 ü@1"])
            await expect(.tooManyHomes) {
                _ = try await store.createHome(.sample(3, of: ann), at: .back, limits: HomeLimits(homes: 3))
            }
            await expect(.accountNotFound) {
                _ = try await store.createHome(.sample(3, of: .sample(9)), at: .back, limits: Self.limits)
            }
            #expect(try await store.homes(of: ann.id).count == 3)
        }
    }

    @Test(
        "A home is renamed and selected; another account's is as good as none",
        arguments: StoreImplementation.allCases
    )
    func changesHomes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let second = try await store.createHome(.sample(2, of: ann), at: .back, limits: Self.limits).id

            try await store.renameHome(nil, of: ann.id, to: "Town")
            try await store.renameHome(second, of: ann.id, to: "Lake")
            try await store.selectHome(second, of: ann.id)
            try await store.selectHome(second, of: ann.id)
            #expect(try await summary(ann, store) == ["Town@0", "Lake@1*"])

            await expect(.notFound) { try await store.renameHome(second, of: bob.id, to: "x") }
            await expect(.notFound) { try await store.selectHome(second, of: bob.id) }
            await expect(.notFound) { try await store.removeHome(second, of: bob.id, HomeHeirs()) }
            await expect(.notFound) {
                _ = try await store.createRoom(.sample(1), in: second, of: bob.id, at: .front, limit: 9)
            }
            #expect(try await summary(ann, store) == ["Town@0", "Lake@1*"])
            #expect(try await summary(bob, store) == ["Home@0*"])
        }
    }

    @Test("Of removed homes the things go to an heir, and the last home stays", arguments: StoreImplementation.allCases)
    func removesHomes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let first = try #require(try await store.homes(of: ann.id).first).id
            let second = try await store.createHome(.sample(2, of: ann, rooms: [1]), at: .back, limits: Self.limits)
            let third = try await store.createHome(.sample(3, of: ann), at: .back, limits: Self.limits).id
            let foreign = try #require(try await store.homes(of: bob.id).first).id
            let stays = try await store.addDevice(1, owner: ann)
            for number in 2...4 {
                let device = try Device.sample(number, owner: ann)
                let placement = Placement(room: second.rooms[0].id, sort: .front)
                try await store.createDevice(device, state: DeviceState(id: device.id), at: placement)
            }
            try await store.selectHome(second.id, of: ann.id)

            for heirs in [HomeHeirs(things: second.id), HomeHeirs(current: second.id)] {
                await expect(.invalidInput) { try await store.removeHome(second.id, of: ann.id, heirs) }
            }
            for heirs in [HomeHeirs(things: foreign), HomeHeirs(current: foreign)] {
                await expect(.notFound) { try await store.removeHome(second.id, of: ann.id, heirs) }
            }
            #expect(try await store.contents(of: second.id, of: ann.id).things.count == 3)

            try await store.removeHome(second.id, of: ann.id, HomeHeirs(things: first, current: third))
            let things = try await store.contents(of: first, of: ann.id).things
            #expect(things.map(\.thing.description).map { $0.suffix(1) } == ["1", "4", "3", "2"])
            #expect(things.map(\.place.index) == [-1, 0, 1, 2])
            #expect(things.allSatisfy { $0.place.room == nil && $0.place.home == first })
            #expect(try await summary(ann, store) == ["Home@0", "Home 3 ü@2*"])

            // Without heirs: the current home takes over; of the current one, the first of the others.
            try await store.removeHome(first, of: ann.id, HomeHeirs())
            #expect(try await store.contents(of: nil, of: ann.id).home == third)
            #expect(try await store.places(of: ann.id).count == 4)
            await expect(.lastHome) { try await store.removeHome(third, of: ann.id, HomeHeirs()) }
            let fourth = try await store.createHome(.sample(4, of: ann), at: .back, limits: Self.limits).id
            try await store.removeHome(third, of: ann.id, HomeHeirs())
            #expect(try await summary(ann, store) == ["Home 4 ü@3*"])
            #expect(try await store.contents(of: fourth, of: ann.id).things.first?.thing == .device(stays.id))
        }
    }

    @Test("Of homes that are removed at once one stays", arguments: StoreImplementation.allCases)
    func removesAtOnce(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let ann = try await store.addAccount(1)
            for number in 1...4 {
                _ = try await store.createHome(.sample(number, of: ann), at: .back, limits: Self.limits)
            }
            let ids = try await store.homes(of: ann.id).map(\.id)

            let removed = await withTaskGroup(of: Bool.self) { group in
                for id in ids {
                    group.addTask {
                        do throws(SwitchyardError) {
                            try await store.removeHome(id, of: ann.id, HomeHeirs())
                            return true
                        } catch {
                            #expect(error.code == .lastHome)
                            return false
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }

            #expect(removed == 4)
            #expect(try await store.homes(of: ann.id).filter(\.isCurrent).count == 1)
        }
    }

    @Test("Rooms are added, renamed, arranged and removed; their things stay", arguments: StoreImplementation.allCases)
    func keepsRooms(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let home = try #require(try await store.homes(of: ann.id).first).id
            func add(_ number: Int, _ end: SortEnd) async throws -> RoomID {
                try await store.createRoom(.sample(number), in: home, of: ann.id, at: end, limit: 3).id
            }
            let (first, second, third) = (try await add(1, .front), try await add(2, .front), try await add(3, .back))
            #expect(try await summary(ann, store) == ["Home@0* 2@-1 1@0 3@1"])
            await expect(.tooManyHomes) { _ = try await add(4, .back) }

            try await store.renameRoom(first, of: ann.id, to: "The hall")
            try await store.arrangeRooms([third, first, second], in: nil, of: ann.id)
            #expect(try await summary(ann, store) == ["Home@0* 3@0 hall@1 2@2"])
            for order in [[], [third], [third, first, first], [third, first, second, RoomID(try .sample(9))]] {
                await expect(.invalidInput) { try await store.arrangeRooms(order, in: home, of: ann.id) }
            }
            await expect(.notFound) { try await store.arrangeRooms([third, first, second], in: home, of: bob.id) }
            await expect(.notFound) { try await store.renameRoom(first, of: bob.id, to: "x") }
            await expect(.notFound) { try await store.removeRoom(first, of: bob.id) }
            #expect(try await summary(ann, store) == ["Home@0* 3@0 hall@1 2@2"])

            let lamp = ThingID.device(try await store.addDevice(1, owner: ann).id)
            #expect(try await store.place(lamp, Placement(room: first), for: ann.id).room == first)
            try await store.removeRoom(first, of: ann.id)
            #expect(try await store.places(of: ann.id) == [lamp: ThingPlace(home: home, room: nil, index: -1)])
            await expect(.notFound) { try await store.removeRoom(first, of: ann.id) }
        }
    }
}
