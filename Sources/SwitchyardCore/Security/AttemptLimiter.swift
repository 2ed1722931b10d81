import CoolkitWire
import Synchronization

/// Counts attempts by key (an account, an address) and says when a key has had enough of them.
///
/// The table is bounded, and nobody gets past it by filling it: a key leaves only when all its attempts are forgiven, and keys
/// for which there is no room share a few counters, so that they are held up early rather than not at all.
package final class AttemptLimiter: Sendable {
    private struct Table {
        /// When all attempts of a key will be forgiven, in milliseconds of the clock.
        var forgivenAt: [String: Int64] = [:]
        /// The same for keys that found no room; several share one.
        var shared: [Int64]
        /// When it is worth looking for keys to drop: not with each new key of a flood.
        var nextSweep = Int64.min
    }

    /// Counters for keys without room.
    private static let sharedCount = 1_024

    private let burst: Int64
    private let interval: Int64
    private let capacity: Int
    private let clock: MonotonicClock
    private let table: Mutex<Table>

    /// - Parameter capacity: keys kept at the most.
    package init(_ rate: AttemptRate, capacity: Int = 65_536, clock: MonotonicClock) {
        burst = Int64(rate.burst)
        interval = rate.interval.wholeMilliseconds
        self.capacity = capacity
        self.clock = clock
        table = Mutex(Table(shared: Array(repeating: .min, count: Self.sharedCount)))
    }

    /// - Parameters:
    ///   - limit: attempts allowed at once, and again within `window`.
    ///   - capacity: keys kept at the most.
    package convenience init(limit: Int, per window: Duration, capacity: Int = 65_536, clock: MonotonicClock) {
        self.init(AttemptRate(limit: limit, per: window), capacity: capacity, clock: clock)
    }

    /// Whether the key has had all the attempts it may have now.
    package func isBlocked(_ key: String) -> Bool {
        let now = clock.now.milliseconds
        return table.withLock { isBlocked(Self.value(of: key, in: $0), at: now) }
    }

    /// Counts an attempt, unless the key has had all it may have: then it is false and nothing is counted.
    ///
    /// Attempts that run side by side are all counted before any of them has ended.
    package func admit(_ key: String) -> Bool {
        let now = clock.now.milliseconds
        return table.withLock { table in
            let value = Self.value(of: key, in: table)
            guard !isBlocked(value, at: now) else { return false }
            set(max(value, now) + interval, for: key, in: &table, at: now)
            return true
        }
    }

    /// Counts an attempt that was made in any case; a key that is blocked stays so no longer for it than for one.
    package func countFailure(of key: String) {
        let now = clock.now.milliseconds
        table.withLock { table in
            let value = max(Self.value(of: key, in: table), now)
            set(min(value + interval, now + burst * interval), for: key, in: &table, at: now)
        }
    }

    /// Takes back an attempt that was admitted and was none.
    package func forgive(_ key: String) {
        let now = clock.now.milliseconds
        table.withLock { table in
            guard let value = table.forgivenAt[key] else {
                table.shared[Self.cell(of: key)] = max(now, table.shared[Self.cell(of: key)] - interval)
                return
            }
            table.forgivenAt[key] = value - interval > now ? value - interval : nil
        }
    }

    /// Keys that are kept.
    package var count: Int { table.withLock { $0.forgivenAt.count } }

    private func isBlocked(_ value: Int64, at now: Int64) -> Bool {
        value > now && value - now > (burst - 1) * interval
    }

    private static func value(of key: String, in table: Table) -> Int64 {
        table.forgivenAt[key] ?? table.shared[cell(of: key)]
    }

    /// Nobody outside can tell which keys share one: hashes differ in each process.
    private static func cell(of key: String) -> Int { Int(UInt(bitPattern: key.hashValue) % UInt(sharedCount)) }

    private func set(_ value: Int64, for key: String, in table: inout Table, at now: Int64) {
        if table.forgivenAt[key] != nil || hasRoom(in: &table, at: now) {
            table.forgivenAt[key] = value
        } else {
            table.shared[Self.cell(of: key)] = value
        }
    }

    private func hasRoom(in table: inout Table, at now: Int64) -> Bool {
        if table.forgivenAt.count < capacity { return true }
        guard table.nextSweep <= now else { return false }
        table.nextSweep = now + max(interval, 1_000)
        table.forgivenAt = table.forgivenAt.filter { now < $0.value }
        return table.forgivenAt.count < capacity
    }
}
