import CoolkitWire
import SwitchyardCore

/// `update`: control a device. Source: `coolkit-websocket.md` §6.1.
extension AppSession {
    func update(_ envelope: Envelope) -> AppStep {
        guard let id = envelope.text(envelope.deviceID).flatMap({ DeviceID($0) }), let params = envelope.params,
            params.kind == .object || params.kind == .array
        else { return .answer(badRequest(envelope)) }
        guard mayActUnder(envelope.apiKey, of: envelope) else { return .answer(failure(.forbidden, envelope)) }
        guard mayStartCommand else { return .answer(failure(.deviceOffline, envelope)) }
        return .command(
            id,
            params: envelope.slice(params),
            sequence: SequenceText(envelope.sequence, in: envelope)
        )
    }

    /// Whether the `apikey` of a message is one this session may use: none, or its own.
    func mayActUnder(_ apiKey: Envelope.Value?, of envelope: Envelope) -> Bool {
        apiKey == nil || envelope.equals(apiKey, bytes: grant.apiKey.rawValue)
    }
}
