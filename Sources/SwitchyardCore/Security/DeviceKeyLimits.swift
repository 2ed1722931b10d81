package import CoolkitWire

/// Holds up whoever guesses at the keys of devices over HTTP, in one way: by reports of sensors, downloads of firmware, or at dispatch.
///
/// Wrong keys count for a device and an address together: a stranger must not be able to shut a sensor out whose id he knows.
/// `register` has limits of its own.
package struct DeviceKeyLimits: Sendable {
    private let perDevice: AttemptLimiter
    private let perAddress: AttemptLimiter

    /// - Parameters:
    ///   - perDevice: wrong keys per minute for one device from one address.
    ///   - perAddress: refused calls per minute from one address, those of unknown devices among them.
    package init(perDevice: Int, perAddress: Int, clock: MonotonicClock) {
        self.perDevice = AttemptLimiter(limit: perDevice, per: .seconds(60), clock: clock)
        self.perAddress = AttemptLimiter(limit: perAddress, per: .seconds(60), clock: clock)
    }

    package func isBlocked(_ device: DeviceID, from address: String) -> Bool {
        isBlocked(address) || perDevice.isBlocked(PeerNetwork(of: address).key(of: device))
    }

    private func isBlocked(_ address: String) -> Bool { perAddress.isBlocked(PeerNetwork(of: address).description) }

    package func countUnknownDevice(from address: String) {
        perAddress.countFailure(of: PeerNetwork(of: address).description)
    }

    package func countWrongKey(of device: DeviceID, from address: String) {
        let network = PeerNetwork(of: address)
        perAddress.countFailure(of: network.description)
        perDevice.countFailure(of: network.key(of: device))
    }

    /// Runs a check that says `forbidden` whatever is wrong, and counts that for the address.
    ///
    /// - Throws: `busy` in the place of everything after too many of those, so that a right key is not told from a wrong one.
    package func judge<Value>(
        from address: String,
        _ check: () throws(SwitchyardError) -> Value
    ) throws(SwitchyardError) -> Value {
        guard !isBlocked(address) else { throw SwitchyardError(.busy, "too many refused requests") }
        do throws(SwitchyardError) {
            return try check()
        } catch {
            if error.code == .forbidden { countUnknownDevice(from: address) }
            throw error
        }
    }
}
