/// What arrives on a WebSocket connection; `closed` is always the last, and comes exactly once.
package enum WebSocketEvent: Sendable, Hashable {
    /// A whole text message.
    case text(String)
    /// A control ping; it has been answered already.
    case ping
    /// A control pong.
    case pong
    /// The connection is gone, with the peer's close code if it sent a Close frame with one.
    case closed(code: UInt16?)
}
