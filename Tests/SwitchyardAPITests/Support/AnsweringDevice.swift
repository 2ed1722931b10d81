import NIOCore
import SwitchyardCore
import Synchronization

/// The link of a device that is connected and ends each command in the same way.
final class AnsweringDevice: DeviceLink {
    private let outcome: CommandOutcome
    private let received = Mutex<[String]>([])

    init(_ outcome: CommandOutcome) { self.outcome = outcome }

    /// The params of the commands that arrived, as they were sent.
    var commands: [String] { received.withLock { $0 } }

    func deliver(_ command: DeviceCommand) {
        received.withLock { $0.append(String(buffer: command.params)) }
        command.finish(outcome)
    }

    func reportStored(ticket: UInt64, succeeded: Bool) {}
    func close(_ reason: DeviceLinkClosure) {}
    func probe(within limit: Duration, answer: @escaping @Sendable (Bool) -> Void) { answer(true) }
}
