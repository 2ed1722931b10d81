import CoolkitWire

/// Mains and load at one channel of a meter, in hundredths of volt and watt.
struct PowerReading: Sendable, Hashable {
    /// What a look at the meter shows, in hundredths of volt, watt and ampere.
    struct Values: Sendable, Hashable {
        var voltage: Int
        var power: Int
        var current: Int

        /// True when `other` is more than 2 W, 5 V or 0.03 A away.
        ///
        /// Source: `uiid-catalogue.md` §5, `uiActive`.
        func differsEnough(from other: Values) -> Bool {
            (power - other.power).magnitude > 200 || (voltage - other.voltage).magnitude > 500
                || (current - other.current).magnitude > 3
        }
    }

    private var voltage = 23_012
    private var load = 6_005

    /// Without load when the switch is off.
    func values(isOn: Bool) -> Values {
        let power = isOn ? load : 0
        return Values(voltage: voltage, power: power, current: (power * 100 + voltage / 2) / voltage)
    }

    mutating func drift(_ chance: inout SplitMix64) {
        voltage = min(max(voltage + Int.random(in: -250...250, using: &chance), 22_000), 24_000)
        load = min(max(load + Int.random(in: -300...300, using: &chance), 1_000), 12_000)
    }
}

/// How a family spells what its meter shows.
///
/// Source: `uiid-catalogue.md` §5.
enum MeterForm: Sendable, Hashable {
    /// `power`, `voltage` and `current` as texts with two decimals, in natural units: uiid 5, 32, 182.
    case texts
    /// The same names as numbers times 100: uiid 190, 262, 276, 277.
    case hundredths
    /// `actPow_00` and the like, numbers times 100, for so many channels: uiid 126, 130.
    case channels(Int)
    /// `phase_0_p` and the like: uiid 226.
    ///
    /// Assumption: times 100 as elsewhere. A capture of a DIN meter would settle it.
    case phase

    var channelCount: Int { if case .channels(let count) = self { count } else { 1 } }

    func params(_ values: PowerReading.Values, channel: Int) -> JSONObject {
        switch self {
        case .texts:
            [
                "power": .string(values.power.decimalText(places: 2)),
                "voltage": .string(values.voltage.decimalText(places: 2)),
                "current": .string(values.current.decimalText(places: 2)),
            ]
        case .hundredths:
            ["power": JSON(values.power), "voltage": JSON(values.voltage), "current": JSON(values.current)]
        case .channels:
            Self.channelParams(values, suffix: "_0\(channel)")
        case .phase:
            [
                "phase_0_c": JSON(values.current), "phase_0_p": JSON(values.power), "phase_0_v": JSON(values.voltage),
            ]
        }
    }

    /// A load that is a tenth reactive.
    private static func channelParams(_ values: PowerReading.Values, suffix: String) -> JSONObject {
        [
            "current" + suffix: JSON(values.current), "voltage" + suffix: JSON(values.voltage),
            "actPow" + suffix: JSON(values.power), "reactPow" + suffix: JSON(values.power / 10),
            "apparentPow" + suffix: JSON(values.power + values.power / 200),
        ]
    }
}

extension Int {
    /// The number divided by ten to the power of `places`, with so many decimals.
    func decimalText(places: Int) -> String {
        guard places > 0 else { return String(self) }
        let digits = String(magnitude)
        let padded = String(repeating: "0", count: Swift.max(0, places + 1 - digits.count)) + digits
        return (self < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
