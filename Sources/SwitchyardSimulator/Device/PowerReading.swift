import CoolkitWire

/// Mains and load of a metering plug, in hundredths of volt and watt.
struct PowerReading: Sendable, Hashable {
    private var voltage = 23_012
    private var load = 6_005

    /// `power`, `voltage` and `current` as texts with two decimals; without load when the switch is off.
    ///
    /// Source: `uiid-catalogue.md` §5.
    func params(isOn: Bool) -> JSONObject {
        let power = isOn ? load : 0
        return [
            "power": .string(Self.text(power)),
            "voltage": .string(Self.text(voltage)),
            "current": .string(Self.text((power * 100 + voltage / 2) / voltage)),
        ]
    }

    mutating func drift(_ chance: inout SplitMix64) {
        voltage = min(max(voltage + Int.random(in: -250...250, using: &chance), 22_000), 24_000)
        load = min(max(load + Int.random(in: -300...300, using: &chance), 1_000), 12_000)
    }

    /// True when `new` is more than 2 W, 5 V or 0.03 A away from `old`.
    ///
    /// Source: `uiid-catalogue.md` §5, `uiActive`.
    static func differsEnough(_ old: JSONObject, _ new: JSONObject) -> Bool {
        [("power", 2.0), ("voltage", 5.0), ("current", 0.03)].contains { key, limit in
            guard let before = old[key]?.stringValue.flatMap(Double.init),
                let after = new[key]?.stringValue.flatMap(Double.init)
            else { return true }
            return (after - before).magnitude > limit
        }
    }

    private static func text(_ hundredths: Int) -> String {
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
