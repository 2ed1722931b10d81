import CoolkitWire
import NIOCore
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

/// Source: `coolkit-v2-http.md` §4.2.
@Suite("Batches of commands")
struct CommandBatchTests {
    private static let ids = (1...3).map { DeviceID(unchecked: "100000000\($0)") }

    private struct Rig {
        let registry = DeviceRegistry()
        let timer = ManualTimer()
        let batch: CommandBatch
        let groups: ThingGroupService
        let links: [RecordingLink]

        /// Three devices of the owner's, the first two connected.
        init(_ store: SQLiteStore) async throws {
            let clocks = ManualClocks()
            let settings = ProtocolSettings()
            let commands = DeviceCommands(registry: registry, settings: settings, clock: clocks.monotonic)
            groups = ThingGroupService(
                store: store,
                registry: registry,
                commands: commands,
                settings: settings,
                clock: clocks.wall
            )
            batch = CommandBatch(commands: commands, groups: groups, timer: timer)
            links = [RecordingLink(), RecordingLink()]
            try await store.createAccount(.owner, passwordHash: "!")
            for (index, id) in CommandBatchTests.ids.enumerated() {
                let device = Device.sample(id)
                try await store.createDevice(device, state: DeviceState(id: id))
                let live = try LiveDevice.sample(device)
                registry.insert(live)
                if index < links.count { _ = live.attach(links[index], address: "", at: sampleTime) }
            }
        }

        func send(
            _ targets: [CommandBatch.Target],
            from account: Account = .owner,
            waiting limit: Duration = .seconds(8)
        ) async throws -> [CommandBatch.Result] {
            let orders = targets.map { CommandBatch.Order(target: $0, params: ByteBuffer(string: #"{"switch":"on"}"#)) }
            return try await batch.send(orders, from: account.id, waiting: limit)
        }

        /// Takes the command that a link has got, when it is there.
        func command(of link: Int) async -> DeviceCommand {
            while true {
                if let command = links[link].takeCommands().first { return command }
                await Task.yield()
            }
        }
    }

    private func withRig(_ body: (Rig) async throws -> Void) async throws {
        try await withTemporaryStore { store in try await body(Rig(store)) }
    }

    @Test("All are sent before one is waited for, and each has its own end")
    func waitsForAll() async throws {
        try await withRig { (rig) async throws in
            let unknown = DeviceID(unchecked: "9")
            async let results = rig.send(Self.ids.map { .device($0) } + [.device(unknown)])
            let (first, second) = (await rig.command(of: 0), await rig.command(of: 1))

            second.finish(.refused(deviceError: 5))
            first.finish(.acknowledged(DeviceAck()))

            #expect(try await results == [.sent, .failed, .offline, .failed])
        }
    }

    @Test("When the time is over the rest has failed; the command lives on")
    func givesUp() async throws {
        try await withRig { (rig) async throws in
            async let results = rig.send(Self.ids[..<2].map { .device($0) }, waiting: .milliseconds(500))
            let (first, second) = (await rig.command(of: 0), await rig.command(of: 1))
            first.finish(.acknowledged(DeviceAck()))

            await rig.timer.fire()

            #expect(try await results == [.sent, .failed])
            #expect(second.deadline == second.issuedAt.advanced(by: .seconds(8)))
            second.finish(.acknowledged(DeviceAck()))
        }
    }

    @Test("Without a time nothing is waited for, and nothing is told but what the account may not command")
    func waitsForNone() async throws {
        try await withRig { (rig) async throws in
            let unknown = DeviceID(unchecked: "9")
            let results = try await rig.send((Self.ids + [unknown]).map { .device($0) }, waiting: .zero)

            #expect(results == [.sent, .sent, .sent, .failed])
            #expect(rig.links.map(\.commands.count) == [1, 1])
        }
    }

    @Test("A group's members get the command, and nothing is told of them; a group of nobody is like one")
    func sendsToGroups() async throws {
        try await withRig { (rig) async throws in
            let group = try await rig.groups.create(
                named: "All",
                mainDevice: Self.ids[0],
                others: Self.ids,
                for: Account.owner.id
            )
            let unknown = ThingGroupID(.random(at: sampleTime))

            let results = try await rig.send([.group(group.id), .group(unknown)], waiting: .zero)

            #expect(results == [.sent, .sent])
            #expect(rig.links.map(\.commands.count) == [1, 1])
            let stored = try await rig.groups.group(group.id, of: Account.owner.id)
            #expect(String(decoding: stored.params, as: UTF8.self) == #"{"switch":"on"}"#)
        }
    }

    @Test("Another's devices fail as unknown ones do, and get nothing")
    func refusesStrangers() async throws {
        try await withRig { (rig) async throws in
            let results = try await rig.send(Self.ids.map { .device($0) }, from: .stranger)

            #expect(results == [.failed, .failed, .failed])
            #expect(rig.links.map(\.commands.count) == [0, 0])
        }
    }

    @Test("None, more than ten and one thing twice are refused, and nothing is sent")
    func isBounded() async throws {
        try await withRig { (rig) async throws in
            let many = (0...10).map { CommandBatch.Target.device(DeviceID(unchecked: "\($0)")) }
            for targets in [[], many, [.device(Self.ids[0]), .device(Self.ids[0])]] {
                await expect(.invalidInput) { _ = try await rig.send(targets) }
            }

            #expect(rig.links.map(\.commands.count) == [0, 0])
        }
    }

    @Test("Ends that come from all sides at once wake the caller once", arguments: 0..<20)
    func races(round: Int) async throws {
        try await withRig { (rig) async throws in
            async let results = rig.send(Self.ids.map { .device($0) })
            let commands = [await rig.command(of: 0), await rig.command(of: 1)]

            await withTaskGroup { group in
                for command in commands { group.addTask { command.finish(.acknowledged(DeviceAck())) } }
            }

            #expect(try await results == [.sent, .sent, .offline])
        }
    }
}
