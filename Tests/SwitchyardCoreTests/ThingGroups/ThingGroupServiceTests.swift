import CoolkitWire
import NIOCore
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

/// Groups on a real store, and three devices of the owner: two lamps and a meter.
private struct GroupRig {
    let store: SQLiteStore
    let registry = DeviceRegistry()
    let clocks = ManualClocks()
    let service: ThingGroupService

    static let (lamp, porch, meter) = (DeviceID(unchecked: "1"), DeviceID(unchecked: "2"), DeviceID(unchecked: "3"))
    static let foreign = DeviceID(unchecked: "9")

    init(store: SQLiteStore, settings: ProtocolSettings = ProtocolSettings()) async throws {
        self.store = store
        service = ThingGroupService(
            store: store,
            registry: registry,
            commands: DeviceCommands(registry: registry, settings: settings, clock: clocks.monotonic),
            settings: settings,
            clock: clocks.wall
        )
        for account in [Account.owner, .stranger] { try await store.createAccount(account, passwordHash: "!") }
        for (id, uiid) in [(Self.lamp, 1), (Self.porch, 1), (Self.meter, 32)] { try await add(id, uiid: uiid) }
        try await add(Self.foreign, to: .stranger)
    }

    func add(_ id: DeviceID, uiid: Int = 1, to owner: Account = .owner) async throws {
        let device = Device.sample(id, owner: owner, facts: DeviceFacts(uiid: uiid))
        try await store.createDevice(device, state: DeviceState(id: id))
        registry.insert(try LiveDevice.sample(device))
    }

    func connect(_ id: DeviceID) throws -> RecordingLink {
        let link = RecordingLink()
        _ = try #require(registry.device(id)).attach(link, address: "", at: sampleTime)
        return link
    }

    func make(_ others: [DeviceID] = [GroupRig.porch]) async throws -> ThingGroup {
        try await service.create(named: "Hall", mainDevice: Self.lamp, others: others, for: Account.owner.id)
    }

    func stored(_ group: ThingGroup) async throws -> ThingGroup {
        try await service.group(group.id, of: Account.owner.id)
    }
}

@Suite("Groups that are switched together")
struct ThingGroupServiceTests {
    private typealias Rig = GroupRig
    private let owner = Account.owner.id

    @Test("A new group has its main device and those of the same kind")
    func makes() async throws {
        try await withTemporaryStore { store in
            let rig = try await Rig(store: store, settings: .changed { $0.maximumThingGroupsPerAccount = 2 })

            let group = try await rig.make([Rig.meter, Rig.porch, Rig.porch, Rig.lamp])

            #expect(group.members == [Rig.lamp, Rig.porch])
            #expect(try await rig.service.groups(of: owner) == [group])
            await expect(.deviceNotFound) { _ = try await rig.make([Rig.foreign]) }
            await expect(.deviceNotFound) {
                _ = try await rig.service.create(named: "x", mainDevice: Rig.foreign, for: owner)
            }
            _ = try await rig.make()
            await expect(.tooManyGroups) { _ = try await rig.make() }
            #expect(try await rig.service.groups(of: owner).count == 2)
        }
    }

    @Test(
        "A name has 1 to 50 characters, whatever bytes they take",
        arguments: ["", "  ", String(repeating: "x", count: 51)]
    )
    func checksNames(name: String) async throws {
        try await withTemporaryStore { store in
            let rig = try await Rig(store: store)
            let group = try await rig.make()

            await expect(.invalidInput) { try await rig.service.rename(group.id, to: name, by: owner) }
            await expect(.invalidInput) {
                _ = try await rig.service.create(named: name, mainDevice: Rig.lamp, for: owner)
            }
            #expect(try await rig.stored(group) == group)

            let longest = String(repeating: "灯", count: 50)
            try await rig.service.rename(group.id, to: " \(longest) ", by: owner)
            #expect(try await rig.stored(group).name == longest)
        }
    }

