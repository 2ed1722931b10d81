import NIOCore
import NIOEmbedded
import SwitchyardCore
import TestRandom
import Testing

@testable import SwitchyardTransport

@Suite struct LoopTimersTests {
    private final class Target: TimerTarget {
        var fired: [MonotonicTime] = []
        var action: ((MonotonicTime) -> Void)?

        func timerFired(now: MonotonicTime) {
            fired.append(now)
            action?(now)
        }
    }

    private let loop = EmbeddedEventLoop()
    private let clock = ManualClock()
    private let timers: LoopTimers

    init() { timers = LoopTimersGroup(clock: clock.clock).timers(for: loop) }

    /// Moves the clock and lets the wheel turn once.
    private func advance(_ duration: Duration) {
        clock.advance(by: duration)
        loop.advanceTime(by: .milliseconds(LoopTimers.slotMilliseconds))
    }

    /// Lets everything fire that is due by now.
    private func turnUntilIdle() { loop.advanceTime(by: .milliseconds(80)) }

    private func time(in duration: Duration) -> MonotonicTime { clock.now.advanced(by: duration) }

    @Test("A timer fires when its time has come, not before, and once")
    func fires() {
        let target = Target()
        timers.schedule(at: time(in: .milliseconds(450)), target)
        advance(.milliseconds(400))
        #expect(target.fired.isEmpty)
        advance(.milliseconds(100))
        #expect(target.fired == [clock.now])
        advance(.seconds(100))
        #expect(target.fired.count == 1)
        #expect(timers.waiting == 0)
    }

    @Test("A jump past the whole wheel fires everything due, earliest first, and nothing else")
    func jump() {
        var order: [Int] = []
        for seconds in [300, 10, 51, 52, 120, 700] {
            timers.schedule(at: time(in: .seconds(seconds))) { _ in order.append(seconds) }
        }
        advance(.seconds(301))
        #expect(order == [10, 51, 52, 120, 300])
        #expect(timers.waiting == 1)
    }

    @Test(
        "Of many that are due at once, 32 fire before the loop looks at its sockets, the earliest first, and all in the end"
    )
    func bounded() {
        var order: [Int] = []
        for number in 0..<1_000 {
            timers.schedule(at: time(in: .milliseconds(number % 7))) { _ in order.append(number % 7) }
        }
        advance(.milliseconds(200))
        #expect(order.count == LoopTimers.firedPerTurn)
        for turns in 2...31 {
            loop.advanceTime(by: .milliseconds(1))
            #expect(order.count == turns * LoopTimers.firedPerTurn)
        }
        loop.advanceTime(by: .milliseconds(1))
        #expect(order == (0..<1_000).map { $0 % 7 }.sorted())
    }

    @Test("One that waits for its turn to fire can be cancelled and set anew")
    func changedWhileDue() {
        var fired: [Int] = []
        let all = (0..<100).map { number in
            timers.schedule(at: time(in: .milliseconds(number))) { _ in fired.append(number) }
        }
        advance(.milliseconds(200))
        timers.cancel(all[98])
        timers.schedule(all[99], at: time(in: .seconds(1)))
        loop.advanceTime(by: .milliseconds(3))
        #expect(fired == Array(0..<98))
        advance(.milliseconds(1_100))
        #expect(fired.last == 99)
        #expect(timers.waiting == 0)
    }

    @Test("A timer beyond the wheel's reach waits its rounds")
    func rounds() {
        let target = Target()
        timers.schedule(at: time(in: .seconds(160)), target)
        for _ in 0..<159 { advance(.seconds(1)) }
        #expect(target.fired.isEmpty)
        advance(.seconds(1))
        #expect(target.fired.count == 1)
    }

    @Test("A cancelled timer stays silent, also when one that fires with it cancels it")
    func cancel() {
        let first = Target()
        let second = Target()
        timers.cancel(timers.schedule(at: time(in: .milliseconds(100)), first))
        let later = timers.schedule(at: time(in: .milliseconds(300)), second)
        timers.schedule(at: time(in: .milliseconds(200))) { [timers] _ in timers.cancel(later) }
        advance(.seconds(1))
        #expect(first.fired.isEmpty && second.fired.isEmpty)
        #expect(timers.waiting == 0)
    }

    @Test("A target may schedule itself again while it fires, even for a time that is past")
    func again() {
        let target = Target()
        let timer = LoopTimer(target: target)
        target.action = { [timers] now in
            if target.fired.count < 3 { timers.schedule(timer, at: now) }
        }
        timers.schedule(timer, at: time(in: .milliseconds(100)))
        for _ in 0..<5 { advance(.milliseconds(100)) }
        target.action = nil
        #expect(target.fired.count == 3)
    }

    @Test("A target that is gone is not missed")
    func weakTarget() {
        var target: Target? = Target()
        weak let observed = target
        if let target { timers.schedule(at: time(in: .milliseconds(100)), target) }
        target = nil
        #expect(observed == nil)
        advance(.seconds(1))
        #expect(timers.waiting == 0)
    }

    @Test("Random schedules, moves and cancellations fire what a plain list would", arguments: 1...10)
    func agreesWithList(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var due: [Int: MonotonicTime] = [:]
        var handles: [Int: LoopTimer] = [:]
        var fired: Set<Int> = []
        for identifier in 0..<2_000 {
            let time = time(in: .milliseconds(Int.random(in: 0...200_000, using: &random)))
            handles[identifier] = timers.schedule(at: time) { _ in fired.insert(identifier) }
            due[identifier] = time
            if Int.random(in: 0..<4, using: &random) == 0, let victim = due.keys.min(), let timer = handles[victim] {
                timers.cancel(timer)
                due[victim] = nil
            }
            guard Int.random(in: 0..<8, using: &random) == 0 else { continue }
            advance(.milliseconds(Int.random(in: 1...20_000, using: &random)))
            turnUntilIdle()
            let expected = due.filter { $0.value.milliseconds <= clock.now.milliseconds / 100 * 100 }.keys
            #expect(Set(expected).isSubset(of: fired))
            #expect(fired.allSatisfy { (due[$0]?.milliseconds ?? .max) <= clock.now.milliseconds })
            for identifier in fired { due[identifier] = nil }
            fired = []
        }
        advance(.seconds(300))
        turnUntilIdle()
        #expect(fired == Set(due.keys))
    }
}
