package import CoolkitWire

/// What a device is from the factory on.
///
/// Source: `coolkit-device-side.md` §1.
package struct SimulatedDeviceIdentity: Sendable, Hashable {
    package let deviceID: DeviceID
    /// The device's own secret, used in `register` only.
    package let factoryKey: APIKey
    package let kind: SimulatedDeviceKind
    package var model: String
    package var romVersion: String
    /// The device's address, `02:` first: given by nobody.
    package var mac: String
    package var chipID: String

    /// Makes a device whose model, address and chip number follow from its kind and deviceid.
    package init(deviceID: DeviceID, factoryKey: APIKey, kind: SimulatedDeviceKind = .singleSwitch) {
        self.deviceID = deviceID
        self.factoryKey = factoryKey
        self.kind = kind
        model = kind.model
        romVersion = "3.0.1"
        let bytes = Self.bytes(of: deviceID)
        mac = "02:00" + bytes.map { ":" + $0.hexadecimal }.joined()
        chipID = bytes.map(\.hexadecimal).joined()
    }

    /// Four bytes that follow from the deviceid (FNV-1a).
    private static func bytes(of deviceID: DeviceID) -> [UInt8] {
        let hash = deviceID.rawValue.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return (0..<4).map { UInt8(truncatingIfNeeded: hash >> ($0 * 8)) }
    }
}

extension UInt8 {
    /// Two lower-case hexadecimal digits.
    fileprivate var hexadecimal: String {
        let digits = String(self, radix: 16)
        return digits.count == 2 ? digits : "0" + digits
    }
}
