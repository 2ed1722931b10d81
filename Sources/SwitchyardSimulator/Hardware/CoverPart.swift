import CoolkitWire

/// A motor that moves a curtain or a door between two ends, and tells where it has come to when it stops.
///
/// Source: `uiid-catalogue.md` §5 (uiid 126), §8 (11, 67, 91, 258), §9 (1514).
struct CoverPart: HardwarePart {
    /// The names and values by which a family speaks of its motor.
    struct Words: Sendable, Hashable {
        let action: String
        let open: JSON
        let close: JSON
        let pause: JSON
        /// Where the motor is to go, 0 to 100.
        let target: String
        /// Where it is; the same as `target` where the family has one name for both.
        let position: String
        /// The position that is open.
        let openEnd: Int
        /// A param and the value that it must have for the motor to be there.
        var mode: (String, JSON)? { action == "motorTurn" ? ("workMode", 2) : nil }

        static let curtain = Words(
            action: "switch",
            open: "on",
            close: "off",
            pause: "pause",
            target: "setclose",
            position: "setclose",
            openEnd: 0
        )
        /// Rolling doors and shutters.
        ///
        /// Assumption: 1 opens, 2 stops, 3 closes, and 100 is open. A capture of a rolling door would settle it.
        static let door = Words(
            action: "op",
            open: 1,
            close: 3,
            pause: 2,
            target: "per",
            position: "per",
            openEnd: 100
        )
        static let zigbee = Words(
            action: "curtainAction",
            open: "open",
            close: "close",
            pause: "pause",
            target: "openPercent",
            position: "curPercent",
            openEnd: 100
        )
        static let dualRelay = Words(
            action: "motorTurn",
            open: 1,
            close: 2,
            pause: 0,
            target: "location",
            position: "currLocation",
            openEnd: 100
        )
    }

    /// How far the motor goes in a second, in hundredths of its way.
    static let speed = 10

    private let words: Words
    private var position: Int
    private var target: Int?
    private var nextStep: Duration?

    /// - Parameter position: where the motor stands at first.
    init(_ words: Words, at position: Int) {
        self.words = words
        self.position = position
    }

    var due: Duration? { nextStep }

    mutating func prepare(_ command: inout JSONObject, _ state: inout HardwareState) {
        if let (key, value) = words.mode, (command[key] ?? state.params[key]) != value { return }
        if let goal = command[words.target]?.intValue { go(to: min(max(goal, 0), 100), &state) }
        switch command[words.action] {
        case words.open?: go(to: words.openEnd, &state)
        case words.close?: go(to: 100 - words.openEnd, &state)
        case words.pause?: stop(&state)
        default: break
        }
    }

    mutating func fire(_ state: inout HardwareState) {
        guard let target else { return stop(&state) }
        let way = target - position
        position += min(max(way, -Self.speed), Self.speed)
        guard position == target else {
            nextStep = state.now + .seconds(1)
            return
        }
        stop(&state)
    }

    private mutating func go(to goal: Int, _ state: inout HardwareState) {
        target = goal
        nextStep = state.now + .seconds(1)
    }

    /// Stands still and tells where.
    private mutating func stop(_ state: inout HardwareState) {
        target = nil
        nextStep = nil
        state.set(words.position, JSON(position))
        if words.position != words.target { state.set(words.target, JSON(position)) }
    }
}
