import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// The socket of a device that no account has, kept for somebody to claim it (`autoAdopt`).
///
/// Confined to its event loop. The device is told that it is registered, without an `apikey`, as there is no owner; what it sends
/// is acknowledged as of any device, but its reports are nobody's and are not kept. Once an account has it the socket is closed:
/// only the answer to a `register` tells a device its owner's apikey. Then it comes back and reports its state anew.
///
/// Source: `coolkit-websocket.md` §4 (all members of the answer but `error` are optional), §5.
final class UnclaimedConnection {
    private let id: DeviceID
    private let hub: Hub
    private var ends: [BusSubscription] = []

    init(_ id: DeviceID, hub: Hub) {
        self.id = id
        self.hub = hub
    }

    /// Begins to wait for an owner.
    ///
    /// False when that is not possible: the record has gone, or too many wait.
    func begin(on connection: WebSocketConnection) -> Bool {
        let bound = NIOLoopBound(connection, eventLoop: connection.eventLoop)
        let close: @Sendable () -> Void = {
            bound.eventLoop.execute { bound.value.close(code: 1_001, reason: "register again") }
        }
        // The wait first: a claim in between is not missed.
        guard let wait = hub.registry.waitForDevice(id, arrived: close) else { return false }
        guard let entry = hub.registry.unclaimed.connect(id, close: close) else {
            wait.cancel()
            return false
        }
        ends = [wait, entry]
        return true
    }

    /// The socket is gone.
    func ended() {
        for end in ends { end.cancel() }
        ends = []
    }

    func receive(_ envelope: Envelope, of socket: HubConnection, on connection: WebSocketConnection) {
        // An answer: nothing was asked.
        guard envelope.action != nil else { return }
        let deviceSequence = envelope.deviceSequence.flatMap { $0.isScalar ? envelope.slice($0) : nil }
        let action = DeviceAction(envelope)
        if action == .register {
            guard socket.countHandshake(on: connection) else { return }
            return registerAgain(envelope, deviceSequence, on: connection)
        }
        if let text = envelope.text(envelope.deviceID), text != id.rawValue {
            return connection.send(
                text: DeviceFrames.failure(.forbidden, deviceID: id, deviceSequence: deviceSequence)
            )
        }
        if action == nil, hub.settings.strictActions {
            return connection.send(
                text: DeviceFrames.failure(.badRequest, deviceID: id, deviceSequence: deviceSequence)
            )
        }
        let extra: DeviceFrames.Extra =
            switch action {
            case .date: .date(hub.wallClock.now)
            case .query: .noParams
            case .register, .update, .reportSubDevice, .sysmsg, nil: .none
            }
        connection.send(
            text: DeviceFrames.answer(deviceID: id, ownerAPIKey: nil, deviceSequence: deviceSequence, extra: extra)
        )
    }

    /// The same device is answered as the first time, another one may not come in on this socket.
    private func registerAgain(
        _ envelope: Envelope,
        _ deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) {
        guard let registration = RegisterRequest(envelope, settings: hub.settings).registration, registration.id == id
        else {
            connection.send(text: DeviceFrames.failure(.badRequest, deviceSequence: deviceSequence))
            return connection.close(code: 1_008, reason: "malformed register")
        }
        sendRegistered(deviceSequence, on: connection)
    }

    func sendRegistered(_ deviceSequence: ByteBuffer?, on connection: WebSocketConnection) {
        connection.send(
            text: DeviceFrames.registered(
                deviceID: id,
                ownerAPIKey: nil,
                heartbeat: hub.settings.wireHeartbeat,
                deviceSequence: deviceSequence
            )
        )
    }
}

extension HubConnection {
    /// A device that no account has: kept if the setting says so and the bounds allow it, else refused as the protocol does.
    func adopt(
        _ registration: DeviceRegistration,
        deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) {
        let unclaimed = hub.registry.unclaimed
        let address = connection.info.peerAddress
        switch unclaimed.arrived(registration, from: address, at: hub.wallClock.now, settings: hub.settings) {
        case .unknown(let isKnown):
            if isKnown { hub.writer.storeRecord(of: registration.id, in: unclaimed) }
            refuseUnknown(registration, deviceSequence: deviceSequence, on: connection)
        case .refused:
            refuseKey(registration, deviceSequence: deviceSequence, mayHold: false, on: connection)
        case .kept:
            hub.writer.storeRecord(of: registration.id, in: unclaimed)
            keep(registration, deviceSequence: deviceSequence, on: connection)
        }
    }

    private func keep(
        _ registration: DeviceRegistration,
        deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) {
        let waiting = UnclaimedConnection(registration.id, hub: hub)
        connection.oneFramePerFlush = true
        guard waiting.begin(on: connection) else {
            return refuse(registration, .notFound, deviceSequence: deviceSequence, on: connection)
        }
        become(.unclaimed(waiting))
        waiting.sendRegistered(deviceSequence, on: connection)
        hub.logger.info(
            "Device waits for an owner",
            metadata: ["deviceid": "\(registration.id)", "address": "\(connection.info.peerAddress)"]
        )
    }
}
