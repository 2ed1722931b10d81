import CoolkitWire
import Synchronization

/// The shares that wait for their receivers' decision.
///
/// Whoever removes a request ends it and tells its owner: the decision, the deadline, the end of the owner's session, a
/// cancellation, the removal of the device or of the receiver. So each ends exactly once.
final class ShareRequests: Sendable {
    struct Request: Sendable {
        let order: ShareOrder
        let answer: @Sendable (ShareOutcome) -> Void
        /// Set when the receiver is known and has been asked.
        var receiver: ShareParty?
    }

    /// What came of asking a receiver.
    enum Addressing {
        case addressed
        /// The receiver has as many undecided requests as there may be.
        case busy
        /// The request has ended meanwhile.
        case gone
    }

    /// More requests than this do not wait at the same time, whosever they are.
    private static let capacity = 8_192

    private let requests = Mutex<[Int64: Request]>([:])
    /// How many an account may have, as owner and as receiver.
    private let limitPerAccount: Int

    init(limitPerAccount: Int) { self.limitPerAccount = limitPerAccount }

    var count: Int { requests.withLock(\.count) }

    /// Enters a request whose receiver is not yet known; false when there are too many.
    func enter(_ order: ShareOrder, answer: @escaping @Sendable (ShareOutcome) -> Void) -> Bool {
        requests.withLock { requests in
            guard requests.count < Self.capacity,
                requests.values.count(where: { $0.order.actor == order.actor }) < limitPerAccount
            else { return false }
            requests[order.number] = Request(order: order, answer: answer)
            return true
        }
    }

    /// Notes who is to decide.
    func address(_ number: Int64, to receiver: ShareParty) -> Addressing {
        requests.withLock { requests in
            guard requests[number] != nil else { return .gone }
            guard requests.values.count(where: { $0.receiver?.id == receiver.id }) < limitPerAccount else {
                return .busy
            }
            requests[number]?.receiver = receiver
            return .addressed
        }
    }

    func request(_ number: Int64) -> Request? {
        requests.withLock { $0[number] }
    }

    func remove(_ number: Int64) -> Request? {
        requests.withLock { $0.removeValue(forKey: number) }
    }

    /// Removes the request that this account was asked to decide about; `device` is what its answer named, if anything.
    func remove(_ number: Int64, decidedBy account: AccountID, device: DeviceID?) -> Request? {
        requests.withLock { requests in
            guard let request = requests[number], request.receiver?.id == account,
                device == nil || device == request.order.device
            else { return nil }
            return requests.removeValue(forKey: number)
        }
    }

    /// Removes all requests of this kind.
    func remove(where isMeant: (Request) -> Bool) -> [Request] {
        requests.withLock { requests in
            let meant = requests.filter { isMeant($0.value) }
            for number in meant.keys { requests[number] = nil }
            return Array(meant.values)
        }
    }
}
