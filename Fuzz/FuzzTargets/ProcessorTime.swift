#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The time that a thread has had a processor: what else the machine does is no finding.
enum ProcessorTime {
    static func measure(_ body: () throws -> Void) rethrows -> Duration {
        let before = now
        try body()
        return now - before
    }

    private static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
