import CoolkitWire
import NIOCore
import Synchronization

/// Whom the device is shared with.
///
/// Receivers come and go by `ShareService` alone, which keeps them in the store; reading them is for everybody.
extension LiveDevice {
    /// Why the account may see and control the device; nil when it may not.
    package func access(of account: AccountID) -> DeviceAccess? {
        state.withLock { state in
            if state.isRemoved { return nil }
            if state.device.owner == account { return .owner }
            guard let share = state.shares.first(where: { $0.receiver.id == account }) else { return nil }
            return .receiver(share.receiver.apiKey, share.terms.permit)
        }
    }

    /// Whether the account may see and control the device.
    package func isVisible(to account: AccountID) -> Bool { access(of: account) != nil }

    /// Whether the account owns the device: what only an owner may do.
    package func isOwned(by account: AccountID) -> Bool { access(of: account)?.isOwner ?? false }

    /// Whether the device is shared with the account at this moment: asked once more where a broadcast is delivered.
    package func isShared(with account: AccountID) -> Bool {
        state.withLock { state in state.shares.contains { $0.receiver.id == account } }
    }

    /// The accounts it is shared with; nothing is allocated for a device that nobody shares.
    package var receivers: [AccountID] {
        state.withLock { $0.shares.isEmpty ? [] : $0.shares.map(\.receiver.id) }
    }

    package var shares: [Share] { state.withLock { $0.shares } }

    package func share(with account: AccountID) -> Share? {
        state.withLock { state in state.shares.first { $0.receiver.id == account } }
    }

    // MARK: Changing

    /// Enters a share that is in the store, in place of one with the same receiver.
    ///
    /// False when the device has been removed meanwhile.
    func enter(_ share: Share) -> Bool {
        state.withLock { state in
            guard !state.isRemoved else { return false }
            if let index = state.shares.firstIndex(where: { $0.receiver.id == share.receiver.id }) {
                state.shares[index] = share
            } else {
                state.shares.append(share)
            }
            return true
        }
    }

    /// Takes a share out, and returns it.
    func removeShare(with account: AccountID) -> Share? {
        state.withLock { state in
            guard let index = state.shares.firstIndex(where: { $0.receiver.id == account }) else { return nil }
            return state.shares.remove(at: index)
        }
    }

    // MARK: Timers

    /// Whether this access lets params change what they change of the timers.
    func permits(_ params: ByteBuffer, to access: DeviceAccess) -> Bool {
        guard case .receiver(_, let permit) = access, permit != .all else { return true }
        return permit.isSuperset(of: TimerPermits.needed(for: params, over: self.params(named: ["timers"])))
    }
}
