import NIOCore
import SwitchyardCore

/// Reads requests that are slow to arrive, a few in each turn of one event loop.
///
/// Thousands that send some bytes at the same moment, and again, would each time be read in one turn, at 20 us each with TLS,
/// and everybody else would wait that long. So the loop does not listen to a connection whose request is not whole after
/// `HTTPLimits.prompt`. Now and then it is looked at whether bytes of it are there, and those that have some take turns: in
/// between, the loop serves all other sockets that are ready. To wait for a turn counts as the peer's time: that those who are slow
/// have to leave is what keeps the queue short. Confined to its loop.
final class SlowRequests: TimerTarget, LoopChores.Chore {
    /// A connection that is read in its turn only.
    protocol Peer: AnyObject {
        /// False once it is to be listened to again, or has ended.
        var isHeld: Bool { get }
        /// Whether a read would find anything.
        var hasBytes: Bool { get }

        /// Its turn: reads once, and enters again when that is done.
        func readOnce()
        /// It was looked at, and nothing was there.
        func isWaitedFor()
    }

    /// A connection whose request has become slow.
    protocol Newcomer: AnyObject {
        /// Its turn to become a peer; does nothing when its request is whole meanwhile.
        func isTakenOn()
    }

    /// How long a connection rests that had nothing to read.
    static let interval = Duration.milliseconds(500)
    /// The same while no more than a `few` are slow: honest peers with a bad line.
    static let intervalOfFew = Duration.milliseconds(100)
    /// So many are few.
    static let few = 128
    /// A look is a system call of less than a microsecond, and more with what is around it.
    static let looksPerPiece = 32
    /// What is asked for in one turn is read, decrypted and taken apart in the next, which no piece's time tells.
    static let readsPerTurn = 2

    /// What there is to do; the kinds go by turns.
    private enum Work: CaseIterable {
        case look
        /// All that came within a slot of the wheel become slow at once, and for each the loop lets go of a socket.
        case takeOn
        case read
    }

    private let timers: LoopTimers
    private let chores: LoopChores
    private var work = 0
    /// The turn that had the last read, and how many it had.
    private var lastTurn = 0
    private var reads = 0
    private var newcomers = CircularBuffer<any Newcomer>()
    private var ready = CircularBuffer<any Peer>()
    /// Those that had nothing to read when they were looked at, and when they will be again; the next one first.
    private var resting = CircularBuffer<(peer: any Peer, lookAt: MonotonicTime)>()
    private var timer: LoopTimer?

    init(timers: LoopTimers, chores: LoopChores) {
        self.timers = timers
        self.chores = chores
        chores.add(self)
    }

    /// Those held, with those that have ended since they were last looked at.
    var count: Int { ready.count + resting.count }

    /// A request is slow from now on; its connection is told when it is its turn to be held.
    func announce(_ newcomer: any Newcomer) {
        newcomers.append(newcomer)
        chores.ring()
    }

    /// Takes a connection on, or again after its turn; one that has more to read need not rest.
    func enter(_ peer: any Peer) {
        if peer.hasBytes {
            ready.append(peer)
            chores.ring()
        } else {
            rest(peer)
            peer.isWaitedFor()
        }
    }

    /// Takes a connection on that is not to be read now, whatever it has sent.
    func rest(_ peer: any Peer) {
        let interval = count < Self.few ? Self.intervalOfFew : Self.interval
        resting.append((peer, timers.now.advanced(by: interval)))
        setTimer()
    }

    func timerFired(now: MonotonicTime) { chores.ring() }

    // MARK: Its part in the loop's turns

    var isDear: Bool { false }

    var isPending: Bool { !newcomers.isEmpty || !ready.isEmpty || isLookDue(timers.now) }

    func doPiece() -> Bool {
        for _ in Work.allCases {
            let work = Work.allCases[self.work]
            self.work = (self.work + 1) % Work.allCases.count
            if isDone(work) { return true }
        }
        return false
    }

    private func isDone(_ work: Work) -> Bool {
        switch work {
        case .look: return look(timers.now)
        case .takeOn:
            guard let newcomer = newcomers.popFirst() else { return false }
            newcomer.isTakenOn()
            return true
        case .read:
            if lastTurn != chores.turnNumber { (lastTurn, reads) = (chores.turnNumber, 0) }
            guard reads < Self.readsPerTurn, let peer = next() else { return false }
            reads += 1
            peer.readOnce()
            return true
        }
    }

    /// Returns false when nobody was to be looked at.
    private func look(_ now: MonotonicTime) -> Bool {
        var looks = 0
        while looks < Self.looksPerPiece, isLookDue(now), let (peer, _) = resting.popFirst() {
            guard peer.isHeld else { continue }
            looks += 1
            if peer.hasBytes {
                ready.append(peer)
            } else {
                rest(peer)
                peer.isWaitedFor()
            }
        }
        setTimer()
        return looks > 0
    }

    private func isLookDue(_ now: MonotonicTime) -> Bool { resting.first.map { $0.lookAt <= now } ?? false }

    private func next() -> (any Peer)? {
        while let peer = ready.popFirst() {
            if peer.isHeld { return peer }
        }
        return nil
    }

    private func setTimer() {
        guard let first = resting.first else { return }
        let timer = self.timer ?? LoopTimer(target: self)
        self.timer = timer
        if !timer.isScheduled { timers.schedule(timer, at: first.lookAt) }
    }
}
