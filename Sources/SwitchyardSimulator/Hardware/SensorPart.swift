import CoolkitWire

/// One measured value that wanders about.
struct MeasuredQuantity: Sendable, Hashable {
    /// How the value is spelled; the number of places is how many of its digits stand after the point.
    enum Form: Sendable, Hashable {
        case number(places: Int)
        case text(places: Int)
    }

    let key: String
    let form: Form
    private let range: ClosedRange<Int>
    private let step: ClosedRange<Int>
    /// The value changes in one reading of so many.
    private let oneIn: Int
    private(set) var value: Int

    /// - Parameters:
    ///   - value: the first one, with as many digits after the point as the form has places, and no point.
    ///   - step: by how much it changes.
    init(
        _ key: String,
        _ form: Form,
        from value: Int,
        in range: ClosedRange<Int>,
        by step: ClosedRange<Int>,
        oneIn: Int = 1
    ) {
        self.key = key
        self.form = form
        self.value = value
        self.range = range
        self.step = step
        self.oneIn = oneIn
    }

    /// A battery that sinks by one unit in a hundred readings.
    static func battery(_ form: Form = .number(places: 0), from value: Int = 90) -> MeasuredQuantity {
        MeasuredQuantity("battery", form, from: value, in: 0...max(value, 100), by: -1 ... -1, oneIn: 100)
    }

    var json: JSON {
        switch form {
        case .text(let places): .string(value.decimalText(places: places))
        case .number(0): JSON(value)
        case .number(let places): JSON(Double(value.decimalText(places: places)) ?? Double(value))
        }
    }

    mutating func drift(_ state: inout HardwareState) {
        guard state.happens(oneIn: oneIn) else { return }
        let next = value + Int.random(in: step, using: &state.chance)
        value = min(max(next, range.lowerBound), range.upperBound)
    }
}

/// Sensors that report what has changed since the last look.
struct SensorPart: HardwarePart {
    private var quantities: [MeasuredQuantity]
    /// Zigbee sensors say when they measured.
    private let stampsTrigger: Bool

    init(_ quantities: [MeasuredQuantity], stampsTrigger: Bool = false) {
        self.quantities = quantities
        self.stampsTrigger = stampsTrigger
    }

    var initialParams: JSONObject { JSONObject(quantities.map { ($0.key, $0.json) }) }

    var reads: Bool { true }

    mutating func powerUp(_ state: inout HardwareState) {
        if stampsTrigger { state.stampTrigger() }
    }

    mutating func read(_ state: inout HardwareState) {
        var isNew = false
        for index in quantities.indices {
            quantities[index].drift(&state)
            let quantity = quantities[index]
            isNew = isNew || state.params[quantity.key] != quantity.json
            state.set(quantity.key, quantity.json)
        }
        if isNew, stampsTrigger { state.stampTrigger() }
    }
}

extension HardwareState {
    /// When a sub-device's sensor was triggered: milliseconds as a text of 13 digits.
    ///
    /// Source: `uiid-catalogue.md` §9, `trigTime`.
    mutating func stampTrigger() { tell("trigTime", .string(String(moment.wall.milliseconds))) }
}
