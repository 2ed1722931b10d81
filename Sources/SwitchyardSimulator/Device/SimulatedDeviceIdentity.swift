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
    /// The kinds of the sub-devices that a gateway has from the start.
    package var subDevices: [SimulatedDeviceKind]

    /// Makes a device whose model, address and chip number follow from its kind and deviceid.
    package init(deviceID: DeviceID, factoryKey: APIKey, kind: SimulatedDeviceKind = .singleSwitch) {
        self.deviceID = deviceID
        self.factoryKey = factoryKey
        self.kind = kind
        let family = kind.family
        model = family.model
        romVersion = family.romVersion
        subDevices = family.subDevices.compactMap { SimulatedDeviceKind(uiid: $0) }
        let bytes = Self.bytes(of: deviceID)
        mac = "02:00" + bytes.map { ":" + $0.hexadecimal }.joined()
        chipID = bytes.map(\.hexadecimal).joined()
    }

    /// `ID:APIKEY:UIID`, of a gateway with other sub-devices than its usual ones `ID:APIKEY:UIID+UIID…`.
    package var specification: String {
        let isUsual = subDevices.map(\.uiid) == kind.family.subDevices
        let kinds = [kind] + (isUsual ? [] : subDevices)
        return "\(deviceID):\(factoryKey):\(kinds.map { String($0.uiid) }.joined(separator: "+"))"
    }

    /// The deviceid of the gateway's sub-device number `number`: `a4` and 8 hexadecimal digits.
    ///
    /// Source: `uiid-catalogue.md` §9.
    func subDeviceID(_ number: Int) -> DeviceID {
        let digits = Self.bytes(of: deviceID, number: number + 1).map(\.hexadecimal).joined()
        return DeviceID(unchecked: "a4" + digits)
    }

    /// Four bytes that follow from the deviceid (FNV-1a); others for another number.
    private static func bytes(of deviceID: DeviceID, number: Int = 0) -> [UInt8] {
        var hash = deviceID.rawValue.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        if number > 0 { hash = (hash ^ UInt32(truncatingIfNeeded: number)) &* 16_777_619 }
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
