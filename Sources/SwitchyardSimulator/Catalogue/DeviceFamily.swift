package import CoolkitWire

/// One kind of device, by its uiid: what it reports at first, what a command may change, and what it is made of.
///
/// Source: `uiid-catalogue.md`.
package struct DeviceFamily: Sendable {
    package enum Group: String, Sendable, Hashable, CaseIterable {
        case switches
        case meters
        case climate
        case sensors
        case lights
        case covers
        case gateways
        case remotes
        case panels
        case subDevices = "sub-devices"
        /// The catalogue has the name, and nothing of the params.
        case names
    }

    /// The params that go with all devices of one build.
    enum Build: Sendable, Hashable {
        /// A device on the mains with Wi-Fi.
        case wifi
        /// A Wi-Fi sensor of the OPL firmware.
        case sensor
        /// A sub-device, which speaks through its gateway.
        case subDevice
    }

    /// The number by which apps choose their controls.
    package let uiid: Int
    package let name: String
    package let group: Group
    /// What the factory wrote into the device.
    package let model: String
    /// The firmware that its devices have unless told otherwise.
    package let firmware: DeviceFirmware
    /// The kinds of the sub-devices that a gateway has from the start.
    package let subDevices: [Int]
    let build: Build
    let parts: [any HardwarePart]
    private let ownParams: JSONObject
    private let rules: [String: ParamRule]

    /// - Parameters:
    ///   - model: `nil` makes one up.
    ///   - params: a JSON object, in the order in which it is reported.
    ///   - rules: beyond those of common params.
    init(
        _ uiid: Int,
        _ name: String,
        _ group: Group,
        model: String? = nil,
        build: Build = .wifi,
        firmware: DeviceFirmware = .emulated,
        params: JSONObject = [:],
        rules: [String: ParamRule] = [:],
        parts: [any HardwarePart] = [],
        subDevices: [Int] = []
    ) {
        self.uiid = uiid
        self.name = name
        self.group = group
        self.model = model ?? "SIM-\(uiid)-GL"
        self.build = build
        self.firmware = firmware
        self.subDevices = subDevices
        self.parts = parts
        ownParams = params
        let outlets = params["switches"]?.arrayValue?.count ?? 4
        let common = ParamRule.common(outlets: outlets).filter { params[$0.key] != nil }
        self.rules = common.merging(rules) { _, own in own }
    }

    /// The params of a device fresh from the factory.
    ///
    /// Source: `uiid-catalogue.md` §1, `coolkit-device-side.md` §5 (sensors).
    package func initialParams(of identity: SimulatedDeviceIdentity) -> JSONObject {
        switch build {
        case .wifi:
            var params = ownParams
            let common: JSONObject = [
                "sledOnline": "on", "rssi": -55, "fwVersion": .string(identity.romVersion),
                "staMac": .string(identity.mac), "init": 1, "version": 8,
            ]
            for (key, value) in common where params[key] == nil { params[key] = value }
            return params
        case .sensor:
            let mac = identity.mac.filter { $0 != ":" }
            var params: JSONObject = [
                "init": 1, "fwVersion": "1000.2.917", "mac": .string(mac), "chipid": .string(identity.chipID),
            ]
            for (key, value) in ownParams { params[key] = value }
            params["rssi"] = -60
            return params
        case .subDevice:
            return ownParams
        }
    }

    /// Whether the device can apply all of a command.
    func allows(_ command: JSONObject) -> Bool {
        command.allSatisfy { key, value in rules[key].map { $0.allows(value) } ?? true }
    }

    /// The version that its devices have from the factory.
    package var romVersion: String { build == .sensor ? "1.8.1" : "3.0.1" }
}

extension JSONObject {
    /// The object that `text` is: for the tables of families, whose test reads all of them.
    init(table text: StaticString) {
        let parsed = try? JSON(parsing: String(describing: text))
        guard let object = parsed?.objectValue else { preconditionFailure("no JSON object: \(text)") }
        self = object
    }

    /// With the members of `other` behind.
    func with(_ other: JSONObject) -> JSONObject {
        var both = self
        for (key, value) in other { both[key] = value }
        return both
    }
}
