import CoolkitWire

/// A piece of a device's hardware: relay, meter, sensor, motor, clock.
///
/// The parts of a device share a `HardwareState` and see every input in the order in which their family lists them. A
/// part does no I/O and reads no clock: time stands in the state.
protocol HardwarePart: Sendable {
    /// When the part wants `fire` next, as time since power-on.
    var due: Duration? { get }

    /// True if `read` may bring something new.
    var reads: Bool { get }

    /// The power comes on, for the first time or again.
    mutating func powerUp(_ state: inout HardwareState)

    /// Looks at a command before its members are merged: takes out what it answers itself, or refuses it all.
    mutating func prepare(_ command: inout JSONObject, _ state: inout HardwareState)

    /// Draws the consequences of what has changed.
    mutating func follow(_ changed: JSONObject, _ state: inout HardwareState)

    /// The regular look at the world.
    mutating func read(_ state: inout HardwareState)

    /// The moment it asked for has come.
    mutating func fire(_ state: inout HardwareState)

    /// The wall time has been set, and jumped by `jump` against what the device took it for.
    mutating func clockWasSet(_ state: inout HardwareState, jump: Duration)
}

extension HardwarePart {
    var due: Duration? { nil }
    var reads: Bool { false }
    mutating func powerUp(_ state: inout HardwareState) {}
    mutating func prepare(_ command: inout JSONObject, _ state: inout HardwareState) {}
    mutating func follow(_ changed: JSONObject, _ state: inout HardwareState) {}
    mutating func read(_ state: inout HardwareState) {}
    mutating func fire(_ state: inout HardwareState) {}
    mutating func clockWasSet(_ state: inout HardwareState, jump: Duration) {}
}
