import CoolkitWire
import NIOCore
import SwitchyardCore

/// What an app session decides about one message.
///
/// The connection carries it out.
enum AppStep {
    /// Send this frame.
    case answer(ByteBuffer)
    /// Send this frame, which says what time it is.
    case time(ByteBuffer)
    /// Hand a command to a device.
    case command(DeviceID, params: ByteBuffer, sequence: SequenceText?, APIKeyClaim)
    /// Hand a device the message to get another firmware.
    case upgrade(DeviceID, params: ByteBuffer, sequence: SequenceText?, APIKeyClaim)
    /// Answer with stored params of a device.
    case query(DeviceID, names: [String], sequence: SequenceText?, APIKeyClaim)
    /// A share command of an owner.
    case share(ShareRequest, sequence: SequenceText?)
    /// A receiver decided about a share.
    case decision(SequenceText, accepts: Bool, DeviceID?)
    /// `userOnline` again on the same socket.
    case handshakeAgain
    /// The token is dead: say so and close.
    case sayRevoked
}

/// An app after its handshake: a message comes in, a step goes out.
///
/// No I/O, no clock, no lock.
struct AppSession {
    private static let shedInRowLimit = 8

    private(set) var grant: AccessGrant
    private(set) var tokenHash: TokenHash
    /// Set when the token died under the session: the next message is answered with 406.
    private(set) var isRevoked = false
    /// Commands of this session that have no answer yet.
    private(set) var outstanding = 0
    /// Commands in a row that were refused for want of time.
    private var shedInRow = 0
    private let settings: ProtocolSettings

    init(grant: AccessGrant, tokenHash: TokenHash, settings: ProtocolSettings) {
        self.grant = grant
        self.tokenHash = tokenHash
        self.settings = settings
    }

    /// Decides about a message.
    ///
    /// Source: `coolkit-websocket.md` §6.
    mutating func receive(_ envelope: Envelope, at now: UnixTime) -> AppStep {
        if isRevoked || grant.expiresAt <= now { return .sayRevoked }
        if envelope.action == nil { return answerOfApp(envelope) }
        guard let action = AppAction(envelope) else { return .answer(badRequest(envelope, withActionName: true)) }
        switch action {
        case .update: return update(envelope)
        case .query: return query(envelope)
        case .upgrade: return upgrade(envelope)
        case .date: return .time(AppFrames.date(now, sequence: SequenceText(envelope.sequence, in: envelope)))
        case .userOnline: return .handshakeAgain
        case .share: return share(.share, envelope)
        case .updateShare: return share(.updateShare, envelope)
        case .cancelShare: return share(.cancelShare, envelope)
        }
    }

    // MARK: What happens to the session

    mutating func revoke() { isRevoked = true }

    /// A refresh moved the session to a new token.
    mutating func replaceToken(_ hash: TokenHash, expiresAt: UnixTime) {
        tokenHash = hash
        grant = AccessGrant(
            accountID: grant.accountID,
            apiKey: grant.apiKey,
            appID: grant.appID,
            login: grant.login,
            expiresAt: expiresAt
        )
    }

    mutating func commandStarted() {
        outstanding += 1
        shedInRow = 0
    }

    mutating func commandEnded() { outstanding -= 1 }
    mutating func queryTakenOn() { shedInRow = 0 }
    mutating func commandShed() { shedInRow += 1 }

    /// Whether it sends commands however often it hears that there is no time for them.
    var goesOn: Bool { shedInRow >= Self.shedInRowLimit }

    var mayStartCommand: Bool { outstanding < settings.maximumOutstandingCommandsPerSession }

    // MARK: Answers

    /// The refusal of a malformed message.
    func badRequest(_ envelope: Envelope, withActionName: Bool = false) -> ByteBuffer {
        failure(.badRequest, envelope, actionName: withActionName ? envelope.text(envelope.action) : nil)
    }

    /// A failure that repeats deviceid, apikey and sequence of the request.
    func failure(_ code: WireCode, _ envelope: Envelope, actionName: String? = nil) -> ByteBuffer {
        AppFrames.failure(
            code,
            deviceID: envelope.text(envelope.deviceID).flatMap { DeviceID($0) },
            apiKey: envelope.text(envelope.apiKey),
            sequence: SequenceText(envelope.sequence, in: envelope),
            actionName: actionName
        )
    }
}

/// The actions an app may ask for.
///
/// Source: `coolkit-websocket.md` §6.
enum AppAction: String, CaseIterable {
    case update
    case query
    case upgrade
    case date
    case userOnline
    case share
    case updateShare
    case cancelShare

    /// Nil for every other action.
    init?(_ envelope: Envelope) {
        guard let action = envelope.action else { return nil }
        if envelope.equals(action, "update") {
            self = .update
        } else if envelope.equals(action, "query") {
            self = .query
        } else if envelope.equals(action, "upgrade") {
            self = .upgrade
        } else if envelope.equals(action, "date") {
            self = .date
        } else if envelope.equals(action, "userOnline") {
            self = .userOnline
        } else if envelope.equals(action, "share") {
            self = .share
        } else if envelope.equals(action, "updateShare") {
            self = .updateShare
        } else if envelope.equals(action, "cancelShare") {
            self = .cancelShare
        } else {
            return nil
        }
    }
}
