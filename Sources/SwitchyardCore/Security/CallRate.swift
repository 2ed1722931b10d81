import Synchronization

/// The soft limit on calls: how often one address may call one interface.
///
/// A call that is refused does not count, so that whoever slows down gets through. The table is bounded: when it is full,
/// windows that are over are dropped, and if none is, the new key is not counted.
/// Source: `coolkit-v2-http.md` §1 ("Rate").
package final class CallRate: Sendable {
    /// What an address has called, each interface for itself.
    private struct Key: Hashable {
        let address: String
        let interface: String
    }

    private struct Window {
        let end: MonotonicTime
        var calls: Int
        var last: MonotonicTime
    }

    package static let minimumInterval = Duration.milliseconds(500)
    package static let window = Duration.seconds(300)
    package static let callsPerWindow = 300

    private let capacity: Int
    private let clock: MonotonicClock
    private let table = Mutex<[Key: Window]>([:])

    /// - Parameter capacity: pairs of address and interface kept at the most.
    package init(capacity: Int = 65_536, clock: MonotonicClock) {
        self.capacity = capacity
        self.clock = clock
    }

    /// Counts a call; false when it comes too early or is one too many.
    ///
    /// - Parameter interface: a name of the server's own, never a text of the peer's.
    package func admit(_ address: String, to interface: String) -> Bool {
        let key = Key(address: address, interface: interface)
        let now = clock.now
        return table.withLock { table in
            if var entry = table[key], now < entry.end {
                guard entry.last.advanced(by: Self.minimumInterval) <= now, entry.calls < Self.callsPerWindow else {
                    return false
                }
                entry.calls += 1
                entry.last = now
                table[key] = entry
                return true
            }
            if table[key] == nil, table.count >= capacity { table = table.filter { now < $0.value.end } }
            guard table[key] != nil || table.count < capacity else { return true }
            table[key] = Window(end: now.advanced(by: Self.window), calls: 1, last: now)
            return true
        }
    }

    /// How many pairs are kept.
    package var count: Int { table.withLock(\.count) }
}
