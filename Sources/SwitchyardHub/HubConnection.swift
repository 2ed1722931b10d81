import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// One socket of the hub from its upgrade to its end.
///
/// Confined to its event loop.
///
/// Until `userOnline` or `register` it is nobody's; then its role decides. Everything a role does by itself is in
/// `AppConnection` and `DeviceConnection`; here is what all sockets share: heartbeat, idle limit, malformed frames, the end.
final class HubConnection: WebSocketDelegate {
    /// What the socket has become.
    enum Role {
        /// Nothing but a handshake or a heartbeat is accepted.
        case handshaking
        /// A device that nobody has added yet; its `register` waits.
        case held(HeldRegistration)
        /// A device that no account has, kept until somebody claims it.
        case unclaimed(UnclaimedConnection)
        case app(AppConnection)
        case device(DeviceConnection)
        case closed
    }

    /// How many malformed frames in a row a peer may send.
    ///
    /// Source: `coolkit-websocket.md` §11.
    private static let malformedLimit = 5

    let hub: Hub
    private(set) var role = Role.handshaking
    private var malformedInRow = 0
    private var allowance = FrameAllowance.ofEmptyFrames
    private var handshakes = FrameAllowance.ofHandshakes
    private var openedAt = MonotonicTime(milliseconds: 0)
    private var lastReceived = MonotonicTime(milliseconds: 0)
    private var deadline: MonotonicTime?
    /// The connection owns this object, so it is there as long as it may be asked for; nil after `closed`.
    private unowned var connection: WebSocketConnection?

    init(hub: Hub) { self.hub = hub }

    // MARK: WebSocketDelegate

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        openedAt = hub.clock.now
        lastReceived = openedAt
        armTimer()
    }

    func receivedText(_ text: consuming ByteBuffer, on connection: WebSocketConnection) {
        lastReceived = hub.clock.now
        connection.load.workBegins()
        if TextHeartbeat.isPing(text) {
            guard countEmptyFrame(on: connection) else { return }
            return connection.send(text: TextHeartbeat.pong())
        }
        let envelope: Envelope
        do throws(JSONSyntaxError) {
            envelope = try Envelope(scanning: text)
        } catch {
            return receivedMalformed(on: connection)
        }
        malformedInRow = 0
        switch role {
        case .handshaking: handshake(envelope, on: connection)
        case .app(let app): app.receive(envelope, of: self, on: connection)
        case .device(let device): device.receive(envelope, on: connection)
        case .unclaimed(let device): device.receive(envelope, of: self, on: connection)
        case .held: _ = countEmptyFrame(on: connection)
        case .closed: break
        }
    }

    func receivedBinary(_ data: consuming ByteBuffer, on connection: WebSocketConnection) {
        lastReceived = hub.clock.now
        _ = countEmptyFrame(on: connection)
    }

    func receivedControl(on connection: WebSocketConnection) {
        lastReceived = hub.clock.now
        guard countEmptyFrame(on: connection) else { return }
        if case .device(let device) = role { device.answerProbes() }
    }

    func closed(_ connection: WebSocketConnection) {
        self.connection = nil
        let ended = role
        role = .closed
        end(ended)
    }

    private func end(_ role: Role) {
        switch role {
        case .app(let app): app.ended()
        case .device(let device): device.ended()
        case .held(let held): held.cancel()
        case .unclaimed(let device): device.ended()
        case .handshaking, .closed: break
        }
    }

    func shuttingDown(_ connection: WebSocketConnection) {
        connection.close(code: 1_001, reason: "server is stopping")
    }

    // MARK: Roles

    /// Gives the socket its role, or another one.
    ///
    /// False when it has ended meanwhile, and the role with it: what was sent to a peer that is gone closes the socket at once.
    @discardableResult
    func become(_ role: Role) -> Bool {
        guard connection != nil else {
            end(role)
            return false
        }
        self.role = role
        armTimer()
        return true
    }

    private func receivedMalformed(on connection: WebSocketConnection) {
        hub.metrics.malformedFrameReceived()
        malformedInRow += 1
        switch role {
        case .handshaking:
            connection.send(text: AppFrames.failure(.authenticationFailed))
            return connection.close(code: 1_008, reason: "handshake expected")
        case .app:
            connection.send(text: AppFrames.failure(.badRequest))
        case .device, .held, .unclaimed, .closed:
            break
        }
        if malformedInRow >= Self.malformedLimit { connection.close(code: 1_008, reason: "malformed messages") }
    }

    /// Counts a frame that says nothing; false, and the connection closes, when there were too many.
    func countEmptyFrame(on connection: WebSocketConnection) -> Bool {
        guard !allowance.take(at: lastReceived) else { return true }
        connection.close(code: 1_008, reason: "too many frames that say nothing")
        return false
    }

    /// Counts a handshake, the first one or another on the same socket; false, and the connection closes, when there were too
    /// many.
    func countHandshake(on connection: WebSocketConnection) -> Bool {
        guard !handshakes.take(at: lastReceived) else { return true }
        connection.close(code: 1_008, reason: "too many handshakes")
        return false
    }

    /// Counts a handshake that was refused for its credentials.
    func countFailedHandshake(on connection: WebSocketConnection) {
        hub.metrics.handshakeRefused()
        hub.failedHandshakes.countFailure(of: PeerNetwork(of: connection.info.peerAddress).description)
    }

    // MARK: Deadlines

    /// Sets the timer to whatever is due first.
    ///
    /// Called when a deadline may have moved forward.
    func armTimer() {
        guard let connection, let next = nextDeadline else { return }
        if let deadline, deadline <= next { return }
        deadline = next
        connection.setDeadline(next)
    }

    private var nextDeadline: MonotonicTime? {
        let roleDeadline: MonotonicTime? =
            switch role {
            case .handshaking: openedAt.advanced(by: hub.settings.handshakeTimeout)
            case .held(let held): held.deadline
            case .app(let app): app.nextDeadline
            case .device(let device): device.nextDeadline
            case .unclaimed, .closed: nil
            }
        guard let idle = idleDeadline else { return roleDeadline }
        return roleDeadline.map { min($0, idle) } ?? idle
    }

    /// When the socket will have been silent for too long; nil without heartbeats.
    ///
    /// Source: `coolkit-websocket.md` §3.
    private var idleDeadline: MonotonicTime? {
        guard hub.settings.heartbeat else { return nil }
        return lastReceived.advanced(by: hub.settings.idleLimit)
    }

    func deadlinePassed(_ connection: WebSocketConnection, now: MonotonicTime) {
        deadline = nil
        if let idle = idleDeadline, idle <= now {
            return connection.close(code: 1_001, reason: "silent for too long")
        }
        switch role {
        case .handshaking:
            if openedAt.advanced(by: hub.settings.handshakeTimeout) <= now {
                return connection.close(code: 1_008, reason: "no handshake")
            }
        case .held(let held):
            if held.deadline <= now { held.expire(of: self, on: connection) }
        case .app(let app):
            app.expireShares(at: now)
            app.checkToken(at: now, on: connection)
        case .device(let device):
            device.failOverdue(at: now)
        case .unclaimed:
            break
        case .closed:
            return
        }
        armTimer()
    }
}
