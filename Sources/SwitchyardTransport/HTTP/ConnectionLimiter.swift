package import Logging
import Metrics
package import SwitchyardCore
import Synchronization

/// Counts connections, in all and by the network of the peer, and says when there are enough.
///
/// Beside all that a network has open, those count that are slow: where the server waits for the rest of a request, or for somebody
/// to take an answer, longer than a peer on a bad line makes it wait. A few of them come of themselves; many are an attack, or
/// a line on which nothing new will come through. So while a network has as many as it may, nobody new is let in from
/// there, and nobody begins his TLS handshake. Shared by all listeners.
package final class ConnectionLimiter: Sendable {
    /// Why a connection is refused.
    private enum Reason: String, CaseIterable {
        case total
        case address
        case slow
    }

    private struct Count {
        var open = 0
        /// Of those, or of some that are just leaving.
        var slow = 0
    }

    private struct Counts {
        var total = 0
        var byNetwork: [PeerNetwork: Count] = [:]
        var unsaid: [Reason: Int] = [:]
        var saidAt: [Reason: MonotonicTime] = [:]

        mutating func change(_ network: PeerNetwork, _ body: (inout Count) -> Void) {
            var count = byNetwork[network] ?? Count()
            body(&count)
            byNetwork[network] = count.open == 0 && count.slow == 0 ? nil : count
        }
    }

    /// A connection that was let in; it leaves once.
    struct Place: Sendable {
        fileprivate let limiter: ConnectionLimiter
        /// Nil when it counts towards the total alone.
        fileprivate let network: PeerNetwork?

        func leave() { limiter.leave(network) }

        /// Whether its handshake may begin: enough others may have become slow since it came.
        ///
        /// Counts a refusal.
        func admitsHandshake() -> Bool { limiter.admitsHandshake(network) }

        /// Notes that it has become slow, or is not any more.
        func changed(isSlow: Bool) { limiter.changed(network, isSlow: isSlow) }
    }

    private let maximumTotal: Int
    private let maximumPerAddress: Int
    private let maximumSlowPerAddress: Int
    private let clock: MonotonicClock
    private let logger: Logger?
    private let refused: [Reason: Counter]
    private let counts = Mutex(Counts())

    /// - Parameters:
    ///   - maximumSlowPerAddress: how many of those of one network may be slow while a further one is let in.
    ///   - logger: told of connections that are refused, once a minute at most for each reason.
    package init(
        maximumTotal: Int = .max,
        maximumPerAddress: Int = .max,
        maximumSlowPerAddress: Int = .max,
        clock: MonotonicClock = .system,
        logger: Logger? = nil
    ) {
        self.maximumTotal = maximumTotal
        self.maximumPerAddress = maximumPerAddress
        self.maximumSlowPerAddress = maximumSlowPerAddress
        self.clock = clock
        self.logger = logger
        refused = Dictionary(
            uniqueKeysWithValues: Reason.allCases.map { reason in
                let label = "switchyard_connections_refused_total"
                return (reason, Counter(label: label, dimensions: [("reason", reason.rawValue)]))
            }
        )
    }

    /// The connections open now.
    package var total: Int { counts.withLock { $0.total } }

    /// Counts a connection in; nil, and not counted, when there are as many as are allowed.
    ///
    /// - Parameter address: nil for one that counts towards the total alone.
    func enter(_ address: String?) -> Place? {
        let network = address.map(PeerNetwork.init(of:))
        let reason = counts.withLock { counts -> Reason? in
            guard counts.total < maximumTotal else { return .total }
            if let network {
                let count = counts.byNetwork[network] ?? Count()
                guard count.open < maximumPerAddress else { return .address }
                guard count.slow < maximumSlowPerAddress else { return .slow }
                counts.change(network) { $0.open += 1 }
            }
            counts.total += 1
            return nil
        }
        guard let reason else { return Place(limiter: self, network: network) }
        wasRefused(reason, network)
        return nil
    }

    private func leave(_ network: PeerNetwork?) {
        counts.withLock { counts in
            counts.total -= 1
            if let network { counts.change(network) { $0.open -= 1 } }
        }
    }

    private func admitsHandshake(_ network: PeerNetwork?) -> Bool {
        guard let network else { return true }
        let slow = counts.withLock { $0.byNetwork[network]?.slow ?? 0 }
        guard slow >= maximumSlowPerAddress else { return true }
        wasRefused(.slow, network)
        return false
    }

    private func changed(_ network: PeerNetwork?, isSlow: Bool) {
        guard let network else { return }
        counts.withLock { $0.change(network) { $0.slow += isSlow ? 1 : -1 } }
    }

    private func wasRefused(_ reason: Reason, _ network: PeerNetwork?) {
        refused[reason]?.increment()
        let now = clock.now
        let count = counts.withLock { counts -> Int? in
            counts.unsaid[reason, default: 0] += 1
            if let saidAt = counts.saidAt[reason], now < saidAt.advanced(by: .seconds(60)) { return nil }
            counts.saidAt[reason] = now
            return counts.unsaid.removeValue(forKey: reason)
        }
        guard let count else { return }
        logger?.warning(
            "Connections are refused: there are as many as the limits allow",
            metadata: [
                "reason": "\(reason.rawValue)", "lastAddress": "\(network?.description ?? "any")",
                "countSinceLastLine": "\(count)",
            ]
        )
    }
}
