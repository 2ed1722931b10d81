import NIOCore

/// Closes the connections of one event loop whose time is over, one in each short turn.
///
/// To close one that speaks TLS takes some tenths of a millisecond, and all that came within a slot of the wheel are due together.
/// Confined to its loop.
final class OverdueConnections: LoopChores.Chore {
    protocol Connection: AnyObject {
        /// Its turn; does nothing when it has ended meanwhile.
        func closeOverdue()
    }

    private let chores: LoopChores
    private var waiting = CircularBuffer<any Connection>()

    init(chores: LoopChores) {
        self.chores = chores
        chores.add(self)
    }

    /// Those that wait for their turn.
    var count: Int { waiting.count }

    func add(_ connection: any Connection) {
        waiting.append(connection)
        chores.ring()
    }

    // MARK: Its part in the loop's turns

    var isDear: Bool { true }

    var isPending: Bool { !waiting.isEmpty }

    func doPiece() -> Bool {
        guard let connection = waiting.popFirst() else { return false }
        connection.closeOverdue()
        return true
    }
}
