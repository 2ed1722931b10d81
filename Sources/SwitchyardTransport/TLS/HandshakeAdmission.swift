import Logging
import NIOCore
import SwitchyardCore

/// Says when the TLS handshakes of one event loop may go on: a few at a time, the oldest of those that have begun and of those
/// that have not by turns, the rest wait unhandshaken.
///
/// A handshake is the dearest thing a stranger can ask for (0.2 to 0.7 ms of the loop), and thousands ask at once after
/// a power cut. What is bounded is our own work and not the peer's silence: a connection waits here with bytes of its
/// peer in hand, and has left when our answer to them is flushed. Between two turns the loop serves all other sockets
/// that are ready. Who has waited too long is dropped before anything was spent on it. Confined to its loop.
final class HandshakeAdmission: LoopChores.Chore {
    /// A connection that waits for its turn.
    protocol Waiting: AnyObject {
        /// False once it has ended; then nothing is spent on it.
        var isWaiting: Bool { get }
        var waitingSince: MonotonicTime { get }

        /// Its turn: takes one step of the handshake.
        func proceed()

        /// Ends the connection.
        func drop()
    }

    /// No more than this many are dropped in a piece: closing is work, too.
    private static let droppedPerPiece = 8

    private let limits: HandshakeLimits
    private let clock: MonotonicClock
    private let chores: LoopChores
    private let load: LoopLoad
    private let report: DroppedHandshakes
    /// Those that have a flight of ours already.
    ///
    /// Each was let in, so every second step is enough that none waits long, and those who come with one record after another do
    /// not shut out who is new.
    private var begun = CircularBuffer<any Waiting>()
    private var fresh = CircularBuffer<any Waiting>()
    private var isBegunNext = true
    private var lastStepAt = MonotonicTime(milliseconds: 0)
    /// The turn that had the last step.
    private var lastTurn = 0

    init(limits: HandshakeLimits, clock: MonotonicClock, chores: LoopChores, load: LoopLoad, logger: Logger?) {
        self.limits = limits
        self.clock = clock
        self.load = load
        self.chores = chores
        report = DroppedHandshakes(logger: logger)
        chores.add(self)
    }

    /// Those that wait, with those that have ended meanwhile.
    var count: Int { begun.count + fresh.count }

    /// Puts a connection in the queue; drops it when too many wait already.
    func enter(_ connection: any Waiting, hasBegun: Bool) {
        guard count < limits.maximumWaiting else {
            report.add(.full, now: clock.now)
            return connection.drop()
        }
        if hasBegun { begun.append(connection) } else { fresh.append(connection) }
        if count == 1 { chores.ring() }
    }

    // MARK: Its part in the loop's turns

    var isDear: Bool { true }

    var isPending: Bool { count > 0 }

    var isReady: Bool { count > 0 && stepsAllowed(clock.now) > 0 }

    func doPiece() -> Bool {
        let now = clock.now
        var pieces = dropOverdue(now)
        let allowed = stepsAllowed(now)
        var steps = 0
        while steps < allowed, let connection = next() {
            steps += 1
            lastStepAt = now
            connection.proceed()
        }
        if steps > 0 { lastTurn = chores.turnNumber }
        pieces += steps
        return pieces > 0
    }

    /// The loop was asked to come round at the end of its last turn, so the time since is what its other connections took.
    ///
    /// A loop that refuses commands, and comes round in time because of that, is busy, too.
    private func stepsAllowed(_ now: MonotonicTime) -> Int {
        if lastTurn == chores.turnNumber { return 0 }
        if !load.isBehind, now <= chores.rungAt.advanced(by: limits.busyTurn) { return limits.perTurn }
        return now >= lastStepAt.advanced(by: limits.pauseWhileBusy) ? 1 : 0
    }

    private func next() -> (any Waiting)? {
        let connection =
            isBegunNext
            ? firstWaiting(of: &begun) ?? firstWaiting(of: &fresh)
            : firstWaiting(of: &fresh) ?? firstWaiting(of: &begun)
        isBegunNext.toggle()
        return connection
    }

    private func firstWaiting(of queue: inout CircularBuffer<any Waiting>) -> (any Waiting)? {
        while let connection = queue.popFirst() {
            if connection.isWaiting { return connection }
        }
        return nil
    }

    /// Returns how many were dropped.
    private func dropOverdue(_ now: MonotonicTime) -> Int {
        var allowed = Self.droppedPerPiece
        dropOverdue(&begun, now, &allowed)
        dropOverdue(&fresh, now, &allowed)
        return Self.droppedPerPiece - allowed
    }

    private func dropOverdue(_ queue: inout CircularBuffer<any Waiting>, _ now: MonotonicTime, _ allowed: inout Int) {
        while allowed > 0, let first = queue.first {
            if first.isWaiting {
                guard first.waitingSince.advanced(by: limits.patience) < now else { return }
                allowed -= 1
                report.add(.late, now: now)
                first.drop()
            }
            queue.removeFirst()
        }
    }
}
