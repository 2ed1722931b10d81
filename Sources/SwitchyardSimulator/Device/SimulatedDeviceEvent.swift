package import CoolkitWire

/// What happens to a simulated device, for people who watch and tests that wait.
package enum SimulatedDeviceEvent: Sendable, Hashable {
    /// An attempt begins, with dispatch.
    case connecting
    /// Registered, and the start-up talk is over.
    case online
    /// A command was applied, or would have been were the device not told to ignore it.
    case command(JSONObject)
    /// Changed or full params were sent to the server.
    case report(JSONObject)
    /// The server answered something the device sent while online with an error.
    case answeredWithError(Int)
    /// `register` was refused for good: the device stops.
    case refused(Int)
    /// The connection is lost or could not be made; the device tries again after `retryAfter`.
    case disconnected(reason: String, retryAfter: Duration)
}

extension SimulatedDeviceEvent: CustomStringConvertible {
    package var description: String {
        switch self {
        case .connecting: "connecting"
        case .online: "online"
        case .command(let params): "command \(JSON.object(params).text)"
        case .report(let params): "report \(JSON.object(params).text)"
        case .answeredWithError(let code): "the server answered with error \(code)"
        case .refused(let code): "refused: \(Self.explanation(ofRefusal: code))"
        case .disconnected(let reason, let wait) where wait == .zero: "disconnected: \(reason); trying again now"
        case .disconnected(let reason, let wait):
            "disconnected: \(reason); trying again in \(wait.components.seconds) s"
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
