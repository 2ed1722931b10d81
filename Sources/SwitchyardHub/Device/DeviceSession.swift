import CoolkitWire
import NIOCore
import SwitchyardCore

/// What a device session decides about one message.
///
/// The connection carries it out.
enum DeviceStep {
    /// Answer with this frame, behind the answers that still wait.
    case answer(ByteBuffer)
    /// A report: merge, tell the apps, answer when it is stored.
    case report(params: ByteBuffer, deviceSequence: ByteBuffer?, seq: ByteBuffer?)
    /// The answer to a `query` for stored params.
    case query(names: [String], deviceSequence: ByteBuffer?)
    /// A command was answered.
    case acked(DeviceCommand, CommandOutcome)
    /// `register` again on the same socket.
    case registerAgain(DeviceRegistration, deviceSequence: ByteBuffer?)
    /// Answer, then close.
    case refuse(ByteBuffer)
    /// Nothing is sent: an ack that nobody waits for.
    case ignore
}

/// A device after `register`: a message comes in, a step goes out.
///
/// No I/O, no clock, no lock.
struct DeviceSession {
    let id: DeviceID
    /// Owner and the owner's apikey, which stands in every answer.
    let ownerAPIKey: APIKey
    var pending: PendingReplies
    private let settings: ProtocolSettings

    /// Commands that may wait for one device.
    private static let pendingLimit = 64

    init(id: DeviceID, ownerAPIKey: APIKey, settings: ProtocolSettings) {
        self.id = id
        self.ownerAPIKey = ownerAPIKey
        self.settings = settings
        pending = PendingReplies(limit: Self.pendingLimit)
    }

    /// Decides about a message.
    ///
    /// Source: `coolkit-websocket.md` §5 and §7.
    mutating func receive(_ envelope: Envelope, at now: UnixTime) -> DeviceStep {
        guard envelope.action != nil else { return ack(envelope) }
        let deviceSequence = envelope.deviceSequence.flatMap { $0.isScalar ? envelope.slice($0) : nil }
        guard let action = DeviceAction(envelope) else { return unknownAction(envelope, deviceSequence) }
        if action == .register { return register(envelope, deviceSequence) }
        if let text = envelope.text(envelope.deviceID), text != id.rawValue {
            return .answer(DeviceFrames.failure(.forbidden, deviceID: id, deviceSequence: deviceSequence))
        }
        switch action {
        case .update: return report(envelope, deviceSequence)
        case .query: return query(envelope, deviceSequence)
        case .date: return .answer(answer(deviceSequence, .date(now)))
        case .register: return .ignore
        }
    }

    /// An answer with error 0: `{"error":0,"deviceid":…,"apikey":<owner>,…}`.
    func answer(_ deviceSequence: ByteBuffer?, _ extra: DeviceFrames.Extra = .none) -> ByteBuffer {
        DeviceFrames.answer(deviceID: id, ownerAPIKey: ownerAPIKey, deviceSequence: deviceSequence, extra: extra)
    }

    // MARK: Actions

    private func register(_ envelope: Envelope, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        guard let registration = RegisterRequest(envelope, settings: settings).registration, registration.id == id
        else {
            return .refuse(DeviceFrames.failure(.badRequest, deviceSequence: deviceSequence))
        }
        return .registerAgain(registration, deviceSequence: deviceSequence)
    }

    private func report(_ envelope: Envelope, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        guard let params = envelope.params, params.kind == .object else {
            return .answer(DeviceFrames.failure(.badRequest, deviceID: id, deviceSequence: deviceSequence))
        }
        return .report(
            params: envelope.slice(params),
            deviceSequence: deviceSequence,
            seq: envelope.seq.flatMap { $0.isScalar ? envelope.slice($0) : nil }
        )
    }

    private func query(_ envelope: Envelope, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        guard let names = QueryNames(envelope.params, of: envelope) else {
            return .answer(DeviceFrames.failure(.badRequest, deviceID: id, deviceSequence: deviceSequence))
        }
        return .query(names: names.all, deviceSequence: deviceSequence)
    }

    private func unknownAction(_ envelope: Envelope, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        guard settings.strictActions else { return .answer(answer(deviceSequence)) }
        return .answer(DeviceFrames.failure(.badRequest, deviceID: id, deviceSequence: deviceSequence))
    }

    /// An answer to a command.
    ///
    /// Correlated by the sequence it went out with; others are ignored and not answered.
    private mutating func ack(_ envelope: Envelope) -> DeviceStep {
        guard let error = envelope.int(envelope.error), let sequence = SequenceText(envelope.sequence, in: envelope),
            let command = pending.remove(sequence)
        else { return .ignore }
        guard error == 0 else { return .acked(command, .refused(deviceError: error)) }
        let ack = DeviceAck(
            config: envelope.config.map { envelope.slice($0) },
            params: envelope.params.map { envelope.slice($0) },
            deviceSequence: envelope.deviceSequence.flatMap { $0.isScalar ? envelope.slice($0) : nil }
        )
        return .acked(command, .acknowledged(ack))
    }
}

/// The actions a device may ask for.
///
/// Source: `coolkit-websocket.md` §5.
enum DeviceAction {
    case register
    case date
    case update
    case query

    /// Nil for every other action.
    init?(_ envelope: Envelope) {
        guard let action = envelope.action else { return nil }
        if envelope.equals(action, "update") {
            self = .update
        } else if envelope.equals(action, "date") {
            self = .date
        } else if envelope.equals(action, "query") {
            self = .query
        } else if envelope.equals(action, "register") {
            self = .register
        } else {
            return nil
        }
    }
}
