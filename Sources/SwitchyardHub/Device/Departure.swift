import Logging
import SwitchyardCore

/// A device whose link was lost, until it counts as gone.
///
/// Source: `coolkit-websocket.md` §8, `offlineGrace`.
struct Departure: Sendable {
    let hub: Hub
    let device: LiveDevice
    let generation: UInt64

    /// The grace is over: unless the device has come back, apps hear that it is offline and waiting commands fail.
    func complete() {
        guard let (presence, lost) = device.graceEnded(generation: generation, at: hub.wallClock.now) else { return }
        hub.logger.info("Device offline", metadata: ["deviceid": "\(device.id)"])
        hub.writer.storeLater(device)
        for command in lost { command.finish(.timedOut) }
        hub.bus.publish(.presenceChanged(presence))
    }
}
