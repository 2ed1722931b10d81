package import CoolkitWire
import NIOCore

/// Shares of devices: loaded, made, changed, ended, in the store first and then in the registry.
///
/// The changes of one device happen one after another (`DeviceTurns`), its removal among them.
package struct ShareService: Sendable {
    let store: any Store
    let registry: DeviceRegistry
    let bus: any Bus
    let settings: ProtocolSettings
    let clock: WallClock

    package init(
        store: any Store,
        registry: DeviceRegistry,
        bus: any Bus,
        settings: ProtocolSettings,
        clock: WallClock
    ) {
        self.store = store
        self.registry = registry
        self.bus = bus
        self.settings = settings
        self.clock = clock
    }

    /// Fills the registry from the store: once, after the devices.
    package func load() async throws(SwitchyardError) {
        for share in try await store.shares() {
            guard let device = registry.device(share.device) else { continue }
            _ = registry.enter(share, of: device)
        }
    }

    // MARK: Looking up

    /// The account that an owner means; nil when there is none, or none in the owner's region.
    ///
    /// Source: `coolkit-websocket.md` §10.1, "both accounts must be in the same region".
    func receiver(_ uid: String, in region: String) async throws(SwitchyardError) -> Account? {
        guard let identifier = AccountIdentifier(uid),
            let account = try await store.account(identifiedBy: identifier)?.account
        else { return nil }
        return account.region == region ? account : nil
    }

    func account(_ id: AccountID) async throws(SwitchyardError) -> Account {
        guard let account = try await store.account(id) else {
            throw SwitchyardError(.accountNotFound, "the account does not exist")
        }
        return account
    }

    // MARK: Changing

    /// Shares a device, at once: the receiver has agreed, or an operator decides.
    ///
    /// - Parameter placement: where the receiver gets the device.
    /// - Returns: the share as it is; a sub-device is shared on the terms of its gateway.
    /// - Throws: `deviceNotFound`, `accountNotFound`, `alreadyExists`, `busy` (a bound is reached), `notFound` (the placement),
    ///   `storageFailed`.
    package func add(_ share: Share, at placement: Placement = Placement()) async throws(SwitchyardError) -> Share {
        let share = try await store(share, at: placement)
        tell(share, hasBegun: true)
        return share
    }

    /// Stores a share without telling anybody.
    func store(_ share: Share, at placement: Placement = Placement()) async throws(SwitchyardError) -> Share {
        try await registry.turns.withTurn(of: share.device) { () async throws(SwitchyardError) in
            try await addInTurn(share, at: placement)
        }
    }

    /// Publishes that a share began or ended.
    func tell(_ share: Share, hasBegun: Bool) {
        let deviceName = registry.device(share.device)?.device.name ?? share.terms.deviceName
        bus.publish(.shareChanged(ShareChange(share, deviceName: deviceName, hasBegun: hasBegun)))
    }

    private func addInTurn(_ share: Share, at placement: Placement) async throws(SwitchyardError) -> Share {
        let device = try device(share.device)
        var share = share
        share.terms.permit = bridgePermit(of: device, for: share.receiver.id) ?? share.terms.permit
        try await store.createShare(
            share,
            limits: ShareLimits(
                perDevice: settings.maximumSharesPerDevice,
                perReceiver: settings.maximumSharesPerAccount
            ),
            at: placement
        )
        guard registry.enter(share, of: device) else {
            throw SwitchyardError(.deviceNotFound, "device not found")
        }
        // The receiver may have been removed after the commit and before the registry had the share.
        guard try await store.account(share.receiver.id) != nil else {
            registry.removeShare(of: device, with: share.receiver.id)
            throw SwitchyardError(.accountNotFound, "the account does not exist")
        }
        return share
    }

    /// Changes the terms of a share.
    ///
    /// - Throws: `deviceNotFound`, `notFound` when it is not shared with the account, `storageFailed`.
    package func change(
        _ id: DeviceID,
        with receiver: AccountID,
        _ change: ShareTermsChange
    ) async throws(SwitchyardError) {
        try await registry.turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let device = try device(id)
            guard var share = device.share(with: receiver) else { throw Self.notShared }
            share.terms = share.terms.changed(by: change)
            share.terms.permit = bridgePermit(of: device, for: receiver) ?? share.terms.permit
            try await store.changeShare(id, with: receiver, to: share.terms)
            _ = registry.enter(share, of: device)
        }
    }

    /// Ends a share; nil when there was none.
    ///
    /// Throws `storageFailed`.
    package func remove(_ id: DeviceID, with receiver: AccountID) async throws(SwitchyardError) -> Share? {
        guard let share = try await forget(id, with: receiver) else { return nil }
        tell(share, hasBegun: false)
        return share
    }

    /// Ends a share without telling anybody; nil when there was none.
    func forget(_ id: DeviceID, with receiver: AccountID) async throws(SwitchyardError) -> Share? {
        try await registry.turns.withTurn(of: id) { () async throws(SwitchyardError) in
            guard let device = registry.device(id), device.isShared(with: receiver) else { return nil }
            try await store.removeShare(id, with: receiver)
            return registry.removeShare(of: device, with: receiver)
        }
    }

    /// Ends a share for the operator, and tells the receiver's apps as if its owner had.
    ///
    /// Throws `notFound`, `storageFailed`.
    package func cancel(_ id: DeviceID, with receiver: AccountID) async throws(SwitchyardError) {
        guard let share = try await remove(id, with: receiver) else { throw Self.notShared }
        bus.publish(.shareAnnounced(ShareNotice(cancelling: share, number: clock.now.milliseconds)))
    }

    private func device(_ id: DeviceID) throws(SwitchyardError) -> LiveDevice {
        guard let device = registry.device(id) else { throw SwitchyardError(.deviceNotFound, "device not found") }
        return device
    }

    private static var notShared: SwitchyardError {
        SwitchyardError(.notFound, "the device is not shared with this account")
    }

    // MARK: Sub-devices

    /// The permit of the gateway's share with the same receiver; nil for a device without a gateway, or one whose
    /// gateway he does not share.
    ///
    /// Source: `coolkit-websocket.md` §10.1, "sub-devices get the permissions of their bridge".
    private func bridgePermit(of device: LiveDevice, for receiver: AccountID) -> SharePermit? {
        device.gateway?.share(with: receiver)?.terms.permit
    }
}
