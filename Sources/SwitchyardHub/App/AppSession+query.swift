import CoolkitWire
import SwitchyardCore

/// `query`: read the stored state of a device, online or not. Source: `coolkit-websocket.md` §6.3.
extension AppSession {
    func query(_ envelope: Envelope) -> AppStep {
        guard let id = envelope.text(envelope.deviceID).flatMap({ DeviceID($0) }),
            let names = QueryNames(envelope.params, of: envelope)
        else { return .answer(badRequest(envelope)) }
        return .query(
            id,
            names: names.all,
            sequence: SequenceText(envelope.sequence, in: envelope),
            claim(envelope.apiKey, of: envelope)
        )
    }
}

/// The names a `query` asks for; none at all asks for everything.
struct QueryNames {
    let all: [String]

    /// More names than this are no honest question.
    private static let limit = 256

    /// Nil when `params` is anything but absent or a list of texts.
    init?(_ value: Envelope.Value?, of envelope: Envelope) {
        guard let value else {
            all = []
            return
        }
        // The frame was scanned before, so its slices parse.
        guard value.kind == .array, let list = try? JSON(parsing: envelope.slice(value)).arrayValue,
            list.count <= Self.limit
        else { return nil }
        let names = list.compactMap(\.stringValue)
        guard names.count == list.count else { return nil }
        all = names
    }
}
