import Synchronization

/// What has arrived and who waits for it: a bounded queue with selective, cancellable waiting.
///
/// An element goes to the first waiter that wants it, else it is kept. A waiter is resumed exactly once: by whoever
/// removes it from the table, be that delivery, cancellation or the end.
package final class Inbox<Element: Sendable>: Sendable {
    private struct Waiter {
        let id: UInt64
        let wants: @Sendable (Element) -> Bool
        let continuation: CheckedContinuation<Element, any Error>
    }

    private struct State {
        var kept: [Element] = []
        var waiters: [Waiter] = []
        var nextID: UInt64 = 0
        var end: (any Error)?
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: the most elements kept for later.
    package init(capacity: Int) { self.capacity = capacity }

    /// Hands `element` to who waits for it, or keeps it.
    ///
    /// - Parameter isVital: true for what must not be lost and is bounded by its nature: it is kept in a full inbox too.
    /// - Returns: false if it had to be dropped, because the inbox is full or finished.
    package func deliver(_ element: Element, isVital: Bool = false) -> Bool {
        let (waiter, isTaken) = state.withLock { state -> (Waiter?, Bool) in
            if let index = state.waiters.firstIndex(where: { $0.wants(element) }) {
                return (state.waiters.remove(at: index), true)
            }
            guard state.end == nil, isVital || state.kept.count < capacity else { return (nil, false) }
            state.kept.append(element)
            return (nil, true)
        }
        waiter?.continuation.resume(returning: element)
        return isTaken
    }

    /// Ends the inbox: what is kept can still be taken, everything else fails with `error`.
    package func finish(throwing error: any Error = SimulatorError(.connectionClosed, "the connection is closed")) {
        let waiters = state.withLock { state -> [Waiter] in
            guard state.end == nil else { return [] }
            state.end = error
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(throwing: error) }
    }

    /// The oldest element that `wants` accepts, taken out; waits for one if there is none.
    ///
    /// - Throws: the error of `finish`, or `CancellationError`.
    package func next(where wants: @escaping @Sendable (Element) -> Bool) async throws -> Element {
        let id = state.withLock { state -> UInt64 in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait(Waiter(id: id, wants: wants, continuation: continuation))
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func wait(_ waiter: Waiter) {
        let outcome = state.withLock { state -> Result<Element, any Error>? in
            if let index = state.kept.firstIndex(where: waiter.wants) { return .success(state.kept.remove(at: index)) }
            if let end = state.end { return .failure(end) }
            // Cancelled before the continuation existed: `cancel` found no waiter then.
            if Task.isCancelled { return .failure(CancellationError()) }
            state.waiters.append(waiter)
            return nil
        }
        if let outcome { waiter.continuation.resume(with: outcome) }
    }

    private func cancel(_ id: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    /// Takes out everything that is kept.
    package func drain() -> [Element] {
        state.withLock { state in
            defer { state.kept = [] }
            return state.kept
        }
    }
}
