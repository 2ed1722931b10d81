import SwitchyardCore
import Synchronization

/// A connected device without a socket: keeps what it was asked to do.
final class RecordingLink: DeviceLink {
    private struct State {
        var commands: [DeviceCommand] = []
        var stored: [UInt64: Bool] = [:]
        var closures: [DeviceLinkClosure] = []
    }

    private let state = Mutex(State())

    func deliver(_ command: DeviceCommand) { state.withLock { $0.commands.append(command) } }
    func reportStored(ticket: UInt64, succeeded: Bool) { state.withLock { $0.stored[ticket] = succeeded } }
    func close(_ reason: DeviceLinkClosure) { state.withLock { $0.closures.append(reason) } }
    func probe(within limit: Duration, answer: @escaping @Sendable (Bool) -> Void) { answer(true) }

    var commands: [DeviceCommand] { state.withLock { $0.commands } }
    var stored: [UInt64: Bool] { state.withLock { $0.stored } }
    var closures: [DeviceLinkClosure] { state.withLock { $0.closures } }

    /// Ends the session: takes out what was not answered.
    func takeCommands() -> [DeviceCommand] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }
}
