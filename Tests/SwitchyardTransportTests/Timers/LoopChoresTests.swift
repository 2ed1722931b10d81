import NIOCore
import NIOEmbedded
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

/// Which work a turn does, on a loop and a time that the test moves.
@Suite struct LoopChoresTests {
    private final class Time {
        var nanoseconds: UInt64 = 0
    }

    private final class Log {
        var done: [String] = []
    }

    private final class Work: LoopChores.Chore {
        let name: String
        let isDear: Bool
        let cost: UInt64
        let time: Time
        let log: Log
        var left = 0
        /// There is something to do, and not now.
        var isHeldBack = false

        init(_ name: String, isDear: Bool, cost: UInt64, _ rig: LoopChoresTests) {
            (self.name, self.isDear, self.cost, time, log) = (name, isDear, cost, rig.time, rig.log)
            rig.chores.add(self)
        }

        var isPending: Bool { left > 0 }

        var isReady: Bool { left > 0 && !isHeldBack }

        func doPiece() -> Bool {
            guard isReady else { return false }
            left -= 1
            time.nanoseconds += cost
            log.done.append(name)
            return true
        }
    }

    private let loop = EmbeddedEventLoop()
    private let time = Time()
    private let log = Log()
    private let clock = ManualClock()
    private let chores: LoopChores

    init() {
        let time = time
        chores = LoopChores(eventLoop: loop, clock: clock.clock) { time.nanoseconds }
    }

    /// Lets the loop come round once, and returns what it did.
    private func turn() -> [String] {
        log.done = []
        loop.advanceTime(by: .milliseconds(1))
        return log.done
    }

    @Test("A turn does one dear piece, or cheap ones until its time is over, and each kind gets its turns")
    func turns() {
        let dear = Work("dear", isDear: true, cost: 150_000, self)
        let cheap = Work("cheap", isDear: false, cost: 15_000, self)
        let other = Work("other", isDear: true, cost: 10_000, self)
        (dear.left, cheap.left, other.left) = (2, 6, 3)
        chores.ring()
        let expected = [
            ["dear"], ["cheap", "cheap", "cheap", "cheap"], ["other"], ["dear"], ["cheap", "cheap"], ["other"],
            ["other"], [],
        ]
        #expect(expected.map { _ in turn() } == expected)
        #expect(dear.left + cheap.left + other.left == 0)
    }

    @Test("One kind alone has all of a turn's time")
    func alone() {
        let cheap = Work("cheap", isDear: false, cost: 5_000, self)
        cheap.left = 25
        chores.ring()
        #expect([turn().count, turn().count, turn().count, turn().count] == [10, 10, 5, 0])
    }

    @Test("What is to wait for a later turn holds up nothing, and is asked again")
    func heldBack() {
        let held = Work("held", isDear: true, cost: 10_000, self)
        let cheap = Work("cheap", isDear: false, cost: 30_000, self)
        (held.left, held.isHeldBack, cheap.left) = (1, true, 3)
        chores.ring()
        #expect(turn() == ["cheap", "cheap"])
        #expect(turn() == ["cheap"])
        #expect(turn().isEmpty)
        held.isHeldBack = false
        #expect(turn() == ["held"])
        #expect(turn().isEmpty)
    }

    @Test("A turn that is long anyway does more of it, dear pieces too")
    func longTurn() {
        let dear = Work("dear", isDear: true, cost: 150_000, self)
        let cheap = Work("cheap", isDear: false, cost: 15_000, self)
        (dear.left, cheap.left) = (20, 20)
        chores.ring()
        time.nanoseconds += 15_000_000
        // A twentieth of 15 ms.
        let done = turn()
        #expect(done.count { $0 == "dear" } == 3 && done.count { $0 == "cheap" } == 20)
        #expect(turn() == ["dear"])
    }

    @Test("Who has ended is no longer asked")
    func ended() {
        var work: Work? = Work("gone", isDear: true, cost: 1, self)
        work?.left = 5
        let cheap = Work("cheap", isDear: false, cost: 1, self)
        cheap.left = 1
        chores.ring()
        work = nil
        #expect(turn() == ["cheap"])
        #expect(turn().isEmpty)
    }
}
