import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// The socket of an app after its handshake: carries out what its `AppSession` decides.
///
/// Confined to its event loop.
final class AppConnection {
    /// How long a session whose token died may stay silent.
    ///
    /// Source: `coolkit-websocket.md` §2.
    private static let revokedGrace = Duration.seconds(5)

    let hub: Hub
    /// The connection owns the socket, and that this object; both nil after the end.
    private(set) unowned var connection: WebSocketConnection?
    private(set) unowned var socket: HubConnection?
    var session: AppSession
    private let client: ClientFacts
    private(set) var handle: AppSessionHandle?
    /// Until when the receivers of this session's shares may decide.
    var shareDeadlines: [Int64: MonotonicTime] = [:]
    private var revokedAt: MonotonicTime?
    /// When the token will have expired, by the clock of the timers.
    private var tokenDeadline: MonotonicTime?

    init(
        hub: Hub,
        connection: WebSocketConnection,
        socket: HubConnection,
        grant: AccessGrant,
        tokenHash: TokenHash,
        client: ClientFacts
    ) {
        self.hub = hub
        self.client = client
        self.socket = socket
        self.connection = connection
        session = AppSession(grant: grant, tokenHash: tokenHash, settings: hub.settings)
    }

    /// Enters the indexes, and then looks at the token once more: a revocation in between is seen by one of the two.
    func begin() {
        guard let connection else { return }
        let handle = AppSessionHandle(self, eventLoop: connection.eventLoop, grant: session.grant)
        self.handle = handle
        hub.directory.insert(
            handle,
            SessionDescription(
                number: handle.number,
                kind: .app(session.grant.accountID, session.grant.appID, login: session.grant.login),
                address: connection.info.peerAddress,
                openedAt: hub.wallClock.now,
                client: client
            )
        )
        if let oldest = hub.sessions.insert(handle, tokenHash: session.tokenHash) {
            oldest.close(code: 1_013, reason: "too many sessions of this account")
        }
        checkAgain()
    }

    /// Looks at the token once more, after the indexes have the session under it.
    private func checkAgain() {
        if (try? hub.accounts.authenticate(session.tokenHash)) == nil { revoke() }  // why it died does not matter here
        tokenDeadline = expiry()
        socket?.armTimer()
    }

    /// The socket is gone, or begins anew with another handshake.
    func ended() {
        guard let handle else { return }
        withdrawShares()
        hub.sessions.remove(handle)
        hub.directory.remove(handle.number)
        self.handle = nil
        connection = nil
        socket = nil
    }

    /// Whether this is the session of that token: then a repeated handshake is a refresh, and commands keep waiting here.
    func holds(_ hash: TokenHash) -> Bool { session.tokenHash == hash }

    // MARK: Messages

    func receive(_ envelope: Envelope, of socket: HubConnection, on connection: WebSocketConnection) {
        switch session.receive(envelope, at: hub.wallClock.now) {
        case .answer(let frame): connection.send(text: frame)
        case .time(let frame):
            // Clients ask once in minutes, to show that they live.
            if socket.countEmptyFrame(on: connection) { connection.send(text: frame) }
        case .command(let id, let params, let sequence, let claim):
            send(params, to: id, sequence: sequence, under: claim, for: envelope)
        case .upgrade(let id, let params, let sequence, let claim):
            send(params, as: .upgrade(throttled: nil), to: id, sequence: sequence, under: claim, for: envelope)
        case .query(let id, let names, let sequence, let claim):
            answerQuery(names, of: id, sequence: sequence, under: claim, for: envelope)
        case .share(let request, let sequence): share(request, sequence: sequence)
        case .decision(let sequence, let accepts, let device):
            hub.shares.decide(sequence, accepts: accepts, by: session.grant.accountID, about: device)
        case .handshakeAgain: socket.userOnline(envelope, on: connection)
        case .sayRevoked: sayRevoked(on: connection)
        }
    }

    private func send(
        _ params: ByteBuffer,
        as kind: DeviceCommand.Kind = .update,
        to id: DeviceID,
        sequence: SequenceText?,
        under claim: APIKeyClaim,
        for envelope: Envelope
    ) {
        guard let handle else { return }
        hub.metrics.commandReceived()
        guard let connection else { return }
        guard connection.load.admitsCommand() else { return shed(envelope, on: connection) }
        session.commandStarted()
        do throws(SwitchyardError) {
            try hub.commands.send(
                params,
                as: kind,
                sequence: sequence,
                to: id,
                from: .account(session.grant.accountID),
                under: claim,
                origin: kind == .update ? handle : hub.upgrades.watched(handle)
            )
        } catch {
            session.commandEnded()
            connection.send(text: session.failure(.forbidden, envelope))
        }
    }