    @Test("Members are set with the main device among them; wrong ones change nothing")
    func setsMembers() async throws {
        try await withTemporaryStore { store in
            let rig = try await Rig(store: store)
            let group = try await rig.make([])
            let set = { (members: [DeviceID]) in try await rig.service.setMembers(members, of: group.id, by: owner) }

            #expect(try await set([Rig.porch, Rig.lamp]) == [Rig.lamp, Rig.porch])
            await expect(.invalidInput) { _ = try await set([Rig.porch]) }
            await expect(.invalidInput) { _ = try await set([Rig.lamp, Rig.meter]) }
            await expect(.deviceNotFound) { _ = try await set([Rig.lamp, Rig.foreign]) }
            await expect(.notFound) {
                _ = try await rig.service.setMembers([Rig.foreign], of: group.id, by: Account.stranger.id)
            }
            #expect(try await rig.stored(group).members == [Rig.lamp, Rig.porch])
            #expect(try await set([Rig.lamp]) == [Rig.lamp, Rig.porch])
            #expect(try await rig.stored(group).members == [Rig.lamp])

            #expect(try await rig.service.addMembers([Rig.porch], to: group.id, by: owner) == [Rig.porch])
            await expect(.invalidInput) {
                _ = try await rig.service.removeMembers([Rig.lamp], from: group.id, by: owner)
            }
            #expect(
                try await rig.service.removeMembers([Rig.porch, Rig.meter], from: group.id, by: owner) == [Rig.porch]
            )
            #expect(try await rig.stored(group).members == [Rig.lamp])
        }
    }

    @Test("A group has 64 devices at the most")
    func isBounded() async throws {
        try await withTemporaryStore { store in
            let rig = try await Rig(store: store)
            let many = (100..<164).map { DeviceID(unchecked: "\($0)") }
            for id in many { try await rig.add(id) }
            let group = try await rig.make([])

            await expect(.invalidInput) { _ = try await rig.service.addMembers(many, to: group.id, by: owner) }
            #expect(try await rig.service.addMembers(Array(many.dropLast()), to: group.id, by: owner).count == 63)
        }
    }

    @Test("A command goes to every member at once; those that are offline or refuse do not matter")
    func commands() async throws {
        try await withTemporaryStore { store in
            let rig = try await Rig(store: store)
            try await rig.add(DeviceID(unchecked: "4"))
            let group = try await rig.make([Rig.porch, DeviceID(unchecked: "4")])
            let links = [try rig.connect(Rig.lamp), try rig.connect(Rig.porch)]
            let params = ByteBuffer(string: #"{"switch":"on"}"#)

            async let end: Void = rig.service.send(params, to: group.id, from: owner)
            while links.contains(where: \.commands.isEmpty) { await Task.yield() }
            links[0].commands[0].finish(.acknowledged(DeviceAck()))
            links[1].commands[0].finish(.timedOut)
            try await end

            #expect(links.map { $0.commands.map(\.params) } == [[params], [params]])
            #expect(try await rig.stored(group).params == Array(#"{"switch":"on"}"#.utf8))
            try await rig.service.send(
                ByteBuffer(string: #"{"brightness":50}"#),
                to: group.id,
                from: owner,
                waits: false
            )
            #expect(links.map(\.commands.count) == [2, 2])
            #expect(try await rig.stored(group).params == Array(#"{"switch":"on","brightness":50}"#.utf8))
        }
    }

    @Test("Params that are stored go to no device; what is no object, and what is too much, is refused")
    func storesParams() async throws {
        try await withTemporaryStore { store in
            let rig = try await Rig(store: store)
            let (group, link) = (try await rig.make(), try rig.connect(Rig.lamp))

            try await rig.service.setParams(ByteBuffer(string: #"{ "switch" : "off" }"#), of: group.id, by: owner)
            #expect(try await rig.stored(group).params == Array(#"{"switch":"off"}"#.utf8))
            for wrong in ["1", "{", #"{"x":"\#(String(repeating: "y", count: 65_536))"}"#] {
                await expect(.invalidInput) {
                    try await rig.service.send(ByteBuffer(string: wrong), to: group.id, from: owner)
                }
            }
            await expect(.notFound) {
                try await rig.service.send(ByteBuffer(string: "{}"), to: group.id, from: Account.stranger.id)
            }

            #expect(link.commands.isEmpty)
            #expect(try await rig.stored(group).params == Array(#"{"switch":"off"}"#.utf8))
        }
    }
}
