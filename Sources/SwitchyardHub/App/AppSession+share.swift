import CoolkitWire
import NIOCore
import SwitchyardCore

/// `share`, `updateShare`, `cancelShare` of owners, and what receivers decide. Source: `coolkit-websocket.md` §10.
extension AppSession {
    /// Larger `params` are no share: the receiver's apps get them.
    private static let maximumShareBytes = 4_096

    func share(_ kind: ShareOrder.Kind, _ envelope: Envelope) -> AppStep {
        guard let id = envelope.text(envelope.deviceID).flatMap({ DeviceID($0) }),
            let params = envelope.params, params.kind == .object, params.range.count <= Self.maximumShareBytes,
            let request = ShareRequestParams(envelope.slice(params))
        else { return .answer(badRequest(envelope)) }
        // Sharing is for owners, and an owner's apikey is his own.
        guard [.missing, .own].contains(claim(envelope.apiKey, of: envelope)) else {
            return .answer(failure(.forbidden, envelope))
        }
        guard mayStartCommand else { return .answer(failure(.deviceOffline, envelope)) }
        return .share(
            ShareRequest(kind: kind, device: id, params: request, rawParams: envelope.slice(params)),
            sequence: SequenceText(envelope.sequence, in: envelope)
        )
    }

    /// A message without `action`: a receiver's decision about a share, or nothing that an app may send.
    func answerOfApp(_ envelope: Envelope) -> AppStep {
        guard envelope.int(envelope.error) == 0, let sequence = SequenceText(envelope.sequence, in: envelope),
            let result = (try? JSON(parsing: envelope.frame))?["result"]?.intValue  // scanned before
        else { return .answer(badRequest(envelope, withActionName: true)) }
        let device = envelope.text(envelope.deviceID).flatMap { DeviceID($0) }
        switch ShareResult(rawValue: result) {
        case .done: return .decision(sequence, accepts: true, device)
        case .refused: return .decision(sequence, accepts: false, device)
        default: return .answer(badRequest(envelope))
        }
    }
}

/// A well-formed share command.
struct ShareRequest {
    let kind: ShareOrder.Kind
    let device: DeviceID
    let params: ShareRequestParams
    let rawParams: ByteBuffer
}

/// The members of `params` of the three share commands.
struct ShareRequestParams {
    let uid: String
    let change: ShareTermsChange
    let sharedAt: UnixTime?

    /// Nil when `uid` is missing, or anything is of another kind or beyond its bounds.
    ///
    /// `permit` and `shareTime` come as number or as text.
    init?(_ params: ByteBuffer) {
        guard let members = try? JSON(parsing: params).objectValue,  // scanned before: only depth could differ
            let uid = members["uid"]?.stringValue, !uid.isEmpty
        else { return nil }
        let texts = ["deviceName", "userName", "note"].map { members[$0] ?? .null }
        let numbers = ["permit", "shareTime"].map { members[$0] ?? .null }
        guard texts.allSatisfy({ $0.isNull || $0.stringValue != nil }),
            numbers.allSatisfy({ $0.isNull || $0.intValue != nil }),
            let change = try? ShareTermsChange(  // what is wrong with it, the protocol does not tell
                deviceName: texts[0].stringValue,
                userName: texts[1].stringValue,
                permit: numbers[0].intValue,
                note: texts[2].stringValue
            )
        else { return nil }
        self.uid = uid
        self.change = change
        sharedAt = numbers[1].intValue.map { UnixTime(milliseconds: Int64($0)) }
    }
}
