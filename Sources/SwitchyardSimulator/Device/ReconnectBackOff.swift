/// How long a device waits before it tries again: 0, 30, 30, 60, 60, then 600 s, from the start again after success.
///
/// Source: `coolkit-device-side.md` §9.9, as the OPL firmware does.
package struct ReconnectBackOff: Sendable, Hashable {
    /// The waits one after the other; the last one stays.
    package static let standard: [Duration] = [
        .zero, .seconds(30), .seconds(30), .seconds(60), .seconds(60), .seconds(600),
    ]

    private let waits: [Duration]
    private var position = 0

    /// - Parameter waits: at least one.
    package init(waits: [Duration] = Self.standard) {
        precondition(!waits.isEmpty, "a back-off needs at least one wait")
        self.waits = waits
    }

    /// The wait before the next attempt.
    package mutating func next() -> Duration {
        defer { position = min(position + 1, waits.count - 1) }
        return waits[position]
    }

    /// Begins anew after a success.
    package mutating func reset() { position = 0 }
}
