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
    /// A gateway lists its sub-devices: take the list over, answer when it is stored.
    case subDevices(SubDeviceReport, params: ByteBuffer, deviceSequence: ByteBuffer?)
    /// A gateway says whether it reaches a sub-device.
    case reachable(Bool, deviceSequence: ByteBuffer?)
    /// The message names another deviceid: a sub-device's, or one that has no business here.
    case named(String, deviceSequence: ByteBuffer?)
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
    ///
    /// - Parameter subDevice: whose message it is, once it has been found behind this gateway (`DeviceStep.named`).
    mutating func receive(_ envelope: Envelope, of subDevice: DeviceID? = nil, at now: UnixTime) -> DeviceStep {
        guard envelope.action != nil else { return ack(envelope) }
        let deviceSequence = envelope.deviceSequence.flatMap { $0.isScalar ? envelope.slice($0) : nil }
        let action = DeviceAction(envelope)
        if action == .register { return register(envelope, deviceSequence) }
        if subDevice == nil, !envelope.equals(envelope.deviceID, bytes: id.rawValue),
            let text = envelope.text(envelope.deviceID)
        {
            return .named(text, deviceSequence: deviceSequence)
        }
        let subject = subDevice ?? id
        switch action {
        case .update: return report(envelope, subject, deviceSequence)
        case .query: return query(envelope, subject, deviceSequence)
        case .date: return .answer(answer(subject, deviceSequence, .date(now)))
        case .reportSubDevice: return subDevices(envelope, subject, deviceSequence)
        case .sysmsg where subDevice != nil: return reachable(envelope, subject, deviceSequence)
        case .sysmsg, .register, nil: return unknownAction(subject, deviceSequence)
        }
    }

    /// An answer with error 0: `{"error":0,"deviceid":…,"apikey":<owner>,…}`.
    func answer(
        _ subject: DeviceID,
        _ deviceSequence: ByteBuffer?,
        _ extra: DeviceFrames.Extra = .none
    ) -> ByteBuffer {
        DeviceFrames.answer(deviceID: subject, ownerAPIKey: ownerAPIKey, deviceSequence: deviceSequence, extra: extra)
    }

    // MARK: Actions

    private func register(_ envelope: Envelope, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        guard let registration = RegisterRequest(envelope, settings: settings).registration, registration.id == id
        else {
            return .refuse(DeviceFrames.failure(.badRequest, deviceSequence: deviceSequence))
        }
        return .registerAgain(registration, deviceSequence: deviceSequence)
    }

    private func report(_ envelope: Envelope, _ subject: DeviceID, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        guard let params = envelope.params, params.kind == .object else {
            return malformed(subject, deviceSequence)
        }
        return .report(
            params: envelope.slice(params),
            deviceSequence: deviceSequence,
            seq: envelope.seq.flatMap { $0.isScalar ? envelope.slice($0) : nil }
        )
    }

    private func query(_ envelope: Envelope, _ subject: DeviceID, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        guard let names = QueryNames(envelope.params, of: envelope) else {
            return malformed(subject, deviceSequence)
        }
        return .query(names: names.all, deviceSequence: deviceSequence)
    }

    private func unknownAction(_ subject: DeviceID, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        guard settings.strictActions else { return .answer(answer(subject, deviceSequence)) }
        return malformed(subject, deviceSequence)
    }

    private func malformed(_ subject: DeviceID, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        .answer(DeviceFrames.failure(.badRequest, deviceID: subject, deviceSequence: deviceSequence))
    }

    // MARK: Sub-devices

    private func subDevices(_ envelope: Envelope, _ subject: DeviceID, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        guard subject == id, let value = envelope.params, let report = SubDeviceReport(envelope.slice(value)) else {
            return malformed(subject, deviceSequence)
        }
        return .subDevices(report, params: envelope.slice(value), deviceSequence: deviceSequence)
    }

    /// `{"params":{"online":false}}`, as the server tells apps.
    ///
    /// Assumption: gateways that tell it at all use the protocol's own form (`coolkit-websocket.md` §8, `sysmsg`); a capture
    /// of a gateway that lost a sub-device would settle it.
    private func reachable(_ envelope: Envelope, _ subject: DeviceID, _ deviceSequence: ByteBuffer?) -> DeviceStep {
        // The frame was scanned before, so its slices parse.
        guard let value = envelope.params, let isOnline = try? JSON(parsing: envelope.slice(value))["online"]?.boolValue
        else { return malformed(subject, deviceSequence) }
        return .reachable(isOnline, deviceSequence: deviceSequence)
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
enum DeviceAction: String, CaseIterable {
    case register
    case date
    case update
    case query
    /// A gateway lists its sub-devices.
    case reportSubDevice
    /// A gateway says of a sub-device whether it is there.
    case sysmsg

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
        } else if envelope.equals(action, "reportSubDevice") {
            self = .reportSubDevice
        } else if envelope.equals(action, "sysmsg") {
            self = .sysmsg
        } else {
            return nil
        }
    }
}
