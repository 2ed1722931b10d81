package import CoolkitWire

/// What a device's runner tells its behaviour.
package enum DeviceInput: Sendable, Hashable {
    /// The power is on.
    case started
    /// The attempt led to an open WebSocket.
    case connected(attempt: Int)
    /// The attempt failed at dispatch, TCP, TLS or upgrade.
    case connectionFailed(attempt: Int, reason: String)
    /// Something arrived on the connection of this attempt.
    case arrived(attempt: Int, WebSocketEvent)
    /// A timer that was set has run out.
    case timerFired(DeviceTimer)
    /// Somebody pressed the button.
    case changedLocally(JSONObject)
}

/// What a device's behaviour asks of its runner.
package enum DeviceAction: Sendable, Hashable {
    /// Ask dispatch with this body, then connect to where it points.
    case connect(attempt: Int, dispatch: JSONObject)
    case send(JSONObject)
    /// Send the bare text `ping`.
    case sendTextPing
    /// Send a control ping.
    case sendPing
    /// Close the connection of the attempt, or give up making it.
    case close(attempt: Int)
    case setTimer(DeviceTimer, after: Duration)
    case tell(SimulatedDeviceEvent)
    /// The device does nothing any more.
    case stop
}

/// A timer; one that has been replaced or is of an earlier connection fires without effect.
package struct DeviceTimer: Sendable, Hashable {
    package enum Purpose: Sendable, Hashable, CaseIterable {
        case reconnect
        case answer
        case heartbeat
        case pong
        case silence
        case reading
    }

    package let purpose: Purpose
    package let serial: Int
}
