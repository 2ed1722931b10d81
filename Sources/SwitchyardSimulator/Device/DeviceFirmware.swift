/// The firmware that a simulated device behaves like.
///
/// Source: `coolkit-device-side.md` §3-§5 and §9.
package enum DeviceFirmware: String, Sendable, Hashable, CaseIterable {
    /// What a reflashed or emulated device must do: `register` with version 8, `mac` and `chipid`.
    case emulated
    /// Sonoff 1.5.5: `register` with version 2, no `mac`, a fixed upgrade key.
    case sonoff155
    /// OPL door sensors: GET dispatch, version "8" as text, `d_seq` on everything, `date` as heartbeat, no `query`.
    case opl

    /// How the upgrade request is written.
    package var upgradeStyle: UpgradeStyle {
        switch self {
        case .emulated: .standard
        case .sonoff155: .sonoff155
        case .opl: .opl
        }
    }

    /// The heartbeat of the firmware.
    package var keepAlive: DeviceKeepAlive { self == .opl ? .date : .controlPing }
}

/// How a device shows that it is alive.
package enum DeviceKeepAlive: String, Sendable, Hashable, CaseIterable {
    /// A control ping, as Sonoff devices send. Source: `coolkit-websocket.md` §3.
    case controlPing
    /// The bare text `ping`, as apps send.
    case textPing
    /// The `date` action every (hbInterval - 60) / 2 s, as OPL firmware. Source: `coolkit-websocket.md` §3.
    case date
}

/// What a device does with commands; all but the first serve tests of the server.
package enum DeviceCommandResponse: Sendable, Hashable {
    /// Applies the command, acknowledges and reports.
    case acknowledge
    /// Says nothing at all, as a device that hangs.
    case ignore
    /// Applies nothing and answers with this error.
    case refuse(Int)
}

/// The settings of a simulated device.
package struct DeviceSettings: Sendable, Hashable {
    package var firmware = DeviceFirmware.emulated
    /// `nil`: that of the firmware.
    package var keepAlive: DeviceKeepAlive?
    package var commandResponse = DeviceCommandResponse.acknowledge
    /// Without a pong for so long the device reconnects.
    ///
    /// Source: `coolkit-device-side.md` §9.5.
    package var pongLimit = Duration.seconds(3)
    /// Without any frame for so long the device reconnects.
    ///
    /// Source: `coolkit-device-side.md` §9.5.
    package var silenceLimit = Duration.seconds(160)
    /// How long each answer of the start-up talk may take.
    ///
    /// Assumption: 10 s; OPL firmware reads for 5 s, and a server may hold an unknown device's `register` for 4 s.
    package var answerLimit = Duration.seconds(10)
    /// How often sensors and meters read.
    package var readingInterval = Duration.seconds(30)
    package var backOff = ReconnectBackOff.standard

    package init() {}

    package init(firmware: DeviceFirmware, keepAlive: DeviceKeepAlive? = nil) {
        self.firmware = firmware
        self.keepAlive = keepAlive
    }
}
