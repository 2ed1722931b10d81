import CoolkitWire

/// How many attempts are allowed: so many at once, then one more each time that one is forgiven.
///
/// Within any time, wherever it begins, there are at most `burst` attempts and as many as are forgiven in that time. A window
/// that begins anew would allow twice its number around its end.
package struct AttemptRate: Hashable, Sendable {
    /// Attempts at once.
    package let burst: Int
    /// After this long one attempt is forgiven; whole milliseconds.
    package let interval: Duration

    /// - Parameters:
    ///   - burst: 1 or more.
    ///   - perHour: how many are forgiven within an hour; 1 or more.
    package init(burst: Int, perHour: Int) { self.init(burst: burst, forgiving: perHour, per: .seconds(3_600)) }

    /// So many at once, and as many again within `window`.
    package init(limit: Int, per window: Duration) { self.init(burst: limit, forgiving: limit, per: window) }

    private init(burst: Int, forgiving count: Int, per window: Duration) {
        precondition(burst >= 1 && count >= 1, "a rate allows one attempt at least")
        self.burst = burst
        interval = max(.milliseconds(window.wholeMilliseconds / Int64(count)), .milliseconds(1))
    }
}
