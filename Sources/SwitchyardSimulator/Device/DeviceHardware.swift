import CoolkitWire

/// What the hardware behind the protocol does: relays switch, meters measure, sensors drift.
///
/// No clock and no chance of its own: time is an argument, and the drift follows from the deviceid.
struct DeviceHardware: Sendable {
    /// What a command brought about.
    struct Effect: Sendable, Hashable {
        /// The params that differ from before.
        var changed = JSONObject()
        /// Further members of the acknowledgement.
        var acknowledgement = JSONObject()
    }

    let kind: SimulatedDeviceKind
    /// Everything the device knows about itself, as it reports it.
    private(set) var params: JSONObject
    private var meter = PowerReading()
    private var climate = ClimateReading()
    private var chance: SplitMix64
    /// Until when an app watches the meter.
    private var watchedUntil = Duration.zero

    init(identity: SimulatedDeviceIdentity) {
        kind = identity.kind
        params = Self.defaultParams(of: identity)
        chance = SplitMix64(seed: identity.deviceID.rawValue.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
    }

    /// True if the device reports values that change by themselves.
    var hasReadings: Bool { kind == .powerMeter || kind == .thermoHygrometer }

    /// Applies the `params` of a command, or of a press on the button.
    mutating func apply(_ command: JSONObject, at now: Duration) -> Effect {
        var command = command
        var effect = Effect()
        if kind == .powerMeter {
            // Source: `uiid-catalogue.md` §5: the answer to `hundredDaysKwh` comes in the ack.
            if command["hundredDaysKwh"] == "get" {
                effect.acknowledgement["config"] = ["hundredDaysKwhData": .string(hundredDaysOfEnergy())]
                command["hundredDaysKwh"] = nil
            }
            if let seconds = command["uiActive"]?.intValue {
                watchedUntil = now + .seconds(seconds)
                command["uiActive"] = nil
                effect.changed = params.merge(meter.params(isOn: isOn))
            }
        }
        let changed = params.merge(command)
        for (key, value) in changed { effect.changed[key] = value }
        if kind == .powerMeter, changed["switch"] != nil {
            for (key, value) in params.merge(meter.params(isOn: isOn)) { effect.changed[key] = value }
        }
        return effect
    }

    /// Lets the meter or sensor read again, and gives what has changed enough to be reported.
    mutating func read(at now: Duration) -> JSONObject {
        switch kind {
        case .singleSwitch, .fourChannelSwitch:
            return [:]
        case .powerMeter:
            meter.drift(&chance)
            let reading = meter.params(isOn: isOn)
            guard now < watchedUntil, PowerReading.differsEnough(params, reading) else { return [:] }
            return params.merge(reading)
        case .thermoHygrometer:
            climate.drift(&chance, isHeating: isOn)
            var changed = params.merge(climate.params)
            for (key, value) in params.merge(climate.reaction(to: params)) { changed[key] = value }
            return changed
        }
    }

    /// Takes the timers that the server has kept for the device.
    mutating func keepTimers(_ timers: JSON) { params["timers"] = timers }

    /// Drops what belongs to the account that the device was in.
    mutating func forgetPairing() { params["timers"] = nil }

    private var isOn: Bool { params["switch"] == "on" }

    /// 600 hexadecimal characters, 6 a day, newest first: a byte of whole kWh, then two decimal digits in a byte each.
    ///
    /// Source: `uiid-catalogue.md` §5: `190101` is 25.11.
    private mutating func hundredDaysOfEnergy() -> String {
        (0..<100).map { _ in
            "0\(Int.random(in: 0...4, using: &chance))"
                + "0\(Int.random(in: 0...9, using: &chance))"
                + "0\(Int.random(in: 0...9, using: &chance))"
        }.joined()
    }
}

extension DeviceHardware {
    /// The params of a device fresh from the factory.
    ///
    /// Source: `uiid-catalogue.md` §1 and §3-§6.
    private static func defaultParams(of identity: SimulatedDeviceIdentity) -> JSONObject {
        var params: JSONObject
        switch identity.kind {
        case .singleSwitch:
            params = ["switch": "off", "startup": "off", "pulse": "off", "pulseWidth": 500]
        case .fourChannelSwitch:
            params = [
                "switches": perOutlet(["switch": "off"]),
                "configure": perOutlet(["startup": "off"]),
                "pulses": perOutlet(["pulse": "off", "width": 1000]),
                "lock": 0,
            ]
        case .powerMeter:
            params = ["switch": "off", "startup": "off", "pulse": "off", "pulseWidth": 500]
            _ = params.merge(PowerReading().params(isOn: false))
        case .thermoHygrometer:
            params = [
                "switch": "off", "mainSwitch": "off", "deviceType": "normal", "sensorType": "AM2301",
                "startup": "off", "pulse": "off", "pulseWidth": 500,
                "targets": [
                    ["targetHigh": "22", "reaction": ["switch": "off"]],
                    ["targetLow": "20", "reaction": ["switch": "on"]],
                ],
            ]
            _ = params.merge(ClimateReading().params)
        }
        let common: JSONObject = [
            "sledOnline": "on", "rssi": -55, "fwVersion": .string(identity.romVersion),
            "staMac": .string(identity.mac), "init": 1, "version": 8,
        ]
        for (key, value) in common { params[key] = value }
        return params
    }

    /// The same settings for each of the four channels.
    private static func perOutlet(_ members: JSONObject) -> JSON {
        .array(
            (0..<4).map { (outlet: Int) -> JSON in
                var element = members
                element["outlet"] = JSON(outlet)
                return .object(element)
            }
        )
    }
}
