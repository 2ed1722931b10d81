import CoolkitWire
import SwitchyardCore

/// `upgrade`: have a device get another firmware. Source: `coolkit-websocket.md` §6.4.
extension AppSession {
    func upgrade(_ envelope: Envelope) -> AppStep {
        guard let id = envelope.text(envelope.deviceID).flatMap({ DeviceID($0) }), let params = envelope.params,
            params.kind == .object
        else { return .answer(badRequest(envelope)) }
        guard mayStartCommand else { return .answer(failure(.deviceOffline, envelope)) }
        return .upgrade(
            id,
            params: envelope.slice(params),
            sequence: SequenceText(envelope.sequence, in: envelope),
            claim(envelope.apiKey, of: envelope)
        )
    }
}
