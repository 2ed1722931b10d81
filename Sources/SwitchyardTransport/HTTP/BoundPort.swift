import SwitchyardCore
import Synchronization

/// The port of a listener as a promise: resolved once, by whatever comes first of binding, failing and never running.
final class BoundPort: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Result<Int, SwitchyardError>, Never>])
        case resolved(Result<Int, SwitchyardError>)
    }

    private let state = Mutex(State.waiting([]))

    /// Resolves it, unless it is resolved already.
    func resolve(_ result: Result<Int, SwitchyardError>) {
        let waiters = state.withLock { state -> [CheckedContinuation<Result<Int, SwitchyardError>, Never>] in
            guard case .waiting(let waiters) = state else { return [] }
            state = .resolved(result)
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: result) }
    }

    /// Waits until it is resolved.
    var value: Int {
        get async throws(SwitchyardError) {
            let result = await withCheckedContinuation { continuation in
                let resolved = state.withLock { state -> Result<Int, SwitchyardError>? in
                    switch state {
                    case .waiting(let waiters):
                        state = .waiting(waiters + [continuation])
                        return nil
                    case .resolved(let result): return result
                    }
                }
                if let resolved { continuation.resume(returning: resolved) }
            }
            return try result.get()
        }
    }
}
