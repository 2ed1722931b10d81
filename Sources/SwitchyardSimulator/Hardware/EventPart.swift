import CoolkitWire

/// Something that happens now and then: a key is pressed, somebody moves, water comes.
struct EventPart: HardwarePart {
    /// How the moment is told.
    enum Stamp: Sendable, Hashable {
        case none
        /// `trigTime`, as Zigbee sub-devices. Source: `uiid-catalogue.md` §9.
        case trigger
        /// `actionTime`, as remotes. Source: `uiid-catalogue.md` §8, uiid 174.
        case action
    }

    private let events: [JSONObject]
    /// What is reported when the event is over; `nil` for events without duration.
    private let rest: JSONObject?
    private let lasts: Duration
    private let oneIn: Int
    private let stamp: Stamp
    private var endsAt: Duration?

    /// - Parameters:
    ///   - events: one of them happens at a time.
    ///   - oneIn: in how many readings one happens, on average.
    init(
        _ events: [JSONObject],
        rest: JSONObject? = nil,
        lasts: Duration = .seconds(60),
        oneIn: Int = 20,
        stamp: Stamp = .none
    ) {
        self.events = events
        self.rest = rest
        self.lasts = lasts
        self.oneIn = oneIn
        self.stamp = stamp
    }

    var due: Duration? { endsAt }
    var reads: Bool { true }

    mutating func powerUp(_ state: inout HardwareState) {
        if stamp == .trigger { state.stampTrigger() }
    }

    mutating func read(_ state: inout HardwareState) {
        guard endsAt == nil, state.happens(oneIn: oneIn), let event = events.randomElement(using: &state.chance) else {
            return
        }
        tell(event, &state)
        if rest != nil { endsAt = state.now + lasts }
    }

    mutating func fire(_ state: inout HardwareState) {
        endsAt = nil
        if let rest { tell(rest, &state) }
    }

    private func tell(_ event: JSONObject, _ state: inout HardwareState) {
        for (key, value) in event { state.tell(key, value) }
        switch stamp {
        case .none: break
        case .trigger: state.stampTrigger()
        case .action: state.tell("actionTime", .string(state.moment.wall.iso8601))
        }
    }
}
