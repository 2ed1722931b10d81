import CoolkitWire
import Synchronization
import Testing

@testable import SwitchyardCore

@Suite struct SteadyClockTests {
    /// A system's clock that can be set, and the time that really passed.
    private final class Machine: Sendable {
        private let state = Mutex((wall: Int64(1_700_000_000_000), elapsed: Int64(5_000)))

        var wall: WallClock { WallClock { UnixTime(milliseconds: self.state.withLock { $0.wall }) } }
        var elapsed: MonotonicClock {
            MonotonicClock { MonotonicTime(milliseconds: self.state.withLock { $0.elapsed }) }
        }

        /// Time passes.
        func pass(_ duration: Duration) {
            state.withLock { state in
                state.wall += duration.wholeMilliseconds
                state.elapsed += duration.wholeMilliseconds
            }
        }

        /// Somebody sets the clock.
        func set(by duration: Duration) { state.withLock { $0.wall += duration.wholeMilliseconds } }
    }

    private static let jumps: [Duration] = [.seconds(3_600), .seconds(-3_600), .days(3_650), .days(-3_650)]

    @Test("A jump that is put right within the hold never shows", arguments: jumps)
    func returns(jump: Duration) {
        let machine = Machine()
        let clock = SteadyClock(following: machine.wall, elapsed: machine.elapsed)
        let start = clock.now
        machine.set(by: jump)

        #expect(clock.look() == .jumped(by: jump))
        machine.pass(.seconds(599))
        #expect(clock.look() == nil)
        #expect(clock.now == start.advanced(by: .seconds(599)))
        #expect(clock.deviation == jump)

        machine.set(by: .zero - jump)
        #expect(clock.look() == .returned)
        #expect(clock.now == machine.wall.now)
        #expect(!clock.hasFollowedLargeStep(within: .days(1)))
    }

    @Test("A jump that lasts is followed after the hold, and large ones are remembered for a day", arguments: jumps)
    func follows(jump: Duration) {
        let machine = Machine()
        let clock = SteadyClock(following: machine.wall, elapsed: machine.elapsed)
        machine.set(by: jump)
        _ = clock.look()
        machine.pass(.seconds(600))

        #expect(clock.look() == .followed(by: jump))

        #expect(clock.now == machine.wall.now)
        #expect(clock.look() == nil)
        #expect(clock.hasFollowedLargeStep(within: .days(1)))
        machine.pass(.days(1))
        #expect(!clock.hasFollowedLargeStep(within: .days(1)))
    }

    @Test("A second jump starts the hold anew")
    func jumpsAgain() {
        let machine = Machine()
        let clock = SteadyClock(following: machine.wall, elapsed: machine.elapsed)
        let start = clock.now
        machine.set(by: .seconds(3_600))
        _ = clock.look()
        machine.pass(.seconds(400))
        machine.set(by: .seconds(3_600))

        #expect(clock.look() == .jumped(by: .seconds(7_200)))

        machine.pass(.seconds(400))
        #expect(clock.look() == nil)
        #expect(clock.now == start.advanced(by: .seconds(800)))
        machine.pass(.seconds(200))
        #expect(clock.look() == .followed(by: .seconds(7_200)))
    }

    @Test("Small steps and a drift are followed at once, and nobody is told")
    func drifts() {
        let machine = Machine()
        let clock = SteadyClock(following: machine.wall, elapsed: machine.elapsed)
        for step in [Duration.seconds(2), .seconds(-2), .milliseconds(500)] {
            machine.pass(.seconds(1))
            machine.set(by: step)
            #expect(clock.look() == nil)
            #expect(clock.now == machine.wall.now)
        }
        #expect(!clock.hasFollowedLargeStep(within: .days(1)))
    }

    @Test("A clock that drifts while its jump is held is followed to where it is")
    func driftsWhileHeld() {
        let machine = Machine()
        let clock = SteadyClock(following: machine.wall, elapsed: machine.elapsed)
        machine.set(by: .seconds(100))
        _ = clock.look()
        for _ in 0..<300 {
            machine.pass(.seconds(2))
            machine.set(by: .milliseconds(10))
            _ = clock.look()
        }

        #expect(clock.now == machine.wall.now)
        #expect(!clock.hasFollowedLargeStep(within: .days(1)))
    }
}
