import NIOCore
import NIOEmbedded
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

/// The queue alone, on a loop and a clock that the test moves.
@Suite struct HandshakeAdmissionTests {
    private final class Peer: HandshakeAdmission.Waiting {
        let name: Int
        let rig: HandshakeAdmissionTests
        var isWaiting = true
        var waitingSince: MonotonicTime
        var cost = Duration.zero

        init(_ name: Int, _ rig: HandshakeAdmissionTests) {
            self.name = name
            self.rig = rig
            waitingSince = rig.clock.now
        }

        func proceed() {
            isWaiting = false
            rig.log.served.append(name)
            rig.clock.advance(by: cost)
        }

        func drop() {
            isWaiting = false
            rig.log.dropped.append(name)
        }
    }

    private final class Log {
        var served: [Int] = []
        var dropped: [Int] = []
    }

    private let loop = EmbeddedEventLoop()
    private let clock = ManualClock()
    private let log = Log()
    private let load: LoopLoad

    private let chores: LoopChores

    init() {
        chores = LoopChores(eventLoop: loop, clock: clock.clock)
        load = LoopLoad(clock: clock.clock, eventLoop: loop, logger: nil)
    }

    private func makeAdmission(_ change: (inout HandshakeLimits) -> Void = { _ in }) -> HandshakeAdmission {
        var limits = HandshakeLimits()
        limits.perTurn = 2
        change(&limits)
        return HandshakeAdmission(limits: limits, clock: clock.clock, chores: chores, load: load, logger: nil)
    }

    /// Lets the loop come round once, which takes it that long.
    private func turn(taking duration: Duration = .milliseconds(1)) {
        clock.advance(by: duration)
        loop.advanceTime(by: .milliseconds(1))
    }

    @Test("A turn takes as many as it may, the oldest of those that have begun and of all others by turns")
    func order() {
        let admission = makeAdmission()
        for name in 1...5 { admission.enter(Peer(name, self), hasBegun: name > 3) }
        #expect(log.served.isEmpty)
        turn()
        #expect(log.served == [4, 1])
        turn()
        #expect(log.served == [4, 1, 5, 2])
        turn()
        #expect(log.served == [4, 1, 5, 2, 3])
        #expect(admission.count == 0)
    }

    @Test("However many go on with handshakes that have begun, those who are new get every second step")
    func newOnesAreServed() {
        let admission = makeAdmission { $0.perTurn = 1 }
        for name in 1...10 { admission.enter(Peer(name, self), hasBegun: false) }
        for round in 0..<20 {
            admission.enter(Peer(100 + round, self), hasBegun: true)
            turn()
        }
        #expect(Array(log.served.filter { $0 <= 10 }) == Array(1...10))
    }

    @Test("Those that have left cost no turn")
    func gone() {
        let admission = makeAdmission()
        let peers = (1...6).map { Peer($0, self) }
        for peer in peers { admission.enter(peer, hasBegun: false) }
        for peer in peers.prefix(4) { peer.isWaiting = false }
        turn()
        #expect(log.served == [5, 6])
        #expect(log.dropped.isEmpty)
    }

    @Test("Those that have waited more than three seconds are dropped, and nothing is spent on them")
    func late() {
        let admission = makeAdmission { $0.busyTurn = .seconds(60) }
        admission.enter(Peer(1, self), hasBegun: false)
        admission.enter(Peer(2, self), hasBegun: true)
        clock.advance(by: .seconds(2))
        admission.enter(Peer(3, self), hasBegun: false)
        turn(taking: .milliseconds(1_001))
        #expect(Set(log.dropped) == [1, 2])
        #expect(log.served == [3])
    }

    @Test("Beyond its bound the queue takes nobody")
    func full() {
        let admission = makeAdmission { $0.maximumWaiting = 3 }
        for name in 1...5 { admission.enter(Peer(name, self), hasBegun: false) }
        #expect(log.dropped == [4, 5])
        turn()
        turn()
        #expect(log.served == [1, 2, 3])
    }

    @Test("While the loop has too much to do new connections wait, and one goes on each tenth of a second")
    func busy() {
        let admission = makeAdmission()
        for name in 1...60 { admission.enter(Peer(name, self), hasBegun: false) }
        for _ in 0..<40 { turn(taking: .milliseconds(50)) }
        // Two seconds have passed.
        #expect((15...21).contains(log.served.count))
        #expect(log.dropped.isEmpty)
        for _ in 0..<24 { turn(taking: .milliseconds(50)) }
        #expect(log.served.count + log.dropped.count == 60)
        #expect((28...33).contains(log.served.count))
    }

    @Test("While the loop refuses commands, and comes round in time because of that, new connections wait as well")
    func refusing() {
        let admission = makeAdmission()
        load.workBegins()
        clock.advance(by: .milliseconds(150))
        loop.run()
        #expect(load.isBehind)
        for name in 1...60 { admission.enter(Peer(name, self), hasBegun: false) }
        for _ in 0..<100 {
            load.workBegins()
            for _ in 0..<1_000 { _ = load.admitsCommand() }
            turn(taking: .milliseconds(20))
        }
        #expect(load.isBehind)
        #expect((15...21).contains(log.served.count))
    }

    @Test("The time that handshakes take themselves does not count as load")
    func ownTime() {
        let admission = makeAdmission()
        for name in 1...8 {
            let peer = Peer(name, self)
            peer.cost = .milliseconds(40)
            admission.enter(peer, hasBegun: false)
        }
        for _ in 0..<4 { turn() }
        #expect(log.served.count == 8)
    }
}
