import SwitchyardCore
import Testing

@Suite("Attempt limiter")
struct AttemptLimiterTests {
    private let clocks = ManualClocks()

    @Test("A key is blocked from the failure that reaches the limit until its window is over")
    func blocks() {
        let limiter = AttemptLimiter(limit: 3, per: .seconds(60), clock: clocks.monotonic)

        limiter.countFailure(of: "a")
        clocks.advance(by: .seconds(30))
        limiter.countFailure(of: "a")
        #expect(!limiter.isBlocked("a"))
        limiter.countFailure(of: "a")

        #expect(limiter.isBlocked("a"))
        #expect(!limiter.isBlocked("b"))
        clocks.advance(by: .seconds(30) - .milliseconds(1))
        #expect(limiter.isBlocked("a"))
        clocks.advance(by: .milliseconds(1))
        #expect(!limiter.isBlocked("a"))
    }

    @Test("After its window a key begins anew")
    func beginsAnew() {
        let limiter = AttemptLimiter(limit: 2, per: .seconds(60), clock: clocks.monotonic)
        limiter.countFailure(of: "a")
        clocks.advance(by: .seconds(61))

        limiter.countFailure(of: "a")

        #expect(!limiter.isBlocked("a"))
        limiter.countFailure(of: "a")
        #expect(limiter.isBlocked("a"))
    }

    @Test("A full table takes no new key until a window is over, and keeps those it has")
    func isBounded() {
        let limiter = AttemptLimiter(limit: 1, per: .seconds(60), capacity: 2, clock: clocks.monotonic)
        limiter.countFailure(of: "a")
        clocks.advance(by: .seconds(30))
        limiter.countFailure(of: "b")

        limiter.countFailure(of: "c")

        #expect(["a", "b", "c"].map(limiter.isBlocked) == [true, true, false])
        clocks.advance(by: .seconds(30))
        limiter.countFailure(of: "c")
        #expect(["a", "b", "c"].map(limiter.isBlocked) == [false, true, true])
    }
}
