import CoolkitWire
import NIOCore
import SwitchyardCore

/// What an app said in `userOnline`.
///
/// Source: `coolkit-websocket.md` §2.
struct UserOnlineRequest {
    let accessToken: String?
    /// As sent: it is echoed.
    let apiKey: String?
    let sequence: SequenceText?
    /// Whether everything is there that the settings ask for.
    let isComplete: Bool
    let client: ClientFacts

    init(_ envelope: Envelope, settings: ProtocolSettings) {
        accessToken = envelope.text(envelope.accessToken)
        apiKey = envelope.text(envelope.apiKey)
        sequence = SequenceText(envelope.sequence, in: envelope)
        // The frame was scanned before, so parsing it cannot fail.
        let body = (try? JSON(parsing: envelope.frame).objectValue) ?? [:]
        client = ClientFacts(body)
        let hasAppID = envelope.text(envelope.appID)?.isEmpty == false
        if settings.strictUserOnline {
            isComplete =
                hasAppID && body["nonce"] != nil && sequence != nil && envelope.version != nil && envelope.ts != nil
                && envelope.equals(envelope.userAgent, "app")
        } else {
            isComplete = hasAppID || !settings.requireAppidInUserOnline
        }
    }
}

/// What a device said in `register`.
///
/// Source: `coolkit-websocket.md` §4.
struct RegisterRequest {
    /// Nil when deviceid or apikey is missing or malformed, or a field that the settings ask for.
    let registration: DeviceRegistration?
    /// The raw `d_seq`, echoed as it came.
    let deviceSequence: ByteBuffer?

    init(_ envelope: Envelope, settings: ProtocolSettings) {
        deviceSequence = envelope.deviceSequence.flatMap { $0.isScalar ? envelope.slice($0) : nil }
        guard let id = envelope.text(envelope.deviceID).flatMap({ DeviceID($0) }),
            let key = envelope.text(envelope.apiKey).flatMap({ APIKey($0) }),
            let body = try? JSON(parsing: envelope.frame).objectValue  // scanned before: only depth could differ
        else {
            registration = nil
            return
        }
        let mac = body["mac"]?.stringValue
        let isComplete =
            !settings.strictRegister
            || (envelope.version != nil && envelope.ts != nil && mac?.isEmpty == false
                && envelope.equals(envelope.userAgent, "device"))
        guard isComplete else {
            registration = nil
            return
        }
        registration = DeviceRegistration(
            id: id,
            factoryKey: key,
            version: envelope.int(envelope.version),
            mac: mac.flatMap(Self.bounded),
            chipID: body["chipid"]?.stringValue.flatMap(Self.bounded),
            model: body["model"]?.stringValue.flatMap(Self.bounded),
            romVersion: body["romVersion"]?.stringValue.flatMap(Self.bounded)
        )
    }

    /// Facts are short texts; a longer one is not kept, and an empty one says nothing.
    private static func bounded(_ text: String) -> String? {
        (1...64).contains(text.utf8.count) ? text : nil
    }
}

extension Envelope.Value {
    /// A string or a number: what a correlation id may be.
    var isScalar: Bool { kind == .string || kind == .number }
}

extension ClientFacts {
    /// Texts of a handshake; a longer one than any client sends is not kept.
    fileprivate init(_ body: JSONObject) {
        func text(_ name: String) -> String? {
            body[name]?.stringValue.flatMap { (1...64).contains($0.utf8.count) ? $0 : nil }
        }
        self.init()
        os = text("os")
        appVersion = text("appVersion")
        model = text("model")
        romVersion = text("romVersion")
        apkVersion = text("apkVesrion")
        imei = text("imei")
    }
}
