package import CoolkitWire
import Synchronization

/// Wall time that does not jump when the system's clock does.
///
/// It counts on from the moment it was made, by a clock that cannot be set, and follows the system's clock where that
/// moves by little (``tolerance``). A larger step is not believed at once: it is taken over when it has lasted for ``hold``.
/// So a clock that is set wrong and put right again within that time lets no token expire, runs no timer and gives no state
/// a wrong date; and one that is right after all (a board without a battery whose clock is set once it has a network) is
/// followed soon enough.
///
/// Reading it takes no lock. ``look()`` compares the clocks; somebody has to call it about once a second.
package final class SteadyClock: Sendable {
    /// What ``look()`` found.
    package enum Finding: Hashable, Sendable {
        /// The system's clock stands this far from where it should, since just now.
        case jumped(by: Duration)
        /// It is back where it was.
        case returned
        /// It has stayed there for ``hold``: its time is the one from now on.
        case followed(by: Duration)
    }

    /// A step of the system's clock that has not lasted for long enough.
    private struct Jump {
        var deviation: Int64
        let since: MonotonicTime
    }

    private struct State {
        var jump: Jump?
        /// When a step of more than ``largeStep`` was taken over last.
        var lastLargeStep: MonotonicTime?
    }

    /// Steps up to this are followed at once.
    package static let tolerance = Duration.seconds(2)
    /// How long a larger step has to last.
    package static let hold = Duration.seconds(600)
    /// A step that may have been wrong all the same, by which much would seem to have expired.
    package static let largeStep = Duration.seconds(1_800)

    private let system: WallClock
    private let elapsed: MonotonicClock
    /// This clock's time less that of `elapsed`, in milliseconds.
    private let offset: Atomic<Int64>
    private let state = Mutex(State())

    /// - Parameters:
    ///   - system: the clock that may jump.
    ///   - elapsed: the clock that may not; it goes on while the machine sleeps.
    package init(following system: WallClock, elapsed: MonotonicClock = .sinceBoot) {
        self.system = system
        self.elapsed = elapsed
        offset = Atomic(system.now.milliseconds - elapsed.now.milliseconds)
    }

    package var now: UnixTime {
        UnixTime(milliseconds: elapsed.now.milliseconds + offset.load(ordering: .relaxed))
    }

    /// This clock in the form that everybody takes.
    package var wallClock: WallClock { WallClock { self.now } }

    /// How far the system's clock is ahead of this one.
    package var deviation: Duration { .milliseconds(system.now.milliseconds - now.milliseconds) }

    /// Whether a large step was taken over within `duration`, so that what has expired by it had better be kept for now.
    package func hasFollowedLargeStep(within duration: Duration) -> Bool {
        guard let last = state.withLock({ $0.lastLargeStep }) else { return false }
        return elapsed.now < last.advanced(by: duration)
    }

    /// Compares the clocks and follows the system's where it may; nil when there is nothing to tell.
    package func look() -> Finding? {
        state.withLock { state in
            let moment = elapsed.now
            let deviation = system.now.milliseconds - moment.milliseconds - offset.load(ordering: .relaxed)
            if Self.isSmall(deviation) {
                offset.add(deviation, ordering: .relaxed)
                defer { state.jump = nil }
                return state.jump.map { _ in .returned }
            }
            guard let jump = state.jump, Self.isSmall(deviation - jump.deviation) else {
                state.jump = Jump(deviation: deviation, since: moment)
                return .jumped(by: .milliseconds(deviation))
            }
            guard moment >= jump.since.advanced(by: Self.hold) else {
                state.jump?.deviation = deviation
                return nil
            }
            offset.add(deviation, ordering: .relaxed)
            state.jump = nil
            if deviation.magnitude > Self.largeStep.wholeMilliseconds.magnitude { state.lastLargeStep = moment }
            return .followed(by: .milliseconds(deviation))
        }
    }

    private static func isSmall(_ deviation: Int64) -> Bool {
        deviation.magnitude <= tolerance.wholeMilliseconds.magnitude
    }
}
