package import CoolkitWire

/// How many ids an address may ask about by registering devices that are not known.
///
/// `register` has a number of its own for an unknown device, so whoever goes through ids would find those that exist. What counts
/// is a new id: a device that nobody has added yet comes back with its own for as long as it takes.
package struct UnknownDeviceLimits: Sendable {
    private let ids: AttemptLimiter
    /// The pairs of address and id that were counted.
    private let counted: AttemptLimiter

    /// - Parameter limit: ids at once, and again within an hour.
    package init(_ limit: Int, clock: MonotonicClock) {
        ids = AttemptLimiter(limit: limit, per: .seconds(3_600), clock: clock)
        counted = AttemptLimiter(limit: 1, per: .seconds(3_600), clock: clock)
    }

    /// Whether the address may hear that nothing is known of this device.
    package func admit(_ device: DeviceID, from address: String) -> Bool {
        let network = PeerNetwork(of: address).description
        guard !ids.isBlocked(network) else { return counted.isBlocked("\(device.rawValue) \(network)") }
        guard counted.admit("\(device.rawValue) \(network)") else { return true }
        return ids.admit(network)
    }
}
