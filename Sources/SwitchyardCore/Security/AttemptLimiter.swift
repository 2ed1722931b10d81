import Synchronization

/// Counts failures by key (an address) and says when a key has had enough of them.
///
/// A fixed window per key; the table is bounded: when it is full, windows that are over are dropped, and if none is, the new
/// key is not counted (a flood from ever new addresses is met by the limits on connections).
package final class AttemptLimiter: Sendable {
    private struct Window {
        var end: MonotonicTime
        var failures: Int
    }

    private let limit: Int
    private let window: Duration
    private let capacity: Int
    private let clock: MonotonicClock
    private let table = Mutex<[String: Window]>([:])

    /// - Parameters:
    ///   - limit: failures allowed within `window`.
    ///   - capacity: keys kept at the most.
    package init(limit: Int, per window: Duration, capacity: Int = 65_536, clock: MonotonicClock) {
        self.limit = limit
        self.window = window
        self.capacity = capacity
        self.clock = clock
    }

    /// Whether the key has failed too often in its current window.
    package func isBlocked(_ key: String) -> Bool {
        let now = clock.now
        return table.withLock { table in
            guard let entry = table[key], now < entry.end else { return false }
            return entry.failures >= limit
        }
    }

    /// Counts a failure.
    package func countFailure(of key: String) {
        let now = clock.now
        table.withLock { table in
            if var entry = table[key], now < entry.end {
                entry.failures += 1
                table[key] = entry
                return
            }
            if table.count >= capacity { table = table.filter { now < $0.value.end } }
            guard table.count < capacity else { return }
            table[key] = Window(end: now.advanced(by: window), failures: 1)
        }
    }
}
