import CoolkitWire

/// The device's own clockwork: runs the timers that an app has set, in UTC.
///
/// Source: `coolkit-websocket.md` §9, `coolkit-device-side.md` §9.8.
struct TimerPart: HardwarePart {
    /// The most timers that are looked at.
    static let maximumTimers = 64

    /// How far a clock may be off that is only put right.
    private static let smallJump = Duration.seconds(3_600)

    /// Multi-channel devices know no `duration`.
    private let takesDuration: Bool
    /// Up to when all timers have been run.
    private var runUntil: UnixTime?
    /// When the present list came: what a countdown without `at` counts from.
    private var receivedAt = UnixTime(milliseconds: 0)
    private(set) var due: Duration?

    init(takesDuration: Bool = true) { self.takesDuration = takesDuration }

    mutating func prepare(_ command: inout JSONObject, _ state: inout HardwareState) {
        guard let list = command["timers"] else { return }
        guard let timers = list.arrayValue ?? (list == 0 ? [] : nil), timers.count <= Self.maximumTimers,
            timers.allSatisfy({ $0.objectValue != nil })
        else { return state.refuse() }
        let durations = timers.filter { $0["type"] == "duration" }.count
        guard durations <= (takesDuration ? 1 : 0) else { return state.refuse() }
    }

    mutating func follow(_ changed: JSONObject, _ state: inout HardwareState) {
        guard changed["timers"] != nil else { return }
        receivedAt = state.moment.wall
        runUntil = runUntil ?? state.moment.wall
        plan(state)
    }

    mutating func clockWasSet(_ state: inout HardwareState, jump: Duration) {
        // After a small jump nothing is left out and nothing run twice; after a large one it is another day.
        if max(jump, .zero - jump) > Self.smallJump { runUntil = state.moment.wall }
        plan(state)
    }

    mutating func fire(_ state: inout HardwareState) {
        let since = runUntil ?? state.moment.wall
        var timers = state.params["timers"]?.arrayValue ?? []
        for index in timers.indices.prefix(Self.maximumTimers) {
            guard let timer = TimerEntry(timers[index], receivedAt: receivedAt),
                let occurrence = timer.next(after: since), occurrence.at <= state.moment.wall
            else { continue }
            state.merge(occurrence.params)
            // Assumption: a timer that runs once is switched off, not removed, when it has run.
            if timer.runsOnce { timers[index]["enabled"] = 0 }
        }
        runUntil = state.moment.wall
        state.set("timers", .array(timers))
        plan(state)
    }

    private mutating func plan(_ state: HardwareState) {
        let since = runUntil ?? state.moment.wall
        let next = (state.params["timers"]?.arrayValue ?? []).prefix(Self.maximumTimers)
            .compactMap { TimerEntry($0, receivedAt: receivedAt)?.next(after: since)?.at }
            .min()
        due = next.map { next in
            let wait = max(0, next.milliseconds - state.moment.wall.milliseconds)
            return state.now + .milliseconds(wait)
        }
    }
}
