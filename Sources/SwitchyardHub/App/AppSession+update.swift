import CoolkitWire
import SwitchyardCore

/// `update`: control a device. Source: `coolkit-websocket.md` §6.1.
extension AppSession {
    func update(_ envelope: Envelope) -> AppStep {
        guard let id = envelope.text(envelope.deviceID).flatMap({ DeviceID($0) }), let params = envelope.params,
            params.kind == .object || params.kind == .array
        else { return .answer(badRequest(envelope)) }
        guard mayStartCommand else { return .answer(failure(.deviceOffline, envelope)) }
        return .command(
            id,
            params: envelope.slice(params),
            sequence: SequenceText(envelope.sequence, in: envelope),
            claim(envelope.apiKey, of: envelope)
        )
    }

    /// What the `apikey` of a message claims; whether it may depends on the device.
    func claim(_ apiKey: Envelope.Value?, of envelope: Envelope) -> APIKeyClaim {
        guard let apiKey else { return .missing }
        if envelope.equals(apiKey, bytes: grant.apiKey.rawValue) { return .own }
        return .other(envelope.text(apiKey) ?? "")
    }
}
