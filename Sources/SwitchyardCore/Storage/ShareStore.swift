package import CoolkitWire

/// Shares of devices.
package protocol ShareStore: Sendable {
    /// Stores the share, and the place that the device has for its receiver. Throws `alreadyExists` when the device is shared
    /// with that account, `busy` when a limit is reached, `deviceNotFound`, `accountNotFound`, and `notFound` for a home or a room
    /// that is not the receiver's.
    func createShare(_ share: Share, limits: ShareLimits, at placement: Placement) async throws(SwitchyardError)
    /// Throws `notFound`.
    func changeShare(
        _ device: DeviceID,
        with receiver: AccountID,
        to terms: ShareTerms
    ) async throws(SwitchyardError)
    /// The receiver's groups and homes lose the device with it. No effect when there is no such share.
    func removeShare(_ device: DeviceID, with receiver: AccountID) async throws(SwitchyardError)
    /// All shares by time of sharing: loaded at start.
    func shares() async throws(SwitchyardError) -> [Share]
}

extension ShareStore {
    /// The same at the usual place: in front of the other things of the receiver's current home.
    package func createShare(_ share: Share, limits: ShareLimits) async throws(SwitchyardError) {
        try await createShare(share, limits: limits, at: Placement())
    }
}

/// How many shares there may be.
package struct ShareLimits: Hashable, Sendable {
    package let perDevice: Int
    /// Devices that others share with one account.
    package let perReceiver: Int

    package init(perDevice: Int, perReceiver: Int) {
        self.perDevice = perDevice
        self.perReceiver = perReceiver
    }
}
