import CoolkitWire

/// How a device behaves towards its runner: an input comes in, what to do comes out.
protocol DeviceConduct: Sendable {
    /// Everything the device knows about itself.
    var params: JSONObject { get }

    /// Takes one input at `now`, the time since the device was switched on.
    mutating func handle(_ input: DeviceInput, at now: Duration) -> [DeviceAction]
}

/// The timers that a behaviour has set: each replaces the one before for its purpose.
struct DeviceTimers: Sendable {
    private var serials: [DeviceTimer.Purpose: Int] = [:]
    private var lastSerial = 0

    mutating func arm(_ purpose: DeviceTimer.Purpose, after wait: Duration) -> DeviceAction {
        lastSerial += 1
        serials[purpose] = lastSerial
        return .setTimer(DeviceTimer(purpose: purpose, serial: lastSerial), after: wait)
    }

    mutating func disarm(_ purpose: DeviceTimer.Purpose) { serials[purpose] = nil }

    mutating func disarmAll() { serials = [:] }

    /// True if the timer is the current one; it is not any more afterwards.
    mutating func takes(_ timer: DeviceTimer) -> Bool {
        guard serials[timer.purpose] == timer.serial else { return false }
        serials[timer.purpose] = nil
        return true
    }
}
