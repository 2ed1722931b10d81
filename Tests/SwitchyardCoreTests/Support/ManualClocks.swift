import CoolkitWire
import SwitchyardCore
import Synchronization

/// Both clocks of a test: they stand still until the test moves them.
final class ManualClocks: Sendable {
    private let elapsed = Mutex(Duration.zero)
    /// 2023-11-14, and no round number on the monotonic side.
    private static let start = (wall: UnixTime(milliseconds: 1_700_000_000_000), monotonic: Int64(987_654))

    func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }

    var wall: WallClock {
        WallClock { [self] in Self.start.wall.advanced(by: elapsed.withLock { $0 }) }
    }

    var monotonic: MonotonicClock {
        MonotonicClock { [self] in
            MonotonicTime(milliseconds: Self.start.monotonic).advanced(by: elapsed.withLock { $0 })
        }
    }
}
