import SwitchyardCore
import Synchronization

/// A sender of commands that keeps how each one ended.
final class RecordingOrigin: CommandOrigin {
    private let recorded = Mutex<[CommandOutcome]>([])

    func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome) {
        recorded.withLock { $0.append(outcome) }
    }

    var outcomes: [CommandOutcome] { recorded.withLock { $0 } }
    /// The outcomes in a form that can be compared.
    var names: [String] { outcomes.map(\.name) }
}

extension CommandOutcome {
    var name: String {
        switch self {
        case .acknowledged: "acknowledged"
        case .refused(let number): "refused \(number)"
        case .offline: "offline"
        case .timedOut: "timed out"
        case .busy: "busy"
        }
    }
}
