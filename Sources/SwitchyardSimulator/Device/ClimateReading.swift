import CoolkitWire

/// Temperature in tenths of a degree and humidity in percent, at the sensor of a thermostat switch.
struct ClimateReading: Sendable, Hashable {
    private var temperature = 215
    private var humidity = 45

    /// `currentTemperature` and `currentHumidity`, both texts.
    ///
    /// Source: `uiid-catalogue.md` §6, uiid 15.
    var params: JSONObject {
        [
            "currentTemperature": .string("\(temperature / 10).\(temperature % 10)"),
            "currentHumidity": .string(String(humidity)),
        ]
    }

    /// A room that warms up while heated and cools down while not.
    mutating func drift(_ chance: inout SplitMix64, isHeating: Bool) {
        temperature += isHeating ? Int.random(in: 0...3, using: &chance) : Int.random(in: -2...1, using: &chance)
        temperature = min(max(temperature, 50), 400)
        humidity = min(max(humidity + Int.random(in: -1...1, using: &chance), 20), 90)
    }

    /// What the automatic mode does now: the `reaction` of the target that has been passed, if any.
    ///
    /// `deviceType` says which reading the targets are about, `mainSwitch` whether they count. Source:
    /// `uiid-catalogue.md` §6.
    func reaction(to params: JSONObject) -> JSONObject {
        guard params["mainSwitch"] == "on", let targets = params["targets"]?.arrayValue else { return [:] }
        let reading: Double
        switch params["deviceType"]?.stringValue {
        case "temperature": reading = Double(temperature) / 10
        case "humidity": reading = Double(humidity)
        default: return [:]
        }
        for target in targets {
            let isPassed =
                target["targetHigh"]?.stringValue.flatMap(Double.init).map { reading >= $0 }
                ?? target["targetLow"]?.stringValue.flatMap(Double.init).map { reading <= $0 }
            if isPassed == true, let reaction = target["reaction"]?.objectValue { return reaction }
        }
        return [:]
    }
}
