package import CoolkitWire
import Dispatch
import Foundation

/// Tells wall time: token lives, dates on the wire.
///
/// Tests hand in their own.
package struct WallClock: Sendable {
    private let read: @Sendable () -> UnixTime

    package init(_ read: @escaping @Sendable () -> UnixTime) { self.read = read }

    package var now: UnixTime { read() }

    /// The system's clock.
    package static let system = WallClock {
        UnixTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
}

/// Tells the time that only moves forward: idle limits, command deadlines.
///
/// Tests hand in one that they move.
package struct MonotonicClock: Sendable {
    private let read: @Sendable () -> MonotonicTime

    package init(_ read: @escaping @Sendable () -> MonotonicTime) { self.read = read }

    package var now: MonotonicTime { read() }

    /// The system's clock.
    ///
    /// It is read for each frame, so it does without the 128-bit arithmetic of `Duration`.
    package static let system = MonotonicClock {
        MonotonicTime(milliseconds: Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000))
    }

    /// The time since the machine was started, the time it slept included.
    package static let sinceBoot = MonotonicClock {
        var time = timespec()
        #if os(Linux)
        clock_gettime(CLOCK_BOOTTIME, &time)
        #else
        clock_gettime(CLOCK_MONOTONIC, &time)  // On Darwin that one goes on in sleep.
        #endif
        return MonotonicTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// A moment of the monotonic clock, in milliseconds from its own zero.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.milliseconds < right.milliseconds }

    package func advanced(by duration: Duration) -> MonotonicTime {
        MonotonicTime(milliseconds: milliseconds + duration.wholeMilliseconds)
    }
}
