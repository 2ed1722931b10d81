import Synchronization

/// A clock whose sleepers wake when the test says so.
final class ManualTimer: Clock, Sendable {
    struct Instant: InstantProtocol {
        let offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Int: CheckedContinuation<Void, any Error>] = [:]
        var nextNumber = 0
        var waitingForSleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (isCancelled, waiting) = state.withLock { state in
                    if Task.isCancelled { return (true, nil as CheckedContinuation<Void, Never>?) }
                    state.sleepers[number] = continuation
                    defer { state.waitingForSleeper = nil }
                    return (false, state.waitingForSleeper)
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
                waiting?.resume()
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }

    /// Wakes whoever sleeps; waits for a sleeper first.
    func fire() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.isEmpty { state.waitingForSleeper = continuation }
                return !state.sleepers.isEmpty
            }
            if isThere { continuation.resume() }
        }
        let sleepers = state.withLock { state in
            defer { state.sleepers = [:] }
            return state.sleepers.values.map(\.self)
        }
        for sleeper in sleepers { sleeper.resume() }
    }
}
