package import CoolkitWire

/// What happens to a simulated device, for people who watch and tests that wait.
package enum SimulatedDeviceEvent: Sendable, Hashable {
    /// An attempt begins, with dispatch.
    case connecting
    /// Registered, and the start-up talk is over; of a sensor without socket: its first report was taken.
    case online
    /// A command was applied, or would have been were the device not told to ignore it.
    case command(JSONObject)
    /// Changed or full params were sent to the server.
    case report(JSONObject)
    /// A command to a sub-device was applied.
    case subDeviceCommand(DeviceID, JSONObject)
    /// Changed or full params of a sub-device were sent to the server.
    case subDeviceReport(DeviceID, JSONObject)
    /// The server answered something the device sent while online with an error.
    case answeredWithError(Int)
    /// `register` was refused for good: the device stops, or rests until something happens at it.
    case refused(Int)
    /// The connection is lost or could not be made; the device tries again after `retryAfter`.
    case disconnected(reason: String, retryAfter: Duration)
    /// The images of this version are being fetched.
    case upgrading(version: String)
    /// The device starts anew with this version.
    case upgraded(version: String)
    /// The images could not be fetched, or are not what was promised.
    case upgradeFailed(reason: String)
    /// Something went wrong on purpose.
    case fault(DeviceFault)
}

extension SimulatedDeviceEvent: CustomStringConvertible {
    package var description: String {
        switch self {
        case .connecting: "connecting"
        case .online: "online"
        case .command(let params): "command \(JSON.object(params).text)"
        case .report(let params): "report \(JSON.object(params).text)"
        case .subDeviceCommand(let id, let params): "command to \(id) \(JSON.object(params).text)"
        case .subDeviceReport(let id, let params): "report of \(id) \(JSON.object(params).text)"
        case .answeredWithError(let code): "the server answered with error \(code)"
        case .refused(let code): "refused: \(Self.explanation(ofRefusal: code))"
        case .disconnected(let reason, let wait) where wait == .zero: "disconnected: \(reason); trying again now"
        case .disconnected(let reason, let wait):
            "disconnected: \(reason); trying again in \(wait.components.seconds) s"
        case .upgrading(let version): "fetching version \(version)"
        case .upgraded(let version): "upgraded to version \(version)"
        case .upgradeFailed(let reason): "the upgrade failed: \(reason)"
        case .fault(let fault): "fault \(fault.kind.rawValue)"
        }
    }

    /// What a refusal of `register` means.
    ///
    /// Source: `coolkit-websocket.md` §4.
    private static func explanation(ofRefusal code: Int) -> String {
        switch WireCode(rawValue: code) {
        case .forbidden: "error 403, the factory apikey or chipid is not the one the server knows"
        case .notFound: "error 404, the server does not know this device: add it to an account first"
        case .deviceDeleted: "error 415, the device was deleted from its account and drops its pairing"
        default: "error \(code)"
        }
    }
}

extension SimulatedDeviceEvent {
    /// The event's name for programs.
    package var name: String {
        switch self {
        case .connecting: "connecting"
        case .online: "online"
        case .command, .subDeviceCommand: "command"
        case .report, .subDeviceReport: "report"
        case .answeredWithError: "error"
        case .refused: "refused"
        case .disconnected: "disconnected"
        case .upgrading: "upgrading"
        case .upgraded: "upgraded"
        case .upgradeFailed: "upgradeFailed"
        case .fault: "fault"
        }
    }

    /// What there is to say besides, for programs.
    package var detail: JSON {
        switch self {
        case .connecting, .online: .null
        case .command(let params), .report(let params): JSON(params)
        case .subDeviceCommand(_, let params), .subDeviceReport(_, let params): JSON(params)
        case .answeredWithError(let code), .refused(let code): JSON(code)
        case .disconnected(let reason, _), .upgradeFailed(let reason): JSON(reason)
        case .upgrading(let version), .upgraded(let version): JSON(version)
        case .fault(let fault): fault.json
        }
    }

    /// The sub-device that it is about.
    package var subDevice: DeviceID? {
        switch self {
        case .subDeviceCommand(let id, _), .subDeviceReport(let id, _): id
        default: nil
        }
    }
}

extension DeviceFault {
    /// What was done, for programs.
    fileprivate var json: JSON {
        switch kind {
        case .drop, .noack, .badjson: ["fault": .string(kind.rawValue)]
        case .slow: ["fault": "slow", "delayMilliseconds": JSON(delay.wholeMilliseconds)]
        case .flap: ["fault": "flap", "downMilliseconds": JSON(down.wholeMilliseconds)]
        }
    }
}
