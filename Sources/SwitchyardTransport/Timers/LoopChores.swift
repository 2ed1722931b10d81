import NIOCore
import SwitchyardCore

/// What one event loop has to do and can put off: a little of it in each turn, so that what cannot wait is served in between.
///
/// A command that comes while the loop is at work waits for the whole turn, and thousands of connections may want to be
/// handshaken, read or closed at one moment. So a turn does one dear piece of such work, or cheap ones for a twentieth of
/// a millisecond; the chores go by turns. Confined to its loop.
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

        /// Does a piece; false when there was nothing to do now.
        func doPiece() -> Bool
    }

    static let nanosecondsPerTurn: UInt64 = 50_000

    private let clock: MonotonicClock
    private let nanoseconds: () -> UInt64
    private let doorbell: LoopDoorbell
    private var chores: [Entry] = []
    private var next = 0
    /// When the loop was last asked to come round: the time since is what its other connections took.
    private(set) var rungAt = MonotonicTime(milliseconds: 0)

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
        if doorbell.ring() { rungAt = clock.now }
    }

    private func turn() {
        let began = nanoseconds()
        var isFirst = true
        var inVain = 0
        while inVain < chores.count, isFirst || nanoseconds() - began < Self.nanosecondsPerTurn {
            let chore = chores[next].chore
            // It is the first one of the next turn.
            if !isFirst, let chore, chore.isDear, chore.isPending { break }
            next = (next + 1) % chores.count
            if chore?.doPiece() == true {
                isFirst = false
                inVain = 0
            } else {
                inVain += 1
            }
        }
        if chores.contains(where: { $0.chore?.isPending == true }) { ring() }
    }
}
