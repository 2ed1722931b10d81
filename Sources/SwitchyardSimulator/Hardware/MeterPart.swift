import CoolkitWire

/// A meter behind relays: power follows the relay, energy accumulates, and an app that watches gets more reports.
///
/// Source: `uiid-catalogue.md` §5.
struct MeterPart: HardwarePart {
    /// How often the meter looks while an app watches.
    static let watchedInterval = Duration.seconds(5)
    /// The longest time that an app may ask to watch.
    static let maximumWatch = Duration.seconds(3_600)

    let form: MeterForm
    /// Meters of the first kinds report by themselves only while an app watches.
    let reportsUnwatched: Bool
    private var readings: [PowerReading]
    private var ledgers: [EnergyLedger]
    private var reported: [PowerReading.Values]
    private var countedUntil = Duration.zero
    private var watchedUntil = Duration.zero
    private var nextLook: Duration?

    init(_ form: MeterForm, reportsUnwatched: Bool = true) {
        self.form = form
        self.reportsUnwatched = reportsUnwatched
        let count = form.channelCount
        readings = Array(repeating: PowerReading(), count: count)
        ledgers = Array(repeating: EnergyLedger(), count: count)
        reported = readings.map { $0.values(isOn: false) }
    }

    /// What a meter shows that has just left the factory.
    var initialParams: JSONObject {
        var params = JSONObject()
        for (channel, values) in reported.enumerated() {
            for (key, value) in form.params(values, channel: channel) { params[key] = value }
        }
        return params
    }

    var due: Duration? { nextLook }
    var reads: Bool { true }

    mutating func powerUp(_ state: inout HardwareState) {
        count(&state)
        for channel in readings.indices { show(channel, &state) }
    }

    mutating func prepare(_ command: inout JSONObject, _ state: inout HardwareState) {
        count(&state)
        if let wish = command["uiActive"] {
            watch(wish, &state)
            command["uiActive"] = nil
        }
        answerHistories(&command, &state)
        for channel in readings.indices { counter(channel, &command, &state) }
    }

    mutating func follow(_ changed: JSONObject, _ state: inout HardwareState) {
        guard changed["switch"] != nil || changed["switches"] != nil else { return }
        count(&state)
        for channel in readings.indices { show(channel, &state) }
    }

    mutating func read(_ state: inout HardwareState) {
        count(&state)
        for channel in readings.indices {
            readings[channel].drift(&state.chance)
            let values = readings[channel].values(isOn: state.isOn(outlet: channel))
            let isWanted = reportsUnwatched || state.now < watchedUntil
            if isWanted, values.differsEnough(from: reported[channel]) { show(channel, &state) }
        }
        showEnergy(&state)
    }

    mutating func fire(_ state: inout HardwareState) {
        let next = state.now + Self.watchedInterval
        nextLook = next < watchedUntil ? next : nil
        read(&state)
    }

    // MARK: Measuring

    /// Adds the energy since the last call to the ledgers.
    private mutating func count(_ state: inout HardwareState) {
        let time = state.now - countedUntil
        for channel in readings.indices {
            // What flowed was what was shown last: the relay has been so since then.
            let power = reported[channel].power
            ledgers[channel].add(power: power, over: time, at: state.moment.wall, &state.chance)
        }
        countedUntil = state.now
    }

    private mutating func show(_ channel: Int, _ state: inout HardwareState) {
        reported[channel] = readings[channel].values(isOn: state.isOn(outlet: channel))
        state.merge(form.params(reported[channel], channel: channel))
    }

    /// The sums that newer meters keep.
    private func showEnergy(_ state: inout HardwareState) {
        let ledger = ledgers[0]
        let sums = [
            ("dayKwh", ledger.hundredthsToday), ("weekKwh", ledger.hundredths(ofLastDays: 7)),
            ("monthKwh", ledger.hundredths(ofLastDays: 30)),
            ("yearKwh", ledger.hundredths(ofLastDays: EnergyLedger.dayCount)),
            ("totalPower", ledger.hundredthsInTotal),
        ]
        for (key, sum) in sums where state.params[key] != nil { state.set(key, JSON(sum)) }
    }

    /// An app watches: a number of seconds, or an object with `time`.
    private mutating func watch(_ wish: JSON, _ state: inout HardwareState) {
        guard let seconds = wish.intValue ?? wish["time"]?.intValue, seconds >= 0 else { return state.refuse() }
        watchedUntil = state.now + min(.seconds(min(seconds, 86_400)), Self.maximumWatch)
        nextLook = state.now + Self.watchedInterval
        for channel in readings.indices { show(channel, &state) }
    }

    // MARK: Histories and counters

    /// Answers what is asked of the past.
    ///
    /// Assumption: all histories come in the acknowledgement, as `hundredDaysKwh` does. Captures of newer meters would
    /// settle it.
    private func answerHistories(_ command: inout JSONObject, _ state: inout HardwareState) {
        if form == .texts, command["hundredDaysKwh"] == "get" {
            state.answer("hundredDaysKwhData", .string(ledgers[0].hundredDays))
            command["hundredDaysKwh"] = nil
        }
        if let hours = command["getHoursKwh"] {
            guard let start = hours["start"]?.intValue, let end = hours["end"]?.intValue, 0 <= start, start <= end,
                end <= EnergyLedger.dayCount * 24
            else { return state.refuse() }
            state.answer("hoursKwhData", .string(ledgers[0].hours(from: start, to: end)))
            command["getHoursKwh"] = nil
        }
        for channel in readings.indices where command["getKwh_0\(channel)"]?.intValue == 2 {
            state.answer("kwhHistories_0\(channel)", .string(ledgers[channel].shortHistory))
            command["getKwh_0\(channel)"] = nil
        }
    }

    /// `oneKwh` of the first meters is `start`, `stop` or `get`; `oneKwhState_00` of the others 1 or 0.
    private mutating func counter(_ channel: Int, _ command: inout JSONObject, _ state: inout HardwareState) {
        let suffix = form == .texts ? "" : "_0\(channel)"
        switch form == .texts ? command["oneKwh"] : command["oneKwhState" + suffix] {
        case "start"?, 1?:
            ledgers[channel].startCounter()
            state.merge(["startTime" + suffix: .string(state.moment.wall.iso8601), "endTime" + suffix: ""])
        case "stop"?, 0?:
            ledgers[channel].stopCounter()
            state.set("endTime" + suffix, .string(state.moment.wall.iso8601))
        case "get"?: state.answer("oneKwhData", counted(channel))
        case nil: return
        default: return state.refuse()
        }
        state.set("oneKwhData" + suffix, counted(channel))
        command["oneKwh"] = nil
    }

    private func counted(_ channel: Int) -> JSON {
        let hundredths = ledgers[channel].hundredthsCounted
        return form == .texts ? .string(hundredths.decimalText(places: 2)) : JSON(hundredths)
    }
}
