import SwitchyardCore

/// How many frames that say nothing a socket may send: pings, pongs, binary frames, the text `ping`.
///
/// Each is work, some make an answer, and none is limited by anything else. Clients send one in 90 to 145 s.
/// Source: `coolkit-websocket.md` §3.
struct EmptyFrameAllowance {
    /// Those that may come at once.
    static let burst: Int64 = 1_000
    /// Those that may come for long.
    static let perSecond: Int64 = 10

    private static let millisecondsPerFrame = 1_000 / perSecond

    /// When the frames so far would all have been due at that rate, on the monotonic clock.
    private var paidUntil: Int64 = 0

    /// Counts one more; false when it is one too many.
    mutating func take(at time: MonotonicTime) -> Bool {
        paidUntil = max(paidUntil, time.milliseconds) + Self.millisecondsPerFrame
        return paidUntil - time.milliseconds <= Self.burst * Self.millisecondsPerFrame
    }
}
