import NIOCore
import NIOEmbedded
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

/// The turns alone, on a loop and a clock that the test moves.
@Suite struct SlowRequestsTests {
    private final class Peer: SlowRequests.Peer {
        let name: Int
        let log: Log
        var isHeld = true
        var arrived: Bool
        var waits = 0

        init(_ name: Int, _ log: Log, arrived: Bool = true) {
            self.name = name
            self.log = log
            self.arrived = arrived
        }

        var hasBytes: Bool {
            log.looks += 1
            return arrived
        }

        func isWaitedFor() { waits += 1 }

        func readOnce() {
            arrived = false
            log.read.append(name)
        }
    }

    private final class Log {
        var read: [Int] = []
        var looks = 0
    }

    private let loop = EmbeddedEventLoop()
    private let clock = ManualClock()
    private let log = Log()
    private let requests: SlowRequests

    init() {
        // Each look at the time finds that half of what a turn may take is over: two pieces fit in one.
        var time: UInt64 = 0
        let chores = LoopChores(eventLoop: loop, clock: clock.clock) {
            time += LoopChores.nanosecondsPerTurn / 2
            return time
        }
        requests = SlowRequests(timers: LoopTimersGroup(clock: clock.clock).timers(for: loop), chores: chores)
    }

    /// Lets the loop come round once.
    private func turn() { loop.advanceTime(by: .milliseconds(1)) }

    private func advance(_ duration: Duration) {
        clock.advance(by: duration)
        loop.advanceTime(by: .milliseconds(LoopTimers.slotMilliseconds))
    }

    @Test("A turn reads two of those that have something, however many they are")
    func bounded() {
        for name in 1...5_000 { requests.enter(Peer(name, log)) }
        #expect(log.read.isEmpty)
        for turns in 1...2_500 {
            turn()
            #expect(log.read.count == 2 * turns)
        }
        #expect(log.read == Array(1...5_000))
        #expect(requests.count == 0)
    }

    @Test("Requests that become slow at one moment are taken on one after the other")
    func newcomers() {
        final class Newcomer: SlowRequests.Newcomer {
            var times = 0
            func isTakenOn() { times += 1 }
        }
        let newcomers = (0..<500).map { _ in Newcomer() }
        for newcomer in newcomers { requests.announce(newcomer) }
        for turns in 1...250 {
            turn()
            #expect(newcomers.reduce(0) { $0 + $1.times } == 2 * turns)
        }
        #expect(newcomers.allSatisfy { $0.times == 1 })
    }

    @Test("One that has nothing is looked at again, and read when something has come")
    func rests() {
        let peer = Peer(1, log, arrived: false)
        requests.enter(peer)
        for _ in 0..<3 { advance(.milliseconds(200)) }
        #expect(log.read.isEmpty)
        #expect(peer.waits > 1)
        let waits = peer.waits
        peer.arrived = true
        advance(.milliseconds(200))
        turn()
        #expect(log.read == [1])
        #expect(peer.waits == waits)
    }

    @Test("One that is not to be read now is not, although something has come")
    func restsWithBytes() {
        requests.rest(Peer(1, log))
        turn()
        #expect(log.read.isEmpty)
        advance(.milliseconds(200))
        turn()
        #expect(log.read == [1])
    }

    @Test("Many are looked at twice a second, and a part of them in each turn")
    func boundedLooks() {
        for name in 1...1_000 { requests.enter(Peer(name, log, arrived: false)) }
        advance(.milliseconds(700))
        log.looks = 0
        for turns in 1...15 {
            turn()
            #expect(log.looks == 64 * turns)
        }
        for _ in 1...2 {
            turn()
            #expect(log.looks == 1_000)
        }
        #expect(requests.count == 1_000)
    }

    @Test("Those that have ended are neither looked at nor read")
    func ended() {
        let peers = (1...6).map { Peer($0, log, arrived: $0 > 3) }
        for peer in peers { requests.enter(peer) }
        for peer in peers where peer.name != 6 { peer.isHeld = false }
        log.looks = 0
        advance(.milliseconds(700))
        turn()
        #expect(log.read == [6])
        #expect(log.looks == 0)
        #expect(requests.count == 0)
    }
}
