import Synchronization

/// Counts connections, in all and by peer address, and says when there are enough.
///
/// Shared by all listeners.
package final class ConnectionLimiter: Sendable {
    private struct Counts {
        var total = 0
        var byAddress: [String: Int] = [:]
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
        counts.withLock { counts in
            guard let address else {
                guard counts.total < maximumTotal else { return false }
                counts.total += 1
                return true
            }
            let fromAddress = counts.byAddress[address, default: 0]
            guard counts.total < maximumTotal, fromAddress < maximumPerAddress else { return false }
            counts.total += 1
            counts.byAddress[address] = fromAddress + 1
            return true
        }
    }

    /// Counts out a connection that was let in.
    func leave(_ address: String?) {
        counts.withLock { counts in
            counts.total -= 1
            guard let address, let fromAddress = counts.byAddress[address] else { return }
            counts.byAddress[address] = fromAddress > 1 ? fromAddress - 1 : nil
        }
    }
}
