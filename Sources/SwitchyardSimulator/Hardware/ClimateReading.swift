import CoolkitWire

/// Temperature in tenths of a degree and humidity in percent, where a thermostat measures.
struct ClimateReading: Sendable, Hashable {
    private(set) var temperature = 215
    private(set) var humidity = 45

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

/// A thermostat: what it measures follows what it heats.
struct ClimatePart: HardwarePart {
    /// How a family spells what it measures, and what makes it heat.
    ///
    /// Source: `uiid-catalogue.md` §6 and §9.
    enum Form: Sendable, Hashable {
        /// `currentTemperature` and `currentHumidity` as texts; the relay heats, `targets` drive it: uiid 15.
        case thermostatSwitch
        /// `temperature` and `humidity` as texts; the relay heats: uiid 181.
        ///
        /// Assumption: texts as in uiid 15, and `autoControl` is kept but not run, its form being written down nowhere.
        case elite
        /// `temperature` as a number up to `targetTemp`: uiid 127.
        case thermostat
        /// `temperature` up to `curTargetTemp`, both in tenths of a degree: uiid 7017.
        ///
        /// Assumption: tenths. A capture of a radiator valve would settle it.
        case radiatorValve
    }

    private let form: Form
    private var reading = ClimateReading()

    init(_ form: Form) { self.form = form }

    var initialParams: JSONObject { measured }

    var reads: Bool { true }

    mutating func read(_ state: inout HardwareState) {
        reading.drift(&state.chance, isHeating: isHeating(state.params))
        state.merge(measured)
        if form == .thermostatSwitch { state.merge(reading.reaction(to: state.params)) }
        showWork(&state)
    }

    mutating func follow(_ changed: JSONObject, _ state: inout HardwareState) { showWork(&state) }

    private var measured: JSONObject {
        let degrees = JSON.string(reading.temperature.decimalText(places: 1))
        let percent = JSON.string(String(reading.humidity))
        return switch form {
        case .thermostatSwitch: ["currentTemperature": degrees, "currentHumidity": percent]
        case .elite: ["temperature": degrees, "humidity": percent]
        case .thermostat: ["temperature": JSON(Double(reading.temperature) / 10)]
        case .radiatorValve: ["temperature": JSON(reading.temperature)]
        }
    }

    private func isHeating(_ params: JSONObject) -> Bool {
        switch form {
        case .thermostatSwitch, .elite: params["switch"] == "on"
        case .thermostat: params["switch"] == "on" && isBelow(params["targetTemp"], times: 10)
        case .radiatorValve: isBelow(params["curTargetTemp"], times: 1)
        }
    }

    private func isBelow(_ target: JSON?, times factor: Double) -> Bool {
        target?.numberValue.map { Double(reading.temperature) < $0.double * factor } ?? false
    }

    /// `workState`: 1 while it heats.
    ///
    /// Assumption: the catalogue names the param without its values.
    private func showWork(_ state: inout HardwareState) {
        guard state.params["workState"] != nil else { return }
        state.set("workState", isHeating(state.params) ? 1 : 0)
    }
}