    /// The event loop has more to do than it can.
    private func shed(_ envelope: Envelope, on connection: WebSocketConnection) {
        hub.metrics.commandShed()
        connection.send(text: session.failure(.deviceOffline, envelope))
        session.commandShed()
        guard session.goesOn, connection.load.closesConnection() else { return }
        connection.close(code: 1_013, reason: "the server has too much to do")
    }

    private func answerQuery(
        _ names: [String],
        of id: DeviceID,
        sequence: SequenceText?,
        under claim: APIKeyClaim,
        for envelope: Envelope
    ) {
        guard let connection else { return }
        // Up to 64 KiB for a question of 42 bytes.
        guard connection.load.admitsCommand() else { return shed(envelope, on: connection) }
        session.queryTakenOn()
        guard let device = hub.registry.device(id), let access = device.access(of: session.grant.accountID),
            access.admits(claim, of: device, isStrict: hub.settings.strictSharedApikey)
        else {
            connection.send(text: session.failure(.forbidden, envelope))
            return
        }
        connection.send(
            text: AppFrames.queryAnswer(
                deviceID: id,
                ownerAPIKey: device.ownership.apiKey,
                sequence: sequence,
                params: device.params(named: names)
            )
        )
    }

    /// A command of this session ended.
    ///
    /// On the loop.
    func finished(_ command: DeviceCommand, _ outcome: CommandOutcome) {
        session.commandEnded()
        guard let connection, connection.isOpen else { return }
        connection.send(text: answer(to: command, outcome))
    }

    private func answer(to command: DeviceCommand, _ outcome: CommandOutcome) -> ByteBuffer {
        let ownerAPIKey = command.device.ownership.apiKey
        guard case .acknowledged(let ack) = outcome else {
            let error = outcome.error ?? SwitchyardError(.internalFault, "a command ended without an outcome")
            return AppFrames.failure(
                code: error.wireNumber,
                reason: WireCode(rawValue: error.wireNumber)?.reason ?? error.message,
                deviceID: command.device.id,
                apiKey: ownerAPIKey.rawValue,
                sequence: command.sequence
            )
        }
        return AppFrames.answer(
            deviceID: command.device.id,
            ownerAPIKey: ownerAPIKey,
            sequence: command.sequence,
            config: ack.config,
            params: ack.params,
            deviceSequence: ack.deviceSequence
        )
    }

    // MARK: Tokens

    /// When something is due first: a share that nobody decided about, or the end of the session.
    var nextDeadline: MonotonicTime? {
        guard let share = shareDeadlines.values.min() else { return closeDeadline }
        return closeDeadline.map { min($0, share) } ?? share
    }

    /// When a session is closed even if it stays silent: its token is dead, or expires.
    private var closeDeadline: MonotonicTime? { revokedAt?.advanced(by: Self.revokedGrace) ?? tokenDeadline }

    private func expiry() -> MonotonicTime {
        let milliseconds = session.grant.expiresAt.milliseconds - hub.wallClock.now.milliseconds
        return hub.clock.now.advanced(by: .milliseconds(milliseconds))
    }

    /// Ends a session that has been dead for long enough, or whose token has expired: looked at with every deadline.
    func checkToken(at now: MonotonicTime, on connection: WebSocketConnection) {
        if let revokedAt {
            if revokedAt.advanced(by: Self.revokedGrace) <= now { sayRevoked(on: connection) }
        } else if session.grant.expiresAt <= hub.wallClock.now {
            sayRevoked(on: connection)
        } else {
            // The wall clock may have been set: what is left is counted anew.
            tokenDeadline = expiry()
        }
    }

    func revoke() {
        guard revokedAt == nil else { return }
        session.revoke()
        revokedAt = hub.clock.now
        socket?.armTimer()
    }

    /// A refresh moved the session to a new token.
    ///
    /// That one may be dead already: what ended it found the session under the old token, or not at all.
    func replaceToken(_ hash: TokenHash, expiresAt: UnixTime, of handle: AppSessionHandle) {
        guard self.handle === handle else { return }
        session.replaceToken(hash, expiresAt: expiresAt)
        checkAgain()
    }

    func sayRevoked(on connection: WebSocketConnection) {
        connection.send(text: AppFrames.failure(.authenticationFailed))
        connection.close(code: 1_008, reason: "logged in elsewhere or logged out")
    }

    // MARK: Frames from elsewhere

    func push(_ frame: ByteBuffer) { connection?.send(frame: frame) }

    func push(dispensable frame: ByteBuffer) { connection?.send(dispensable: frame) }

    func close(code: UInt16, reason: String) { connection?.close(code: code, reason: reason) }
}
