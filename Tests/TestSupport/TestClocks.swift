import CoolkitWire
package import SwitchyardCore
import Synchronization

/// The clocks of a test server: they stand still until the test moves them.
///
/// Wall time begins at the real time, because certificates are checked against the real one by whoever connects.
package final class TestClocks: Sendable {
    private let elapsed = Mutex(Duration.zero)
    private let jumps = Mutex(Duration.zero)
    private let start = WallClock.system.now

    package init() {}

    /// Moves both clocks on.
    package func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }

    /// Sets the wall clock alone, forwards or backwards, as a person or a time server does.
    package func jump(by duration: Duration) { jumps.withLock { $0 += duration } }

    package var wallClock: WallClock {
        WallClock { [self] in start.advanced(by: elapsed.withLock { $0 } + jumps.withLock { $0 }) }
    }

    package var clock: MonotonicClock {
        MonotonicClock { [self] in MonotonicTime(milliseconds: 0).advanced(by: elapsed.withLock { $0 }) }
    }
}
