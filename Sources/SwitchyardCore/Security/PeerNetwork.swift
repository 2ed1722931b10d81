import CoolkitWire

/// What limits count a peer by: its IPv4 address, or the network of its IPv6 address.
///
/// Whoever has an IPv6 connection has 2^64 addresses, and often picks a new one each day (RFC 8981); a provider hands out
/// networks of 64 bits and shorter (RFC 6177).
package struct PeerNetwork: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Parameter address: numeric; any other text stands for itself.
    package init(of address: String) {
        guard let numeric = NumericAddress(address) else {
            description = address
            return
        }
        guard numeric.bytes.count == 16 else {
            description = numeric.bytes.map { String($0) }.joined(separator: ".")
            return
        }
        let groups = stride(from: 0, to: 8, by: 2).map { index in
            String(UInt16(numeric.bytes[index]) << 8 | UInt16(numeric.bytes[index + 1]), radix: 16)
        }
        description = groups.joined(separator: ":") + "::/64"
    }

    /// What attempts of this network at one device are counted by.
    func key(of device: DeviceID) -> String { "\(device.rawValue) \(description)" }

    /// What the descriptions of all networks of the same site, an IPv6 network of 48 bits, begin with; nil for other networks.
    package var sitePrefix: String? {
        guard description.hasSuffix("::/64") else { return nil }
        return description.split(separator: ":").prefix(3).joined(separator: ":") + ":"
    }
}
