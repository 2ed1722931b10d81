package import CoolkitWire
package import NIOCore

/// A command on its way to a device: who sent it, what to apply, until when to wait.
package struct DeviceCommand: Sendable {
    /// What the device is to do.
    package enum Kind: Hashable, Sendable {
        /// Apply the params: `update`. They are state once the device has acked.
        case update
        /// Get another firmware: `upgrade`. Nothing is merged or broadcast, and it is written to a device once at the most.
        ///
        /// `throttled`: whether the download goes out slowly; nil: as the settings say. Source: `coolkit-websocket.md` §6.4.
        case upgrade(throttled: Bool?)
    }

    package let kind: Kind
    package let device: LiveDevice
    /// The `params` as the sender wrote them: raw JSON, an object or an array of objects.
    package let params: ByteBuffer
    /// The sender's correlation id; nil when it gave none.
    package let sequence: SequenceText?
    /// The acting account's `apikey` when it is not the owner.
    package let actingAPIKey: APIKey?
    /// Set when the operator of the server sent it.
    package let isByOperator: Bool
    /// Told exactly once how the command ended.
    package let origin: any CommandOrigin
    package let issuedAt: MonotonicTime
    package let deadline: MonotonicTime
    /// Set when the command was handed to a second session of the device; it is not handed to a third.
    package var wasResent: Bool

    package init(
        kind: Kind = .update,
        device: LiveDevice,
        params: ByteBuffer,
        sequence: SequenceText?,
        actingAPIKey: APIKey? = nil,
        isByOperator: Bool = false,
        origin: any CommandOrigin,
        issuedAt: MonotonicTime,
        deadline: MonotonicTime,
        wasResent: Bool = false
    ) {
        self.kind = kind
        self.device = device
        self.params = params
        self.sequence = sequence
        self.actingAPIKey = actingAPIKey
        self.isByOperator = isByOperator
        self.origin = origin
        self.issuedAt = issuedAt
        self.deadline = deadline
        self.wasResent = wasResent
    }
}

extension DeviceCommand {
    /// Tells the sender how the command ended.
    ///
    /// Called once, by whoever took the command out of its table.
    package func finish(_ outcome: CommandOutcome) { origin.commandFinished(self, outcome) }
}

/// Whoever sent a command: an app session of the hub, or a caller that awaits the end (`AwaitedCommand`).
package protocol CommandOrigin: AnyObject, Sendable {
    /// Called exactly once for each command, on any thread; returns at once.
    func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome)
}

/// How a command ended.
package enum CommandOutcome: Sendable {
    /// The device acked with error 0.
    case acknowledged(DeviceAck)
    /// The device acked with an error of its own; nothing was merged.
    case refused(deviceError: Int)
    /// No live session of the device.
    case offline
    /// The device did not answer in time, or went away before it answered.
    case timedOut
    /// Too many commands wait for this device.
    case busy

    /// The same as an error for callers that throw; nil for an acknowledged command.
    package var error: SwitchyardError? {
        switch self {
        case .acknowledged: nil
        case .refused(let number):
            SwitchyardError(
                .deviceRefused,
                "the device answered with error \(number)",
                data: .init(deviceError: number)
            )
        case .offline: SwitchyardError(.deviceOffline, "Device Offline")
        case .timedOut: SwitchyardError(.deviceTimeout, "Request Timeout")
        case .busy: SwitchyardError(.busy, "too many commands wait for this device")
        }
    }
}

/// What a device's ack carries for the app beside error 0: raw JSON values, passed on as they are.
///
/// Source: `coolkit-websocket.md` §6.1 (`config` bears the power history of uiid 5 and 32).
package struct DeviceAck: Sendable {
    package let config: ByteBuffer?
    package let params: ByteBuffer?
    package let deviceSequence: ByteBuffer?

    package init(config: ByteBuffer? = nil, params: ByteBuffer? = nil, deviceSequence: ByteBuffer? = nil) {
        self.config = config
        self.params = params
        self.deviceSequence = deviceSequence
    }
}
