package import NIOCore
package import SwitchyardCore

/// What handles the messages of one WebSocket connection.
///
/// Called on the connection's event loop only, synchronously.
///
/// A delegate may send, close or drop the connection in any call; a call already under way is the last one then,
/// but for `closed`.
package protocol WebSocketDelegate: AnyObject {
    /// The 101 has been written and the connection can be used.
    func opened(_ connection: WebSocketConnection)
    /// A whole message, checked to be UTF-8, in a buffer of its own with `WebSocketFrame.headroom` before it.
    /// An implementation that takes it `consuming` may change it and send it on without a copy.
    func receivedText(_ text: consuming ByteBuffer, on connection: WebSocketConnection)
    /// A whole binary message, in a buffer of its own like a text.
    func receivedBinary(_ data: consuming ByteBuffer, on connection: WebSocketConnection)
    /// A ping, which has been answered already, or a pong.
    func receivedControl(on connection: WebSocketConnection)
    /// Everything that could be read for now has been handed over; what was sent meanwhile is flushed after this.
    func readCompleted(_ connection: WebSocketConnection)
    /// The time given to `setDeadline` has passed. The deadline is unset by now.
    func deadlinePassed(_ connection: WebSocketConnection, now: MonotonicTime)
    /// The server stops. A delegate that does not close the connection itself leaves it to be closed with 1001.
    func shuttingDown(_ connection: WebSocketConnection)
    /// The transport is gone. Exactly once for every `opened`, and the last call.
    func closed(_ connection: WebSocketConnection)
}

extension WebSocketDelegate {
    package func receivedControl(on connection: WebSocketConnection) {}
    package func readCompleted(_ connection: WebSocketConnection) {}
    package func deadlinePassed(_ connection: WebSocketConnection, now: MonotonicTime) { connection.closeTransport() }
    package func shuttingDown(_ connection: WebSocketConnection) {}
}

/// Whether a request to the WebSocket path becomes a WebSocket.
package enum UpgradeDecision: Sendable {
    /// Yes; the delegate is made on the connection's loop.
    case accept(@Sendable () -> any WebSocketDelegate)
    /// No: the status to answer, 429 or 503 as a rule; the connection is closed after it.
    case refuse(status: Int)
}
