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
    /// A download has ended; `failure` says why it was in vain.
    case downloaded(failure: String?)
    /// A post was answered with this body, or not at all.
    case posted(answer: JSONObject?, failure: String?)
}

/// What a device's behaviour asks of its runner.
package enum DeviceAction: Sendable, Hashable {
    /// Ask dispatch with this body, then connect to where it points.
    case connect(attempt: Int, dispatch: JSONObject)
    case send(JSONObject)
    /// Send a text as it is, which need not be JSON.
    case sendText(String)
    /// Send the bare text `ping`.
    case sendTextPing
    /// Send a control ping.
    case sendPing
    /// Close the connection of the attempt, or give up making it.
    case close(attempt: Int)
    /// Cut the connection of the attempt without a farewell.
    case abort(attempt: Int)
    case setTimer(DeviceTimer, after: Duration)
    /// Fetch these images.
    case download(UpgradeRequest)
    /// Post this report over HTTP.
    case post(SensorPost)
    case tell(SimulatedDeviceEvent)
    /// The device does nothing any more: `register` was refused with this error.
    case stop(Int)
}

/// A timer; one that has been replaced or is of an earlier connection fires without effect.
package struct DeviceTimer: Sendable, Hashable {
    package enum Purpose: Sendable, Hashable, CaseIterable {
        case reconnect
        case answer
        case heartbeat
        case pong
        case silence
        /// An answer that a fault has delayed.
        case lateAnswer
        /// The end of a stretch online that a fault has set.
        case flap
        /// The answer to a report of OPL firmware.
        case report
        /// Meters and sensors read.
        case reading
        /// The signal strength drifts.
        case signal
        /// The hardware has something to do.
        case hardware

        /// True for what goes on whether the device is connected or not.
        var isOfHardware: Bool { self == .reading || self == .signal || self == .hardware }
    }

    package let purpose: Purpose
    package let serial: Int
}
