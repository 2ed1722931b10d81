import CoolkitWire
import SwitchyardCore

/// How many frames of a kind a socket may send that nothing else limits.
struct FrameAllowance {
    /// Pings, pongs, binary frames, the text `ping`, an app's `date`.
    ///
    /// Each is work, and some make an answer. Clients send one in 90 to 145 s. Source: `coolkit-websocket.md` §3.
    static let ofEmptyFrames = FrameAllowance(burst: 1_000, interval: .milliseconds(100))
    /// `userOnline` and `register`, the first and those after it.
    ///
    /// Each is looked up, and most are told to the log. Apps send another with a new token, devices some seconds after a refusal.
    /// Source: `coolkit-websocket.md` §2, §4; `coolkit-device-side.md` §3.
    static let ofHandshakes = FrameAllowance(burst: 30, interval: .seconds(1))

    private let burstMilliseconds: Int64
    private let intervalMilliseconds: Int64
    /// When the frames so far would all have been due at that rate, on the monotonic clock.
    private var paidUntil: Int64 = 0

    /// - Parameters:
    ///   - burst: those that may come at once.
    ///   - interval: one in this time may come for long.
    init(burst: Int64, interval: Duration) {
        intervalMilliseconds = interval.wholeMilliseconds
        burstMilliseconds = burst * intervalMilliseconds
    }

    /// Counts one more; false when it is one too many.
    mutating func take(at time: MonotonicTime) -> Bool {
        paidUntil = max(paidUntil, time.milliseconds) + intervalMilliseconds
        return paidUntil - time.milliseconds <= burstMilliseconds
    }
}
