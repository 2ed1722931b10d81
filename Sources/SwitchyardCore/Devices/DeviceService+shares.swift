import CoolkitWire

/// Devices as those see them with whom they are shared.
///
/// Source: `coolkit-v1-http.md` §1.6, `coolkit-websocket.md` §10.1.
extension DeviceService {
    /// All devices an account sees, by time of adding.
    func snapshots(visibleTo account: AccountID) -> [DeviceSnapshot] {
        let received = registry.devices(sharedWith: account)
        let own = registry.devices(of: account).map(\.snapshot)
        guard !received.isEmpty else { return own }
        return (own + received.compactMap { view(of: $0, for: account) }).sorted {
            ($0.device.createdAt, $0.device.id.rawValue) < ($1.device.createdAt, $1.device.id.rawValue)
        }
    }

    /// The device as an account sees it; nil when it does not.
    ///
    /// A receiver sees his own share and nobody else's, and no `devicekey`, with which he could pose as the device.
    func view(of device: LiveDevice, for account: AccountID) -> DeviceSnapshot? {
        var snapshot = device.snapshot
        if snapshot.device.owner == account { return snapshot }
        guard let share = snapshot.sharedTo.first(where: { $0.receiver.id == account }) else { return nil }
        snapshot.sharedBy = share
        snapshot.sharedTo = []
        snapshot.hidesKey = !settings.exposeDevicekeyToReceivers
        return snapshot
    }

    /// A device of the account's own.
    ///
    /// Throws `forbidden` for one that is shared with it, `deviceNotFound` for others.
    func liveDevice(_ id: DeviceID, ownedBy account: AccountID) throws(SwitchyardError) -> LiveDevice {
        let device = try liveDevice(id, visibleTo: account)
        guard device.isOwned(by: account) else {
            throw SwitchyardError(.forbidden, "the device is shared with you; only its owner may do this")
        }
        return device
    }

    /// A receiver does not want a share any more; the caller has the device's turn.
    func dropShare(of device: LiveDevice, by account: AccountID) async throws(SwitchyardError) -> DeviceSnapshot {
        guard let view = view(of: device, for: account) else { throw Self.notFound }
        try await store.removeShare(device.id, with: account)
        registry.removeShare(of: device, with: account)
        return view
    }
}
