import Logging
import Metrics
import SwitchyardCore

/// Counts the connections of one loop that were dropped before their handshake, and says so once a second at most.
final class DroppedHandshakes {
    enum Reason: String, CaseIterable {
        /// It waited longer than its peer is likely to.
        case late
        /// Too many waited before it.
        case full
    }

    private let logger: Logger?
    private let counters: [Reason: Counter]
    private var unsaid = 0
    private var saidAt: MonotonicTime?

    init(logger: Logger?) {
        self.logger = logger
        counters = Dictionary(
            uniqueKeysWithValues: Reason.allCases.map { reason in
                let label = "switchyard_handshakes_dropped_total"
                return (reason, Counter(label: label, dimensions: [("reason", reason.rawValue)]))
            }
        )
    }

    func add(_ reason: Reason, now: MonotonicTime) {
        counters[reason]?.increment()
        unsaid += 1
        if let saidAt, now < saidAt.advanced(by: .seconds(1)) { return }
        saidAt = now
        logger?.warning(
            "Too busy for new TLS connections: some are closed before their handshake",
            metadata: ["count": "\(unsaid)"]
        )
        unsaid = 0
    }
}
