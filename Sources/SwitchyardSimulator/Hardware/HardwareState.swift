import CoolkitWire

/// A moment in the life of a device.
struct HardwareMoment: Sendable, Hashable {
    /// The time since power-on.
    let now: Duration
    /// The wall time by the device's own clock, which the server's answer to `date` sets.
    let wall: UnixTime
}

/// What the parts of a device share: its params, the time, chance, and what has come of the present input.
struct HardwareState: Sendable {
    /// Everything the device knows about itself, as it reports it.
    private(set) var params: JSONObject
    var chance: SplitMix64
    private(set) var moment: HardwareMoment
    /// The params to report.
    private(set) var changed = JSONObject()
    /// Further members of the acknowledgement.
    private(set) var acknowledgement = JSONObject()
    private(set) var isRefused = false
    /// The uiids of sub-devices that have been found.
    private(set) var found: [Int] = []
    /// What has changed since the parts last looked.
    private var fresh = JSONObject()

    init(params: JSONObject, seed: UInt64) {
        self.params = params
        chance = SplitMix64(seed: seed)
        moment = HardwareMoment(now: .zero, wall: UnixTime(milliseconds: 0))
    }

    var now: Duration { moment.now }

    /// Forgets what came of the input before.
    mutating func begin(_ moment: HardwareMoment) {
        self.moment = moment
        changed = [:]
        acknowledgement = [:]
        isRefused = false
        found = []
        fresh = [:]
    }

    /// Sets a param, which is reported if it differs from before.
    mutating func set(_ key: String, _ value: JSON) { merge([key: value]) }

    /// Takes in params; those that differ from before are reported.
    mutating func merge(_ incoming: JSONObject) {
        for (key, value) in params.merge(incoming) {
            changed[key] = value
            fresh[key] = value
        }
    }

    /// Sets a param that is reported whether it differs or not: an event.
    mutating func tell(_ key: String, _ value: JSON) {
        set(key, value)
        changed[key] = value
    }

    /// Sets a param that is not reported now, only with the next full report.
    mutating func keep(_ key: String, _ value: JSON?) { params[key] = value }

    /// Puts `value` into the `config` of the acknowledgement.
    ///
    /// Source: `coolkit-websocket.md` §6.1: history that was asked for arrives as `config` in the answer.
    mutating func answer(_ key: String, _ value: JSON) {
        var config = acknowledgement["config"]?.objectValue ?? [:]
        config[key] = value
        acknowledgement["config"] = .object(config)
    }

    /// The command cannot be applied: nothing of it is.
    mutating func refuse() { isRefused = true }

    /// A sub-device of this kind has joined.
    mutating func find(_ uiid: Int) { found.append(uiid) }

    /// What has changed since the last call; `nil` when nothing has.
    mutating func takeFresh() -> JSONObject? {
        guard !fresh.isEmpty else { return nil }
        defer { fresh = [:] }
        return fresh
    }

    /// True once in `count` calls on average.
    mutating func happens(oneIn count: Int) -> Bool { Int.random(in: 0..<max(1, count), using: &chance) == 0 }
}

extension HardwareState {
    /// Whether the relay, or the one of this outlet, is closed.
    func isOn(outlet: Int = 0) -> Bool {
        if let value = params["switch"] { return value == "on" || value == true }
        return params["switches"]?.arrayValue?.contains { $0["outlet"]?.intValue == outlet && $0["switch"] == "on" }
            ?? false
    }

    /// Switches the relay, or the one of this outlet.
    mutating func turn(outlet: Int = 0, on isOn: Bool) {
        switch params["switch"] {
        case .bool?: set("switch", JSON(isOn))
        case nil: set("switches", [["switch": isOn ? "on" : "off", "outlet": JSON(outlet)]])
        default: set("switch", isOn ? "on" : "off")
        }
    }

    /// The member `key` of the element of `list` for this outlet.
    func setting(_ list: String, _ key: String, outlet: Int) -> JSON? {
        params[list]?.arrayValue?.first { $0["outlet"]?.intValue == outlet }?[key]
    }
}
