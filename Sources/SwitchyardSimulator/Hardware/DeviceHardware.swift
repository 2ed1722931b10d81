import CoolkitWire

/// What the hardware behind the protocol does: relays switch, meters measure, sensors drift, timers run.
///
/// No clock and no chance of its own: time is an argument, and the drift follows from a seed.
struct DeviceHardware: Sendable {
    /// What an input brought about.
    struct Effect: Sendable {
        /// The params to report: those that differ from before, and events.
        var changed = JSONObject()
        /// Further members of the acknowledgement.
        var acknowledgement = JSONObject()
        /// The command could not be applied, and nothing of it was.
        var isRefused = false
        /// The uiids of sub-devices that have joined.
        var found: [Int] = []
    }

    /// How often the parts may react to each other's changes.
    private static let maximumRounds = 4

    let family: DeviceFamily
    private var state: HardwareState
    private var parts: [any HardwarePart]

    /// - Parameter params: those of the family and those of this very device.
    init(family: DeviceFamily, params: JSONObject, seed: UInt64) {
        self.family = family
        parts = family.parts
        state = HardwareState(params: params, seed: seed)
    }

    /// Everything the device knows about itself.
    var params: JSONObject { state.params }

    /// True if the device reports values that change by themselves.
    var hasReadings: Bool { parts.contains { $0.reads } }

    /// When `run` has something to do next, as time since power-on.
    var nextDue: Duration? { parts.compactMap(\.due).min() }

    /// Applies the `params` of a command, or nothing of it.
    mutating func apply(_ command: JSONObject, at moment: HardwareMoment) -> Effect {
        guard family.allows(command) else { return Effect(isRefused: true) }
        let before = self
        state.begin(moment)
        var command = command
        for index in parts.indices { parts[index].prepare(&command, &state) }
        guard !state.isRefused else {
            self = before
            return Effect(isRefused: true)
        }
        state.merge(command)
        return settled()
    }

    /// Something happens at the device itself: a press on the button, a door that opens.
    mutating func change(_ params: JSONObject, at moment: HardwareMoment) -> Effect {
        state.begin(moment)
        state.merge(params)
        return settled()
    }

    /// The power comes on: relays take the state that `startup` and `configure` say.
    ///
    /// Source: `uiid-catalogue.md` §1.
    mutating func powerUp(at moment: HardwareMoment) {
        state.begin(moment)
        for index in parts.indices { parts[index].powerUp(&state) }
        _ = settled()
    }

    /// Lets meters and sensors read again.
    mutating func read(at moment: HardwareMoment) -> Effect {
        state.begin(moment)
        for index in parts.indices { parts[index].read(&state) }
        return settled()
    }

    /// Does everything whose moment has come: inching, motors, timers, events that end.
    mutating func run(at moment: HardwareMoment) -> Effect {
        state.begin(moment)
        for index in parts.indices {
            if let due = parts[index].due, due <= moment.now { parts[index].fire(&state) }
        }
        return settled()
    }

    /// Lets the signal strength drift; it is reported when it changes class.
    ///
    /// Source: `coolkit-device-side.md` §9.7.
    mutating func driftSignal(at moment: HardwareMoment) -> Effect {
        state.begin(moment)
        guard let before = state.params["rssi"]?.intValue else { return Effect() }
        let after = min(max(before + Int.random(in: -6...6, using: &state.chance), -99), -40)
        guard SignalClass(after) != SignalClass(before) else {
            state.keep("rssi", JSON(after))
            return Effect()
        }
        state.set("rssi", JSON(after))
        return settled()
    }

    /// The wall time has been set.
    mutating func clockWasSet(at moment: HardwareMoment) {
        let expected = state.moment.wall.advanced(by: moment.now - state.moment.now)
        let jump = Duration.milliseconds(moment.wall.milliseconds - expected.milliseconds)
        state.begin(moment)
        for index in parts.indices { parts[index].clockWasSet(&state, jump: jump) }
    }

    /// Takes the timers that the server has kept; one that has been run here stays off.
    ///
    /// Source: `coolkit-device-side.md` §9.8.
    mutating func mergeTimers(_ timers: JSON, at moment: HardwareMoment) {
        state.begin(moment)
        let known = state.params["timers"]?.arrayValue ?? []
        let merged = (timers.arrayValue ?? []).map { timer -> JSON in
            let isSpent = known.contains { mine in
                mine["mId"] == timer["mId"] && mine["at"] == timer["at"] && mine["enabled"] == 0
                    && mine["type"] == "once"
            }
            guard isSpent else { return timer }
            var timer = timer
            timer["enabled"] = 0
            return timer
        }
        state.set("timers", .array(merged))
        _ = settled()
    }

    /// A param that is not reported now, only with the next full report.
    mutating func keep(_ key: String, _ value: JSON?) { state.keep(key, value) }

    /// Drops what belongs to the account that the device was in.
    mutating func forgetPairing(at moment: HardwareMoment) {
        state.begin(moment)
        state.set("timers", [])
        _ = settled()
        state.keep("timers", nil)
    }

    /// Lets the parts react until nothing changes any more, and gives what has come of it all.
    private mutating func settled() -> Effect {
        for _ in 0..<Self.maximumRounds {
            guard let fresh = state.takeFresh() else { break }
            for index in parts.indices { parts[index].follow(fresh, &state) }
        }
        return Effect(changed: state.changed, acknowledgement: state.acknowledgement, found: state.found)
    }
}

/// How well the device hears its router.
///
/// Source: `uiid-catalogue.md` §1, `rssi`; `coolkit-device-side.md` §9.7.
enum SignalClass: Sendable, Hashable {
    case none, poor, fair, good

    init(_ rssi: Int) {
        switch rssi {
        case ..<(-92): self = .none
        case ..<(-77): self = .poor
        case ..<(-62): self = .fair
        default: self = .good
        }
    }
}
