import SwitchyardCore
import Synchronization

/// A monotonic clock that stands still until a test moves it.
final class ManualClock: Sendable {
    private let time = Mutex(MonotonicTime(milliseconds: 1_000_000))

    var clock: MonotonicClock { MonotonicClock { self.now } }
    var now: MonotonicTime { time.withLock { $0 } }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0.advanced(by: duration) }
    }
}
