import CoolkitWire

/// The messages of one device, as its firmware writes them.
///
/// Source: `coolkit-device-side.md` §5, key order included.
struct DeviceMessages: Sendable {
    var identity: SimulatedDeviceIdentity
    let firmware: DeviceFirmware
    /// The wall time at which the device was switched on, for `d_seq`.
    let startedAt: UnixTime
    /// How many `d_seq` have been used, so that no two are alike.
    private var count: Int64 = 0

    init(identity: SimulatedDeviceIdentity, firmware: DeviceFirmware, startedAt: UnixTime) {
        self.identity = identity
        self.firmware = firmware
        self.startedAt = startedAt
    }

    /// The body of `POST /dispatch/device`.
    ///
    /// Source: `coolkit-v1-http.md` §5.3.
    func dispatch(at now: Duration) -> JSONObject {
        [
            "accept": "ws;2", "version": 2, "ts": JSON(now.components.seconds), "deviceid": deviceID,
            "apikey": .string(identity.factoryKey.rawValue), "model": .string(identity.model),
            "romVersion": .string(identity.romVersion),
        ]
    }

    mutating func register(at now: Duration) -> JSONObject {
        var message: JSONObject = [
            "userAgent": "device", "apikey": .string(identity.factoryKey.rawValue), "deviceid": deviceID,
            "action": "register",
        ]
        switch firmware {
        case .emulated, .oplHTTPS: message["version"] = 8
        case .sonoff155: message["version"] = 2
        case .opl: message["version"] = "8"
        }
        message["romVersion"] = .string(identity.romVersion)
        message["model"] = .string(identity.model)
        switch firmware {
        case .emulated, .oplHTTPS:
            message["ts"] = JSON(now.components.seconds)
            message["mac"] = .string(identity.mac)
            message["chipid"] = .string(identity.chipID)
        case .sonoff155:
            message["ts"] = JSON(now.components.seconds)
        case .opl:
            message["ts"] = JSON(startedAt.advanced(by: now).seconds)
            message["d_seq"] = nextDeviceSequence(at: now)
            message["chipid"] = .string(identity.chipID)
        }
        return message
    }

    mutating func date(owner: APIKey, at now: Duration) -> JSONObject {
        guard firmware == .opl else {
            return ["userAgent": "device", "apikey": key(owner), "deviceid": deviceID, "action": "date"]
        }
        return [
            "action": "date", "apikey": key(owner), "deviceid": deviceID, "d_seq": nextDeviceSequence(at: now),
            "userAgent": "device",
        ]
    }

    /// - Parameter subDevice: whose params they are; `nil` is the device itself.
    mutating func update(
        _ params: JSONObject,
        of subDevice: DeviceID? = nil,
        owner: APIKey,
        at now: Duration
    ) -> JSONObject {
        let deviceID = subDevice.map { JSON.string($0.rawValue) } ?? deviceID
        guard firmware == .opl else {
            return [
                "userAgent": "device", "apikey": key(owner), "deviceid": deviceID, "action": "update",
                "params": .object(params),
            ]
        }
        return [
            "action": "update", "deviceid": deviceID, "apikey": key(owner), "userAgent": "device",
            "d_seq": nextDeviceSequence(at: now), "params": .object(params),
        ]
    }

    func queryTimers(owner: APIKey) -> JSONObject {
        [
            "userAgent": "device", "apikey": key(owner), "deviceid": deviceID, "action": "query",
            "params": ["timers"],
        ]
    }

    /// The list of a gateway's sub-devices.
    ///
    /// Assumption: `subDevices` as in the gateway's params. A capture of the action would settle it.
    /// Source: `coolkit-websocket.md` §5, `uiid-catalogue.md` §8.
    mutating func reportSubDevices(_ list: JSON, owner: APIKey, at now: Duration) -> JSONObject {
        [
            "userAgent": "device", "apikey": key(owner), "deviceid": deviceID, "action": "reportSubDevice",
            "d_seq": nextDeviceSequence(at: now), "params": ["subDevices": list],
        ]
    }

    /// The answer to a command; without `sequence` when the command had none.
    ///
    /// Source: `coolkit-websocket.md` §7.
    func answer(
        _ error: WireCode.RawValue,
        sequence: JSON?,
        owner: APIKey,
        to subDevice: DeviceID? = nil,
        extras: JSONObject = [:]
    ) -> JSONObject {
        let deviceID = subDevice.map { JSON.string($0.rawValue) } ?? deviceID
        var message: JSONObject = ["error": JSON(error)]
        if firmware == .opl {
            message["deviceid"] = deviceID
            message["apikey"] = key(owner)
            message["userAgent"] = "device"
        } else {
            message["userAgent"] = "device"
            message["apikey"] = key(owner)
            message["deviceid"] = deviceID
        }
        message["sequence"] = sequence
        for (name, value) in extras { message[name] = value }
        return message
    }

    private var deviceID: JSON { .string(identity.deviceID.rawValue) }

    private func key(_ owner: APIKey) -> JSON { .string(owner.rawValue) }

    /// A number of 13 digits: seconds of wall time times 1000, plus a counter.
    private mutating func nextDeviceSequence(at now: Duration) -> JSON {
        defer { count = (count + 1) % 1_000 }
        return JSON(startedAt.advanced(by: now).seconds * 1_000 + count)
    }
}
