package import CoolkitWire

/// About how many ids an address may learn whether there is such a device.
///
/// `register` and the report of a sensor have one number for an unknown device and another for a wrong key, so whoever goes through
/// ids would find those that exist. What counts is a new id, whichever number it is answered with: beyond the limit both have to be
/// alike. A device that nobody has added yet comes back with its own for as long as it takes. A right
/// key is let in, unless the same address has guessed at this device's key beyond the limit: it would hear whether it has found it.
package struct DeviceIDLimits: Sendable {
    private let ids: AttemptLimiter
    /// The pairs of address and id that were counted.
    private let counted: AttemptLimiter
    /// Wrong keys beyond the limit, by address and id.
    private let unheardKeys: AttemptLimiter

    /// - Parameters:
    ///   - limit: ids at once, and again within an hour.
    ///   - unheardKeys: keys of one device that are judged in a minute where nothing is said of them.
    package init(_ limit: Int, unheardKeys: Int, clock: MonotonicClock) {
        ids = AttemptLimiter(limit: limit, per: .seconds(3_600), clock: clock)
        counted = AttemptLimiter(limit: 1, per: .seconds(3_600), clock: clock)
        self.unheardKeys = AttemptLimiter(limit: unheardKeys, per: .seconds(60), clock: clock)
    }

    /// Whether the address may hear that nothing is known of this device, or that its key is another one.
    package func admit(_ device: DeviceID, from address: String) -> Bool {
        let network = PeerNetwork(of: address)
        let key = network.key(of: device)
        guard !ids.isBlocked(network.description) else { return counted.isBlocked(key) }
        guard counted.admit(key) else { return true }
        return ids.admit(network.description)
    }

    /// Counts a wrong key of which the address has heard nothing.
    package func countUnheardKey(of device: DeviceID, from address: String) {
        unheardKeys.countFailure(of: PeerNetwork(of: address).key(of: device))
    }

    /// Whether the address has guessed so often at the device's key that not even the right one is heard for a while.
    package func isUnheard(_ device: DeviceID, from address: String) -> Bool {
        unheardKeys.isBlocked(PeerNetwork(of: address).key(of: device))
    }
}
