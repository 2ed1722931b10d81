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
    /// OPL door sensors without a socket: each report is a signed POST. Source: `coolkit-v1-http.md` §6.1.
    case oplHTTPS = "opl-https"

    /// How the upgrade request is written.
    package var upgradeStyle: UpgradeStyle {
        switch self {
        case .emulated, .oplHTTPS: .standard
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
    /// `nil`: that of the device's kind.
    package var firmware: DeviceFirmware?
    /// `nil`: that of the firmware.
    package var keepAlive: DeviceKeepAlive?
    package var commandResponse = DeviceCommandResponse.acknowledge
    /// What goes wrong on purpose.
    package var faults: [DeviceFault] = []
    /// What the weather and the faults follow from, together with the deviceid.
    package var seed: UInt64 = 0
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
    /// How often the signal strength drifts, at least; up to a fifth more, so that not all devices do it at a time.
    package var signalInterval = Duration.seconds(300)
    /// How long a device is away after an upgrade.
    package var rebootTime = Duration.seconds(2)
    package var backOff = ReconnectBackOff.standard

    package init() {}

    package init(firmware: DeviceFirmware, keepAlive: DeviceKeepAlive? = nil) {
        self.firmware = firmware
        self.keepAlive = keepAlive
    }
}
