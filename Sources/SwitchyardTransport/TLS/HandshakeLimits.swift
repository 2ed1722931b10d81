/// How much of an event loop TLS handshakes may take.
///
/// Source: `design.md` §4.
package struct HandshakeLimits: Sendable {
    /// Handshake steps a loop takes before it turns to its other connections again: the setting `handshakesPerTurn`.
    package var perTurn = 1
    /// Connections of one loop that may wait for their turn; what comes beyond is dropped.
    package var maximumWaiting = 4_096
    /// How long a connection may wait for its turn before it is dropped unhandshaken.
    ///
    /// Its peer is about to give up, and the work would be for nothing.
    package var patience = Duration.seconds(3)
    /// A loop that takes longer than this to come round has more to do than it can: established connections come first.
    package var busyTurn = Duration.milliseconds(25)
    /// A busy loop takes one step in this time, so that it never shuts out everybody.
    package var pauseWhileBusy = Duration.milliseconds(100)

    package init() {}
}
