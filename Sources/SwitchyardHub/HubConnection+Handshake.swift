import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// The first message of a socket decides what it is. Source: `coolkit-websocket.md` §1, §2, §4.
extension HubConnection {
    /// Takes the first message.
    ///
    /// A device that was refused may register again on the same socket; not after too many failures, as with a new one.
    func handshake(_ envelope: Envelope, on connection: WebSocketConnection) {
        guard hub.admits(connection.info.peerAddress) else {
            return connection.close(code: 1_008, reason: "too many failed handshakes")
        }
        if envelope.equals(envelope.action, "userOnline") {
            userOnline(envelope, on: connection)
        } else if envelope.equals(envelope.action, "register") {
            register(envelope, on: connection)
        } else {
            let sequence = SequenceText(envelope.sequence, in: envelope)
            connection.send(text: AppFrames.failure(.authenticationFailed, withReason: false, sequence: sequence))
            connection.close(code: 1_008, reason: "handshake expected")
        }
    }

    // MARK: Apps

    /// `userOnline`, the first time and again on the same socket.
    func userOnline(_ envelope: Envelope, on connection: WebSocketConnection) {
        guard countHandshake(on: connection) else { return }
        let request = UserOnlineRequest(envelope, settings: hub.settings)
        guard let accessToken = request.accessToken, let apiKey = request.apiKey, request.isComplete else {
            return refuse(request, .badRequest, on: connection)
        }
        let hash = TokenHash(of: accessToken)
        let grant: AccessGrant
        do throws(SwitchyardError) {
            grant = try hub.accounts.authenticate(hash)
        } catch {
            countFailedHandshake(on: connection)
            return refuse(request, .authenticationFailed, on: connection)
        }
        // Released clients send the owner's apikey, or that of some device of the list. Source: §2, "Whose session is it".
        guard apiKey == grant.apiKey.rawValue || hub.registry.isShared(with: grant.accountID, byOwnerOf: apiKey) else {
            countFailedHandshake(on: connection)
            return refuse(request, .authenticationFailed, on: connection)
        }
        var level = Logger.Level.info
        if case .app(let current) = role {
            guard !current.holds(hash) else { return sendOnline(request, apiKey: apiKey, on: connection) }
            current.ended()
            // Once a socket is enough in the log.
            level = .debug
        }
        let app = AppConnection(
            hub: hub,
            connection: connection,
            socket: self,
            grant: grant,
            tokenHash: hash,
            client: request.client
        )
        sendOnline(request, apiKey: apiKey, on: connection)
        guard become(.app(app)) else { return }
        app.begin()
        hub.accounts.notePresence(of: grant, at: connection.info.peerAddress)
        hub.metrics.appCameOnline()
        hub.logger.log(
            level: level,
            "App online",
            metadata: ["account": "\(grant.accountID)", "address": "\(connection.info.peerAddress)"]
        )
    }

    private func sendOnline(_ request: UserOnlineRequest, apiKey: String, on connection: WebSocketConnection) {
        connection.send(
            text: AppFrames.online(apiKey: apiKey, heartbeat: hub.settings.wireHeartbeat, sequence: request.sequence)
        )
    }

    private func refuse(_ request: UserOnlineRequest, _ code: WireCode, on connection: WebSocketConnection) {
        connection.send(
            text: AppFrames.failure(
                code,
                apiKey: request.apiKey,
                sequence: request.sequence,
                actionName: "userOnline"
            )
        )
        connection.close(code: 1_008, reason: "handshake refused")
        hub.logger.info(
            "App refused",
            metadata: ["address": "\(connection.info.peerAddress)", "code": "\(code.rawValue)"]
        )
    }

    // MARK: Devices

    /// `register`, the first time on a socket.
    private func register(_ envelope: Envelope, on connection: WebSocketConnection) {
        guard countHandshake(on: connection) else { return }
        let request = RegisterRequest(envelope, settings: hub.settings)
        guard let registration = request.registration else {
            connection.send(text: DeviceFrames.failure(.badRequest, deviceSequence: request.deviceSequence))
            return connection.close(code: 1_008, reason: "malformed register")
        }
        decide(registration, deviceSequence: request.deviceSequence, mayHold: true, on: connection)
    }

    /// Answers a registration, or holds it until somebody adds the device.
    func decide(
        _ registration: DeviceRegistration,
        deviceSequence: ByteBuffer?,
        mayHold: Bool,
        on connection: WebSocketConnection
    ) {
        switch hub.registry.decide(registration, strictChipID: hub.settings.strictChipid) {
        case .accepted where hub.ids.isUnheard(registration.id, from: connection.info.peerAddress):
            leaveUnheard(registration, deviceSequence: deviceSequence, mayHold: mayHold, on: connection)
        case .accepted(let device):
            admit(device, registration, deviceSequence: deviceSequence, on: connection)
        case .refused:
            refuseKey(registration, deviceSequence: deviceSequence, mayHold: mayHold, on: connection)
        case .deleted(let timesTold):
            hub.writer.storeTimesTold(timesTold, of: registration.id)
            refuse(registration, .deviceDeleted, deviceSequence: deviceSequence, on: connection)
        case .forgotten:
            refuseUnknown(registration, deviceSequence: deviceSequence, on: connection)
        case .unknown:
            guard mayHold, hold(registration, deviceSequence: deviceSequence, on: connection) else {
                return adopt(registration, deviceSequence: deviceSequence, on: connection)
            }
        }
    }

