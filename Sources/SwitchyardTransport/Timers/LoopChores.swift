import NIOCore
import SwitchyardCore

/// What one event loop has to do and can put off: a little of it in each turn, so that what cannot wait is served in between.
///
/// A command that comes while the loop is at work waits for the whole turn, and thousands of connections may want to be
/// handshaken, read or closed at one moment. So a turn does one dear piece of such work, or cheap ones of a kind for a twentieth
/// of a millisecond; the kinds go by turns. A loop whose turns are long anyway gives it a twentieth of its time, so that it
/// does not pile up. Confined to its loop.
final class LoopChores {
    private struct Entry {
        weak var chore: (any Chore)?
    }

    /// One kind of such work, done in pieces.
    protocol Chore: AnyObject {
        /// Whether a piece takes some tenths of a millisecond.
        var isDear: Bool { get }
        /// Whether the loop is to come round for it again.
        var isPending: Bool { get }
        /// Whether there is a piece to do now.
        var isReady: Bool { get }

        /// Does a piece; false when there was nothing to do now.
        func doPiece() -> Bool
    }

    /// What cheap pieces may take in a short turn.
    static let nanosecondsPerTurn: UInt64 = 50_000
    /// Where they may take so long there is time for further dear ones, too.
    static let nanosecondsOfDear: UInt64 = 400_000
    /// The part of a long turn that goes to chores.
    private static let part: UInt64 = 20

    private let clock: MonotonicClock
    private let nanoseconds: () -> UInt64
    private let doorbell: LoopDoorbell
    private var chores: [Entry] = []
    private var next = 0
    /// When the loop was last asked to come round: the time since is what its other connections took.
    private(set) var rungAt = MonotonicTime(milliseconds: 0)
    private var rungAtNanoseconds: UInt64 = 0
    /// Of the turn under way.
    private(set) var turnNumber = 0

    /// - Parameter nanoseconds: the machine's own time, by which a turn's work is bounded.
    init(
        eventLoop: any EventLoop,
        clock: MonotonicClock,
        nanoseconds: @escaping () -> UInt64 = { NIODeadline.now().uptimeNanoseconds }
    ) {
        self.clock = clock
        self.nanoseconds = nanoseconds
        doorbell = LoopDoorbell(eventLoop: eventLoop)
        doorbell.answer = { [unowned self] in self.turn() }
    }

    /// Adds a kind of work, and does not keep it.
    func add(_ chore: any Chore) { chores.append(Entry(chore: chore)) }

    /// Asks for work in the loop's next turn.
    func ring() {
        guard doorbell.ring() else { return }
        rungAt = clock.now
        rungAtNanoseconds = nanoseconds()
    }

    private func turn() {
        turnNumber += 1
        let began = nanoseconds()
        let allowed = max(Self.nanosecondsPerTurn, (began - min(began, rungAtNanoseconds)) / Self.part)
        var isFirst = true
        var inVain = 0
        var isCheapLeft = false
        while inVain < chores.count, isFirst || nanoseconds() - began < allowed {
            let chore = chores[next].chore
            // It is the first one of the next turn.
            if !isFirst, allowed < Self.nanosecondsOfDear, let chore, chore.isDear, chore.isReady { break }
            let isDone = chore?.doPiece() == true
            if isDone {
                isFirst = false
                inVain = 0
            } else {
                inVain += 1
            }
            // A cheap kind has the rest of the turn.
            isCheapLeft = isDone && chore?.isDear == false
            if !isCheapLeft { next = (next + 1) % chores.count }
        }
        if isCheapLeft { next = (next + 1) % chores.count }
        if chores.contains(where: { $0.chore?.isPending == true }) { ring() }
    }
}

extension LoopChores.Chore {
    var isReady: Bool { isPending }
}
