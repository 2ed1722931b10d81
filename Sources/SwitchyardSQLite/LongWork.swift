#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Work of many small steps on a thread of its own, which lets an event loop of the same core go first in between.
///
/// A batch takes milliseconds. A loop that is woken meanwhile on a core that both share would wait for the end of the batch:
/// Linux lets a thread that makes no system call go on until the next tick, up to 4 ms later (`PREEMPT_LAZY`, and
/// `PREEMPT_NONE` before it).
struct LongWork {
    /// A batch of 250 takes 2.6 ms, so some 80 us.
    private static let stepsAtOnce = 8

    private var steps = 0

    mutating func step() {
        steps += 1
        if steps % Self.stepsAtOnce == 0 { sched_yield() }
    }
}