    /// Has a registration wait for its device; false when it cannot.
    private func hold(
        _ registration: DeviceRegistration,
        deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) -> Bool {
        guard let held = HeldRegistration(registration, deviceSequence: deviceSequence, hub: hub),
            held.wait(for: self, on: connection)
        else { return false }
        become(.held(held))
        return true
    }

    /// Says that nothing is known of the device; says nothing to an address that goes through ids.
    func refuseUnknown(
        _ registration: DeviceRegistration,
        deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) {
        guard hub.ids.admit(registration.id, from: connection.info.peerAddress) else {
            return closeUnheard(on: connection)
        }
        refuse(registration, .notFound, deviceSequence: deviceSequence, on: connection)
    }

    /// Says that the key or the chipid is wrong; an address that goes through ids waits and hears as if nothing were known.
    func refuseKey(
        _ registration: DeviceRegistration,
        deviceSequence: ByteBuffer?,
        mayHold: Bool,
        on connection: WebSocketConnection
    ) {
        guard hub.ids.admit(registration.id, from: connection.info.peerAddress) else {
            hub.ids.countUnheardKey(of: registration.id, from: connection.info.peerAddress)
            return leaveUnheard(registration, deviceSequence: deviceSequence, mayHold: mayHold, on: connection)
        }
        countFailedHandshake(on: connection)
        refuse(registration, .forbidden, deviceSequence: deviceSequence, on: connection)
    }

    /// Waits as for a device that is not there, and tells nothing.
    private func leaveUnheard(
        _ registration: DeviceRegistration,
        deviceSequence: ByteBuffer?,
        mayHold: Bool,
        on connection: WebSocketConnection
    ) {
        guard mayHold, hold(registration, deviceSequence: deviceSequence, on: connection) else {
            return closeUnheard(on: connection)
        }
    }

    /// Ends the connection of an address that goes through ids, whether there is such a device or not.
    ///
    /// It does not count for the address: a house full of devices that nobody has added yet comes back for as long as it takes, and
    /// those that have been are to get in.
    private func closeUnheard(on connection: WebSocketConnection) {
        hub.metrics.handshakeRefused()
        connection.close(code: 1_008, reason: "too many unknown devices")
    }

    func refuse(
        _ registration: DeviceRegistration,
        _ code: WireCode,
        deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) {
        hub.metrics.handshakeRefused()
        connection.send(text: DeviceFrames.failure(code, deviceID: registration.id, deviceSequence: deviceSequence))
        become(.handshaking)
        hub.logger.info(
            "Device refused",
            metadata: [
                "deviceid": "\(registration.id)", "address": "\(connection.info.peerAddress)",
                "code": "\(code.rawValue)",
            ]
        )
    }

    /// The credentials are right: takes the device in, after asking an older session if the setting says so.
    private func admit(
        _ device: LiveDevice,
        _ registration: DeviceRegistration,
        deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) {
        guard hub.settings.takeover == .oldestIfAlive, let older = device.link else {
            return online(device, registration, deviceSequence: deviceSequence, on: connection)
        }
        let socket = NIOLoopBound((self, connection), eventLoop: connection.eventLoop)
        older.probe(within: .seconds(3)) { isAlive in
            socket.eventLoop.execute {
                let (socket, connection) = socket.value
                // A handshake that was repeated meanwhile has been answered with the first one.
                switch socket.role {
                case .device, .app, .unclaimed, .closed: return
                case .handshaking, .held: break
                }
                guard connection.isOpen else { return }
                // No answer on purpose: firmware takes every code but 403, 404 and 415 for success.
                if isAlive { return connection.close(code: 1_008, reason: "device has a live session") }
                socket.online(device, registration, deviceSequence: deviceSequence, on: connection)
            }
        }
    }

    private func online(
        _ device: LiveDevice,
        _ registration: DeviceRegistration,
        deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) {
        let session = DeviceConnection(hub: hub, connection: connection, socket: self, device: device)
        connection.oneFramePerFlush = true
        guard session.begin(registration, deviceSequence: deviceSequence) else {
            return refuse(registration, .notFound, deviceSequence: deviceSequence, on: connection)
        }
        let isHere = become(.device(session))
        session.sendParked()
        guard isHere else { return }
        hub.metrics.deviceCameOnline()
        hub.logger.info(
            "Device online",
            metadata: ["deviceid": "\(device.id)", "address": "\(connection.info.peerAddress)"]
        )
    }
}

extension ProtocolSettings {
    /// `config` of the handshake answers.
    var wireHeartbeat: Heartbeat {
        Heartbeat(isOn: heartbeat, intervalSeconds: heartbeatInterval.map { Int($0.wholeMilliseconds / 1_000) })
    }
}
