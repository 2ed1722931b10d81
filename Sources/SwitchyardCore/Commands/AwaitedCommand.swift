import Synchronization

/// The origin of a command whose sender awaits the end: REST, gateways, the CLI.
///
/// Bridges the one call of `commandFinished` to the one resumption of a continuation.
final class AwaitedCommand: CommandOrigin {
    private enum State {
        case idle
        case waiting(CheckedContinuation<CommandOutcome, Never>)
        case finished(CommandOutcome)
    }

    private let state = Mutex(State.idle)

    func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome) {
        let continuation = state.withLock { state -> CheckedContinuation<CommandOutcome, Never>? in
            defer { state = .finished(outcome) }
            guard case .waiting(let continuation) = state else { return nil }
            return continuation
        }
        continuation?.resume(returning: outcome)
    }

    /// Waits for the end.
    ///
    /// A command always ends by its deadline, so this needs no cancellation of its own.
    func outcome() async -> CommandOutcome {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state -> CommandOutcome? in
                if case .finished(let outcome) = state { return outcome }
                state = .waiting(continuation)
                return nil
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
