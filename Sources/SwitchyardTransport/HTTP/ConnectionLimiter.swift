import SwitchyardCore
import Synchronization

/// Counts connections, in all and by the network of the peer, and says when there are enough.
///
/// Shared by all listeners.
package final class ConnectionLimiter: Sendable {
    private struct Counts {
        var total = 0
        var byNetwork: [PeerNetwork: Int] = [:]
    }

    private let maximumTotal: Int
    private let maximumPerAddress: Int
    private let counts = Mutex(Counts())

    package init(maximumTotal: Int = .max, maximumPerAddress: Int = .max) {
        self.maximumTotal = maximumTotal
        self.maximumPerAddress = maximumPerAddress
    }

    /// The connections open now.
    package var total: Int { counts.withLock { $0.total } }

    /// Counts a connection in; false, and not counted, when there are as many as are allowed.
    ///
    /// - Parameter address: nil for one that counts towards the total alone.
    func enter(_ address: String?) -> Bool {
        let network = address.map(PeerNetwork.init(of:))
        return counts.withLock { counts in
            guard let network else {
                guard counts.total < maximumTotal else { return false }
                counts.total += 1
                return true
            }
            let fromNetwork = counts.byNetwork[network, default: 0]
            guard counts.total < maximumTotal, fromNetwork < maximumPerAddress else { return false }
            counts.total += 1
            counts.byNetwork[network] = fromNetwork + 1
            return true
        }
    }

    /// Counts out a connection that was let in.
    func leave(_ address: String?) {
        let network = address.map(PeerNetwork.init(of:))
        counts.withLock { counts in
            counts.total -= 1
            guard let network, let fromNetwork = counts.byNetwork[network] else { return }
            counts.byNetwork[network] = fromNetwork > 1 ? fromNetwork - 1 : nil
        }
    }
}
