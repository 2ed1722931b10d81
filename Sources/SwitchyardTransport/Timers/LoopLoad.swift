import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore

/// When an event loop counts as behind, and what it takes on then.
///
/// Source: `design.md` §4; the way of deciding is that of controlled delay (RFC 8289): a burst is absorbed, a standing queue is not.
package struct LoadLimits: Sendable {
    /// A turn longer than this is a slow one.
    package var slowTurn = Duration.milliseconds(20)
    /// Only when all turns of this time were slow the loop is behind.
    package var patience = Duration.milliseconds(50)
    /// After so long in one turn it is behind without further waiting, and this turn takes on nothing more.
    package var longTurn = Duration.milliseconds(25)
    /// Only when nothing was refused for so long it has caught up: what is at its limit does not swing to and fro.
    package var recovery = Duration.seconds(1)
    /// How long the turns of a loop that is behind are to be.
    package var aim = Duration.milliseconds(15)
    /// So many commands are taken on in each turn whatever it lasts: a machine that is busy with other things has few.
    package var freePerTurn = 64
    /// Connections that a loop closes in each turn, when refusing does not make turns short or more is refused than taken on.
    package var closedPerTurn = 16

    package init() {}
}

/// How far an event loop is behind its sockets, and with that, which share of the commands it may take on.
///
/// What peers send while a loop is at work waits unread, in the kernel, for its next turn. So a turn's length is the age of
/// what the next one reads, and commands that all are taken on at a higher rate than they can be carried out only grow old
/// together. A loop that is behind takes on as many of them as make its turns short again and refuses the rest at once, spread
/// evenly over all senders. Refusing has its price, too: a third of carrying out. So where it becomes the larger part, or is not
/// enough, connections of those who go on are closed, a few each turn. What it has taken on, and what devices say, it never
/// refuses. Confined to its loop.
package final class LoopLoad {
    private let limits: LoadLimits
    private let clock: MonotonicClock
    private let eventLoop: any EventLoop
    private let logger: Logger?
    private var began: MonotonicTime?
    private var ended: MonotonicTime?
    /// Of this turn.
    private var commands = 0
    private var refusals = 0
    private var closings = 0
    /// Since when each turn was slow, or, while it is behind, since when nothing was refused.
    private var changingSince: MonotonicTime?
    /// Since the log was told that it has caught up.
    private var refusedInAll = 0
    private var saidAt: MonotonicTime?
    /// Whether the log has it behind.
    private var isTold = false
    /// Which part of the commands beyond the free ones may be taken on, and what is left over of that so far.
    private var share = 1.0
    private var credit = 0.0
    /// The part of a turn, in milliseconds, that commands may cause; comes out as what keeps turns as long as they are to be.
    private var allowance = 0.0
    private var isRefusing = false

    init(limits: LoadLimits = LoadLimits(), clock: MonotonicClock, eventLoop: any EventLoop, logger: Logger?) {
        self.limits = limits
        self.clock = clock
        self.eventLoop = eventLoop
        self.logger = logger
    }

    /// There is a message to be worked on: the first one begins a turn, which ends when the loop has gone through all that was ready
    /// with it, sockets first and then what these and others have given it to do.
    package func workBegins() {
        guard began == nil else { return }
        let now = clock.now
        if isRested(at: now) { hadNothingToDo() }
        began = now
        // Tasks run in their order, after the sockets. The object is confined to its loop.
        let loop = eventLoop.assumeIsolated()
        loop.execute { loop.execute { self.turnEnded(at: self.clock.now) } }
    }

    /// Whether commands are refused.
    package var isBehind: Bool { isRefusing && !isRested(at: clock.now) }

    /// Nothing has come for longer than a turn may take.
    private func isRested(at now: MonotonicTime) -> Bool {
        guard began == nil, let ended else { return false }
        return ended.advanced(by: limits.slowTurn) < now
    }

    /// Whether the loop takes on one command more; who asks has to refuse it if not.
    package func admitsCommand() -> Bool {
        commands += 1
        let now = clock.now
        let length = began.map { now.milliseconds - $0.milliseconds } ?? 0
        let isLong = length > limits.longTurn.wholeMilliseconds
        if isLong, !isRefusing { fellBehind(after: length, at: now) }
        guard isRefusing, commands > limits.freePerTurn else { return true }
        credit = min(credit + share, 2)
        if !isLong, credit >= 1 {
            credit -= 1
            return true
        }
        refusals += 1
        return false
    }

    /// Whether the connection of one who was refused, and goes on, is to be closed.
    package func closesConnection() -> Bool {
        guard closings > 0 else { return false }
        closings -= 1
        return true
    }

    private func fellBehind(after milliseconds: Int64, at now: MonotonicTime) {
        isRefusing = true
        changingSince = nil
        allowance = Double(limits.aim.wholeMilliseconds)
        adjustShare(to: Double(milliseconds))
        say(milliseconds, now)
    }

    private func turnEnded(at now: MonotonicTime) {
        guard let began else { return }
        let milliseconds = now.milliseconds - began.milliseconds
        if isRefusing {
            adjustShare(to: Double(max(1, milliseconds)))
            wasBehind(now)
        } else {
            wasInTime(milliseconds, began, now)
        }
        self.began = nil
        ended = now
        let isEnough = milliseconds <= limits.slowTurn.wholeMilliseconds && 2 * refusals <= commands
        closings = isRefusing && !isEnough ? limits.closedPerTurn : 0
        commands = 0
        refusals = 0
    }

    private func wasInTime(_ milliseconds: Int64, _ began: MonotonicTime, _ now: MonotonicTime) {
        guard milliseconds > limits.slowTurn.wholeMilliseconds else {
            changingSince = nil
            return
        }
        let since = changingSince ?? began
        changingSince = since
        guard since.advanced(by: limits.patience) <= now else { return }
        fellBehind(after: milliseconds, at: now)
    }

    /// Commands of the next turn are about as many as this one was long.
    ///
    /// The share answers to each turn's length; the allowance follows by its fourth root, which is slow enough not to swing.
    private func adjustShare(to milliseconds: Double) {
        let aim = Double(limits.aim.wholeMilliseconds)
        allowance = min(max(0.01, allowance * (aim / milliseconds).squareRoot().squareRoot()), 4 * aim)
        share = min(1, allowance / milliseconds)
    }

    private func wasBehind(_ now: MonotonicTime) {
        refusedInAll += refusals
        guard refusals == 0 else {
            changingSince = nil
            return
        }
        let since = changingSince ?? now
        changingSince = since
        if since.advanced(by: limits.recovery) <= now { caughtUp() }
    }

    /// The loop has waited for its peers meanwhile.
    private func hadNothingToDo() {
        changingSince = nil
        if isRefusing { caughtUp() }
    }

    private func caughtUp() {
        isRefusing = false
        changingSince = nil
        guard isTold else { return }
        isTold = false
        logger?.info("An event loop has caught up", metadata: ["refusedCommands": "\(refusedInAll)"])
        refusedInAll = 0
    }

    /// Once a second at most.
    private func say(_ milliseconds: Int64, _ now: MonotonicTime) {
        if let saidAt, now < saidAt.advanced(by: .seconds(1)) { return }
        saidAt = now
        isTold = true
        logger?.warning("An event loop is behind: commands are refused", metadata: ["turnMs": "\(milliseconds)"])
    }
}
