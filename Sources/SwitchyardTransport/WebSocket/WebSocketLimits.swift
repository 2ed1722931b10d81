/// What one WebSocket connection may cost.
package struct WebSocketLimits: Sendable {
    /// The longest message taken in, over all its fragments; a longer one closes with 1009.
    package var maximumMessageBytes = 65_536
    /// The frames that one message may come in; one more closes with 1008.
    ///
    /// Each costs as much work as a short message, and clients send a message in one frame. At 64 KiB it leaves 64 bytes
    /// a fragment. Source: coolkit-websocket.md §1 ("unfragmented").
    package var maximumFragments = 1_024
    /// Frames that may wait once the channel's high-water mark is reached; one more closes with 1013.
    package var maximumQueuedFrames = 256
    /// Bytes that may wait once the channel's high-water mark is reached; more closes with 1013.
    package var maximumQueuedBytes = 262_144
    /// The channel's high-water mark: unsent bytes beyond which it counts as not writable.
    package var highWaterMarkBytes = 65_536
    /// How long the peer has for its half of the closing handshake.
    package var closeTimeout = Duration.seconds(1)

    package init() {}
}
