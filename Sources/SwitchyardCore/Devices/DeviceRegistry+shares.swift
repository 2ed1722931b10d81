import CoolkitWire
import Synchronization

/// The registry's side of shares: which devices an account receives.
extension DeviceRegistry {
    /// The devices that others share with an account, in no particular order.
    package func devices(sharedWith receiver: AccountID) -> [LiveDevice] {
        byReceiver.withLock { $0[receiver] ?? [] }
    }

    /// Whether an owner of this apikey shares a device with the account.
    ///
    /// Source: `coolkit-websocket.md` §2, "Whose session is it".
    package func isShared(with receiver: AccountID, byOwnerOf apiKey: String) -> Bool {
        devices(sharedWith: receiver).contains { device in
            device.ownership.apiKey.rawValue == apiKey && device.isShared(with: receiver)
        }
    }

    /// Enters a share that is in the store; false when its device is gone.
    ///
    /// The index comes first: should the device be removed in between, either that finds the share, or this finds the
    /// device removed.
    func enter(_ share: Share, of device: LiveDevice) -> Bool {
        byReceiver.withLock { index in
            guard index[share.receiver.id]?.contains(where: { $0 === device }) != true else { return }
            index[share.receiver.id, default: []].append(device)
        }
        guard device.enter(share) else {
            forget(device, receivedBy: share.receiver.id)
            return false
        }
        return true
    }

    /// Takes a share out, and returns it.
    @discardableResult
    func removeShare(of device: LiveDevice, with receiver: AccountID) -> Share? {
        let share = device.removeShare(with: receiver)
        forget(device, receivedBy: receiver)
        return share
    }

    /// Takes out all that an account received: the account is gone.
    func removeShares(receivedBy receiver: AccountID) {
        for device in devices(sharedWith: receiver) { removeShare(of: device, with: receiver) }
    }

    func forget(_ device: LiveDevice, receivedBy receiver: AccountID) {
        byReceiver.withLock { index in
            index[receiver]?.removeAll { $0 === device }
            if index[receiver]?.isEmpty == true { index[receiver] = nil }
        }
    }
}
