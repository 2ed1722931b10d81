import CoolkitWire
import NIOCore
import SwitchyardCore
import Testing

@Suite("Commands to devices")
struct DeviceCommandsTests {
    private let clocks = ManualClocks()
    private let registry = DeviceRegistry()
    private let commands: DeviceCommands
    private let device: LiveDevice
    private let link = RecordingLink()
    private let params = ByteBuffer(string: #"{"switch":"on"}"#)

    init() throws {
        commands = DeviceCommands(registry: registry, settings: ProtocolSettings(), clock: clocks.monotonic)
        device = try LiveDevice.sample()
        registry.insert(device)
    }

    /// Lets the device answer every command in the same way.
    private final class Answering: DeviceLink {
        let outcome: CommandOutcome

        init(_ outcome: CommandOutcome) { self.outcome = outcome }

        func deliver(_ command: DeviceCommand) { command.finish(outcome) }
        func reportStored(ticket: UInt64, succeeded: Bool) {}
        func close(_ reason: DeviceLinkClosure) {}
        func probe(within limit: Duration, answer: @escaping @Sendable (Bool) -> Void) { answer(true) }
    }

    @Test("A command carries its sender's sequence and a deadline, and goes to the link")
    func sends() throws {
        _ = device.attach(link, address: "", at: sampleTime)
        let origin = RecordingOrigin()

        try commands.send(
            params,
            sequence: SequenceText("7"),
            to: device.id,
            from: .account(Account.owner.id),
            origin: origin
        )

        let command = try #require(link.commands.first)
        #expect(command.params == params)
        #expect(command.sequence == SequenceText("7"))
        #expect(command.issuedAt == clocks.monotonic.now)
        #expect(command.deadline == clocks.monotonic.now.advanced(by: .seconds(8)))
        #expect(origin.outcomes.isEmpty)
    }

    @Test("An unknown, a foreign and a removed device are alike to an account; the operator may reach any")
    func refuses() async throws {
        _ = device.attach(Answering(.acknowledged(DeviceAck())), address: "", at: sampleTime)
        let owner = DeviceCommands.Sender.account(Account.owner.id)

        await expect(.forbidden) {
            _ = try await commands.send(params, to: device.id, from: .account(Account.stranger.id))
        }
        await expect(.forbidden) { _ = try await commands.send(params, to: DeviceID(unchecked: "x"), from: owner) }
        _ = try await commands.send(params, to: device.id, from: .operatorOfServer)
        registry.remove(
            device.id,
            leaving: .sample(device.id)
        )
        await expect(.forbidden) { _ = try await commands.send(params, to: device.id, from: owner) }
        await expect(.forbidden) { _ = try await commands.send(params, to: device.id, from: .operatorOfServer) }
    }

    @Test("Whoever awaits a command gets the ack, or an error for each other end")
    func awaits() async throws {
        let owner = DeviceCommands.Sender.account(Account.owner.id)
        await expect(.deviceOffline) { _ = try await commands.send(params, to: device.id, from: owner) }
        let ack = DeviceAck(config: ByteBuffer(string: "{}"))
        _ = device.attach(Answering(.acknowledged(ack)), address: "", at: sampleTime)
        #expect(try await commands.send(params, to: device.id, from: owner).config == ack.config)

        let ends: [(CommandOutcome, SwitchyardError.Code)] = [
            (.refused(deviceError: 5), .deviceRefused), (.offline, .deviceOffline), (.timedOut, .deviceTimeout),
            (.busy, .busy),
        ]
        for (outcome, code) in ends {
            _ = device.attach(Answering(outcome), address: "", at: sampleTime)
            await expect(code) { _ = try await commands.send(params, to: device.id, from: owner) }
        }
    }

    @Test("A command that ends on another thread, before or after it is awaited, wakes its sender once")
    func wakesAcrossThreads() async throws {
        let awaitedLater = RecordingLink()
        _ = device.attach(awaitedLater, address: "", at: sampleTime)

        try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    _ = try await commands.send(params, to: device.id, from: .operatorOfServer)
                }
            }
            group.addTask {
                var answered = 0
                while answered < 50 {
                    for command in awaitedLater.takeCommands() {
                        command.finish(.acknowledged(DeviceAck()))
                        answered += 1
                    }
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }

        #expect(awaitedLater.commands.isEmpty)
    }
}
