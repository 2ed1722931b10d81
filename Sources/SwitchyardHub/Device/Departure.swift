import Logging
import SwitchyardCore
import SwitchyardTransport

/// A device whose link was lost, until it counts as gone.
///
/// Source: `coolkit-websocket.md` §8, `offlineGrace`.
struct Departure: Sendable {
    let hub: Hub
    let device: LiveDevice
    let generation: UInt64

    /// Waits for the device to come back.
    ///
    /// On the loop of `timers`.
    func begin(timers: LoopTimers) {
        let grace = hub.settings.offlineGrace
        guard grace > .zero else { return complete() }
        let end = hub.clock.now.advanced(by: grace)
        timers.schedule(at: end) { _ in complete() }
        if grace > hub.settings.commandTimeout { failOverdueCommands(until: end, timers: timers) }
    }

    /// Fails the commands that have waited for as long as they may, and looks again when the next may be due.
    private func failOverdueCommands(until end: MonotonicTime, timers: LoopTimers) {
        let now = hub.clock.now
        guard let (overdue, next) = device.removeOverdueParked(generation: generation, at: now) else { return }
        for command in overdue { command.finish(.timedOut) }
        // One that begins to wait from now on is not due earlier than this.
        let time = next ?? now.advanced(by: hub.settings.commandTimeout)
        guard time < end else { return }
        timers.schedule(at: time) { _ in failOverdueCommands(until: end, timers: timers) }
    }

    /// The grace is over: unless the device has come back, apps hear that it is offline and waiting commands fail.
    private func complete() {
        guard let (presence, lost) = device.graceEnded(generation: generation, at: hub.wallClock.now) else { return }
        for command in lost { command.finish(.timedOut) }
        // It has reported by HTTPS meanwhile.
        guard !presence.isOnline else { return }
        hub.logger.info("Device offline", metadata: ["deviceid": "\(device.id)"])
        hub.writer.storeLater(device)
        hub.announce(presence)
    }
}
