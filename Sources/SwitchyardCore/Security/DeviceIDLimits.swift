package import CoolkitWire

/// About how many ids an address may learn whether there is such a device.
///
/// `register` and the report of a sensor have one number for an unknown device and another for a wrong key, so whoever goes through
/// ids would find those that exist. What counts is a new id, whichever number it is answered with: beyond the limit both have to be
/// alike. A device that nobody has added yet comes back with its own for as long as it takes, and a right key is never asked here.
package struct DeviceIDLimits: Sendable {
    private let ids: AttemptLimiter
    /// The pairs of address and id that were counted.
    private let counted: AttemptLimiter

    /// - Parameter limit: ids at once, and again within an hour.
    package init(_ limit: Int, clock: MonotonicClock) {
        ids = AttemptLimiter(limit: limit, per: .seconds(3_600), clock: clock)
        counted = AttemptLimiter(limit: 1, per: .seconds(3_600), clock: clock)
    }

    /// Whether the address may hear that nothing is known of this device, or that its key is another one.
    package func admit(_ device: DeviceID, from address: String) -> Bool {
        let network = PeerNetwork(of: address).description
        guard !ids.isBlocked(network) else { return counted.isBlocked("\(device.rawValue) \(network)") }
        guard counted.admit("\(device.rawValue) \(network)") else { return true }
        return ids.admit(network)
    }
}
