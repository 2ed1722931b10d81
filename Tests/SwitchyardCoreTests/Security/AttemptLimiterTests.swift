import SwitchyardCore
import Testing

@Suite("Attempt limiter")
struct AttemptLimiterTests {
    private let clocks = ManualClocks()

    @Test("A key is blocked from the failure that reaches the limit until one is forgiven")
    func blocks() {
        let limiter = AttemptLimiter(limit: 3, per: .seconds(60), clock: clocks.monotonic)

        for _ in 0..<3 {
            #expect(!limiter.isBlocked("a"))
            limiter.countFailure(of: "a")
        }

        #expect(limiter.isBlocked("a"))
        #expect(!limiter.isBlocked("b"))
        clocks.advance(by: .seconds(20) - .milliseconds(1))
        #expect(limiter.isBlocked("a"))
        clocks.advance(by: .milliseconds(1))
        #expect(!limiter.isBlocked("a"))
    }

    @Test("Attempts that were not let through do not prolong the wait")
    func doesNotProlong() {
        let limiter = AttemptLimiter(limit: 2, per: .seconds(60), clock: clocks.monotonic)

        for _ in 0..<1_000 { limiter.countFailure(of: "a") }
        let refused = (0..<1_000).map { _ in limiter.admit("a") }

        #expect(!refused.contains(true))
        clocks.advance(by: .seconds(30))
        #expect(limiter.admit("a"))
        #expect(!limiter.admit("a"))
    }

    @Test("However attempts are spread, no hour holds more than the burst and what is forgiven in it", arguments: 1...5)
    func boundsEveryHour(seed: UInt64) {
        let limiter = AttemptLimiter(AttemptRate(burst: 10, perHour: 30), clock: clocks.monotonic)
        var generator = SplitMix(state: seed)
        var now = 0
        var admitted: [Int] = []

        while now < 3 * 3_600_000 {
            if limiter.admit("a") { admitted.append(now) }
            // In bursts, with pauses up to an hour.
            let pause = generator.next() % 50 == 0 ? Int(generator.next() % 1_800_000) : Int(generator.next() % 30_000)
            clocks.advance(by: .milliseconds(pause))
            now += pause
        }

        let most = admitted.map { start in admitted.count { (start..<start + 3_600_000).contains($0) } }.max() ?? 0
        #expect((20...40).contains(most))
    }

    @Test("An attempt that is taken back may be made again")
    func forgives() {
        let limiter = AttemptLimiter(limit: 1, per: .seconds(60), clock: clocks.monotonic)

        for _ in 0..<10 {
            #expect(limiter.admit("a"))
            limiter.forgive("a")
        }

        #expect(limiter.count == 0)
        #expect(limiter.admit("a"))
        #expect(!limiter.admit("a"))
    }

    @Test("A full table counts new keys all the same, and keeps those it has")
    func isBounded() {
        let limiter = AttemptLimiter(limit: 1, per: .seconds(60), capacity: 2, clock: clocks.monotonic)
        for key in ["a", "b", "c"] { #expect(limiter.admit(key)) }

        #expect(limiter.count == 2)
        #expect(["a", "b", "c"].map(limiter.isBlocked) == [true, true, true])
        clocks.advance(by: .seconds(60))
        #expect(["a", "b", "c"].map(limiter.isBlocked) == [false, false, false])
        for key in ["d", "e", "f"] { #expect(limiter.admit(key)) }
        #expect(limiter.count == 2)
    }

    @Test("A flood of new keys gets nobody more attempts, whether it comes before them or after")
    func cannotBeFlushed() {
        let limiter = AttemptLimiter(AttemptRate(burst: 10, perHour: 30), capacity: 100, clock: clocks.monotonic)
        for _ in 0..<10 { #expect(limiter.admit("early")) }
        for key in 0..<100_000 { _ = limiter.admit("flood \(key)") }

        let late = (0..<100_000).count { _ in limiter.admit("late") }
        let early = (0..<100_000).count { _ in limiter.admit("early") }

        #expect(late <= 10)
        #expect(early == 0)
        #expect(limiter.count == 100)
    }

    @Test("A key that finds room takes along what was counted before")
    func keepsCountWhenMoved() {
        let limiter = AttemptLimiter(AttemptRate(burst: 4, perHour: 60), capacity: 1, clock: clocks.monotonic)
        _ = limiter.admit("a")
        for _ in 0..<4 { #expect(limiter.admit("b")) }
        clocks.advance(by: .seconds(60))

        let again = (0..<10).count { _ in limiter.admit("b") }

        #expect(again == 1)
    }
}

/// Random numbers that are the same in each run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
