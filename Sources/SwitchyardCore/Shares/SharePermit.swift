/// What a receiver may do with the timers of a shared device; whatever else a device can do is not restricted.
///
/// Source: `coolkit-websocket.md` §9, §10.
package struct SharePermit: OptionSet, Hashable, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let addTimers = SharePermit(rawValue: 1)
    package static let editTimers = SharePermit(rawValue: 2)
    package static let deleteTimers = SharePermit(rawValue: 4)
    package static let enableTimers = SharePermit(rawValue: 8)
    package static let all = SharePermit(rawValue: 15)

    /// Nil for a number that is no sum of the four bits.
    package init?(checking number: Int) {
        guard (0...Self.all.rawValue).contains(number) else { return nil }
        self.init(rawValue: number)
    }
}
