import NIOCore

/// Closes the connections of one event loop whose time is over, a few in each turn.
///
/// To close one that speaks TLS takes a tenth of a millisecond, and all that came within a slot of the wheel are due together.
/// Confined to its loop.
final class OverdueConnections {
    protocol Connection: AnyObject {
        /// Its turn; does nothing when it has ended meanwhile.
        func closeOverdue()
    }

    static let perTurn = 2

    private let doorbell: LoopDoorbell
    private var waiting = CircularBuffer<any Connection>()

    init(eventLoop: any EventLoop) {
        doorbell = LoopDoorbell(eventLoop: eventLoop)
        doorbell.answer = { [unowned self] in self.turn() }
    }

    /// Those that wait for their turn.
    var count: Int { waiting.count }

    func add(_ connection: any Connection) {
        waiting.append(connection)
        doorbell.ring()
    }

    private func turn() {
        for _ in 0..<Self.perTurn { waiting.popFirst()?.closeOverdue() }
        if !waiting.isEmpty { doorbell.ring() }
    }
}
