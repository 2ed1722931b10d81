import CoolkitWire

/// A Wi-Fi door sensor: opens and closes, reports every hour, and reminds of a door that is held open or closed.
///
/// `type` says why it reports. Source: `coolkit-v1-http.md` §6.1 (firmware constants: 2 closed, 3 opened),
/// `coolkit-device-side.md` §5 (`holdReminder`).
struct DoorPart: HardwarePart {
    private enum Reason {
        static let closed: JSON = 2
        static let opened: JSON = 3
        static let hourly: JSON = 4
        static let held: JSON = 7
    }

    private let oneIn: Int
    private let openFor: Duration
    private var closesAt: Duration?
    private var hourlyAt = Duration.seconds(3_600)
    private var reminderAt: Duration?

    init(oneIn: Int = 20, openFor: Duration = .seconds(20)) {
        self.oneIn = oneIn
        self.openFor = openFor
    }

    var due: Duration? { [closesAt, hourlyAt, reminderAt].compactMap { $0 }.min() }
    var reads: Bool { true }

    mutating func powerUp(_ state: inout HardwareState) { hourlyAt = state.now + .seconds(3_600) }

    mutating func follow(_ changed: JSONObject, _ state: inout HardwareState) {
        if let position = changed["switch"] {
            // A change by hand says why, too.
            if changed["type"] == nil { state.tell("type", position == "on" ? Reason.opened : Reason.closed) }
        }
        guard changed["switch"] != nil || changed["holdReminder"] != nil else { return }
        let reminder = state.params["holdReminder"]
        let isWanted = reminder?["enabled"]?.intValue == 1 && reminder?["switch"] == state.params["switch"]
        reminderAt = isWanted ? reminder?["time"]?.intValue.map { state.now + .seconds($0 * 60) } : nil
    }

    mutating func read(_ state: inout HardwareState) {
        guard closesAt == nil, state.params["switch"] == "off", state.happens(oneIn: oneIn) else { return }
        state.merge(["type": Reason.opened, "switch": "on"])
        closesAt = state.now + openFor
    }

    mutating func fire(_ state: inout HardwareState) {
        if let moment = closesAt, moment <= state.now {
            closesAt = nil
            state.merge(["type": Reason.closed, "switch": "off"])
        }
        if hourlyAt <= state.now {
            hourlyAt = state.now + .seconds(3_600)
            state.tell("type", Reason.hourly)
            state.tell("switch", state.params["switch"] ?? "off")
        }
        if let moment = reminderAt, moment <= state.now {
            reminderAt = nil
            state.tell("type", Reason.held)
            state.tell("switch", state.params["switch"] ?? "off")
        }
    }
}
