import CoolkitWire
import NIOCore
import SwitchyardCore
import Synchronization
import TestRandom
import Testing

@Suite("Races on one device")
struct LiveDeviceRaceTests {
    /// Counts how often each command ended.
    private final class CountingOrigin: CommandOrigin {
        private let ends = Mutex<[String: Int]>([:])

        func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome) {
            ends.withLock { $0[command.sequence?.contents ?? "", default: 0] += 1 }
        }

        var counts: [String: Int] { ends.withLock { $0 } }
    }

    /// A session that holds its commands until it ends, as the hub's does.
    private final class Session: DeviceLink {
        private struct State {
            var pending: [DeviceCommand] = []
            var isOver = false
        }

        private let state = Mutex(State())

        func deliver(_ command: DeviceCommand) {
            let isOver = state.withLock { state in
                if !state.isOver { state.pending.append(command) }
                return state.isOver
            }
            if isOver { lose([command]) }
        }

        func reportStored(ticket: UInt64, succeeded: Bool) {}
        func close(_ reason: DeviceLinkClosure) { end() }
        func probe(within limit: Duration, answer: @escaping @Sendable (Bool) -> Void) { answer(false) }

        /// The device acks its oldest command.
        func acknowledge() {
            let command = state.withLock { $0.pending.isEmpty ? nil : $0.pending.removeFirst() }
            command?.finish(.acknowledged(DeviceAck()))
        }

        func end() {
            let lost = state.withLock { state in
                defer { state = State(pending: [], isOver: true) }
                return state.pending
            }
            lose(lost)
        }

        private func lose(_ commands: [DeviceCommand]) {
            for command in commands {
                command.device.commandLost(command, within: .seconds(3), at: MonotonicTime(milliseconds: 0))
            }
        }
    }

    /// One connection of the device: comes, answers a little, goes, and is given up or not.
    private static func connect(_ device: LiveDevice, _ random: inout SeededGenerator) async {
        let session = Session()
        guard let attachment = device.attach(session, address: "", at: sampleTime) else { return }
        attachment.replaced?.close(.replaced)
        for command in attachment.parked { device.dispatch(command) }
        for _ in 0..<Int.random(in: 0..<8, using: &random) {
            session.acknowledge()
            if Bool.random(using: &random) { await Task.yield() }
        }
        let wasCurrent = device.detach(generation: attachment.generation)
        session.end()
        guard wasCurrent, Bool.random(using: &random) else { return }
        guard let (_, lost) = device.graceEnded(generation: attachment.generation, at: sampleTime) else { return }
        for command in lost { command.finish(.timedOut) }
    }

    @Test(
        "Whatever comes and goes at the same time, every command ends exactly once",
        arguments: [1, 2, 3, 42, 1_700_000_000] as [UInt64],
        [false, true]
    )
    func endsOnce(seed: UInt64, isRemoved: Bool) async throws {
        let device = try LiveDevice.sample()
        let registry = DeviceRegistry()
        registry.insert(device)
        let origin = CountingOrigin()
        let (senders, perSender, connections) = (6, 300, 4)

        await withTaskGroup { group in
            for sender in 0..<senders {
                group.addTask {
                    for number in 0..<perSender {
                        device.dispatch(.sample(to: device, from: origin, sequence: "\(sender).\(number)"))
                        if number.isMultiple(of: 16) { await Task.yield() }
                    }
                }
            }
            for connection in 0..<connections {
                group.addTask {
                    var random = SeededGenerator(seed: seed &+ UInt64(connection))
                    for _ in 0..<150 { await Self.connect(device, &random) }
                }
            }
            guard isRemoved else { return }
            group.addTask {
                for _ in 0..<seed % 97 { await Task.yield() }
                registry.remove(
                    device.id,
                    leaving: .sample(device.id)
                )
            }
        }
        // What still waits is handed out with the last connection's end.
        let last = Session()
        if let attachment = device.attach(last, address: "", at: sampleTime) {
            attachment.replaced?.close(.replaced)
            for command in attachment.parked { device.dispatch(command) }
            _ = device.detach(generation: attachment.generation)
            last.end()
            let ended = device.graceEnded(generation: attachment.generation, at: sampleTime)
            for command in ended?.lost ?? [] { command.finish(.timedOut) }
        }

        let expected = Set((0..<senders).flatMap { sender in (0..<perSender).map { "\(sender).\($0)" } })
        #expect(Set(origin.counts.keys) == expected)
        #expect(origin.counts.values.allSatisfy { $0 == 1 })
        #expect(!device.snapshot.isOnline)
        #expect(device.link == nil)
    }
}
