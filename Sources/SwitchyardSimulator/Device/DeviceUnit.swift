import CoolkitWire

/// One device behind a connection: the device itself, or a sub-device of a gateway.
struct DeviceUnit: Sendable {
    let deviceID: DeviceID
    var hardware: DeviceHardware
    /// Changed params that wait for the start-up talk to end.
    var unreported = JSONObject()
    /// Of a sub-device: the server knows it.
    var isListed = false

    /// The device itself.
    init(_ identity: SimulatedDeviceIdentity, seed: UInt64) {
        deviceID = identity.deviceID
        let family = identity.kind.family
        hardware = DeviceHardware(
            family: family,
            params: family.initialParams(of: identity),
            seed: seed ^ Self.seed(of: deviceID)
        )
    }

    /// A sub-device of the gateway `identity`.
    init(subDevice number: Int, of identity: SimulatedDeviceIdentity, kind: SimulatedDeviceKind, seed: UInt64) {
        deviceID = identity.subDeviceID(number)
        hardware = DeviceHardware(
            family: kind.family,
            params: kind.family.initialParams(of: identity),
            seed: seed ^ Self.seed(of: deviceID)
        )
    }

    var uiid: Int { hardware.family.uiid }

    /// The entry of a sub-device as it stands in `subDevices`.
    var listing: JSON { ["deviceid": .string(deviceID.rawValue), "uiid": JSON(uiid)] }

    static func seed(of deviceID: DeviceID) -> UInt64 {
        deviceID.rawValue.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }
    }
}
