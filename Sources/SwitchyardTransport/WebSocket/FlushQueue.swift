import NIOCore

/// The connections of one loop that wrote outside of a read and wait for the end of the loop's turn.
///
/// One task per turn flushes them all, however many frames each was given.
final class FlushQueue {
    private let eventLoop: any EventLoop
    private var waiting: [WebSocketConnection] = []

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func add(_ connection: WebSocketConnection) {
        waiting.append(connection)
        guard waiting.count == 1 else { return }
        // The queue is confined to its loop, as `LoopParts` is handed out on that loop alone.
        eventLoop.assumeIsolated().execute { self.flushAll() }
    }

    private func flushAll() {
        let connections = waiting
        waiting = []
        for connection in connections { connection.flushQueued() }
    }
}
