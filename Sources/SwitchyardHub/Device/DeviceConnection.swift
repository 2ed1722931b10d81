import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// The socket of a device after `register`: carries out what its `DeviceSession` decides.
///
/// Confined to its event loop.
final class DeviceConnection {
    /// More answers than this do not wait for the store; reading stops until half of them have left.
    private static let waitingAnswersLimit = 32
    /// Frames above this are sent, but old firmware may not survive them.
    ///
    /// Source: `coolkit-websocket.md` §12.
    private static let firmwareFrameLimit = 768

    let hub: Hub
    let device: LiveDevice
    /// The connection owns the socket, and that this object; both nil after the end.
    unowned var connection: WebSocketConnection?
    private(set) unowned var socket: HubConnection?
    let handle: DeviceLinkHandle
    var session: DeviceSession
    private var answers = AnswerQueue()
    /// What each waiting report's answer repeats.
    private var waitingReports: [UInt64: (subject: DeviceID, deviceSequence: ByteBuffer?)] = [:]
    /// The tickets of lists of sub-devices that are being taken over, and what has to wait for the end of that.
    var listTickets: Set<UInt64> = []
    var heldMessages: [Envelope] = []
    private var generation: UInt64 = 0
    private var parked: [DeviceCommand] = []
    private var probes: [@Sendable (Bool) -> Void] = []

    init(hub: Hub, connection: WebSocketConnection, socket: HubConnection, device: LiveDevice) {
        self.hub = hub
        self.connection = connection
        self.socket = socket
        self.device = device
        session = DeviceSession(id: device.id, ownerAPIKey: device.ownership.apiKey, settings: hub.settings)
        handle = DeviceLinkHandle(eventLoop: connection.eventLoop, localAddress: connection.info.localAddress) {
            [hub] command in
            command.device.commandLost(
                command,
                wasWritten: false,
                within: hub.settings.offlineGrace,
                at: hub.clock.now
            )
        }
        handle.bind(to: self)
    }

    // MARK: Coming and going

    /// Takes the device's place in the registry and answers the `register`: the first frame it gets.
    ///
    /// Then `sendParked` sends the commands that waited for it. False when the device was removed meanwhile.
    func begin(_ registration: DeviceRegistration, deviceSequence: ByteBuffer?) -> Bool {
        guard let connection else { return false }
        let now = hub.wallClock.now
        guard let attachment = device.attach(handle, address: connection.info.peerAddress, at: now) else {
            handle.unbind()
            return false
        }
        generation = attachment.generation
        hub.directory.insert(
            handle,
            SessionDescription(
                number: handle.number,
                kind: .device(device.id),
                address: connection.info.peerAddress,
                openedAt: now
            )
        )
        sendRegistered(deviceSequence)
        attachment.replaced?.close(.replaced)
        if device.learn(from: registration) { hub.writer.storeFacts(of: device) }
        hub.writer.storeLater(device)
        if attachment.cameOnline { hub.announce(device.presence(at: now)) }
        parked = attachment.parked
        return true
    }

    /// Sends the commands that have waited for the device, once the socket is its; had it ended meanwhile they wait for the next one.
    func sendParked() {
        let commands = parked
        parked = []
        for command in commands { command.device.dispatch(command) }
    }

    private func sendRegistered(_ deviceSequence: ByteBuffer?) {
        answer(
            DeviceFrames.registered(
                deviceID: device.id,
                ownerAPIKey: session.ownerAPIKey,
                heartbeat: hub.settings.wireHeartbeat,
                deviceSequence: deviceSequence
            )
        )
    }

    /// A refresh: answered again if it would be accepted as a first one, else refused; the session goes on in any case.
    private func registerAgain(
        _ registration: DeviceRegistration,
        _ deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) {
        guard socket?.countHandshake(on: connection) != false else { return }
        guard hub.admits(connection.info.peerAddress) else {
            return connection.close(code: 1_008, reason: "too many failed handshakes")
        }
        guard case .accepted = hub.registry.decide(registration, strictChipID: hub.settings.strictChipid) else {
            socket?.countFailedHandshake(on: connection)
            return answer(DeviceFrames.failure(.forbidden, deviceID: device.id, deviceSequence: deviceSequence))
        }
        if device.learn(from: registration) { hub.writer.storeFacts(of: device) }
        sendRegistered(deviceSequence)
    }

    /// The socket is gone: commands go over to the device's next session, and apps hear of it after the grace.
    func ended() {
        let eventLoop = handle.eventLoop
        connection = nil
        socket = nil
        hub.directory.remove(handle.number)
        for probe in probes { probe(false) }
        probes = []
        let wasCurrent = device.detach(generation: generation)
        handOverCommands()
        handle.unbind()
        guard wasCurrent else { return }
        let departure = Departure(hub: hub, device: device, generation: generation)
        departure.begin(timers: hub.timers.timers(for: eventLoop))
    }

    /// Gives the commands that wait for an ack to the device's next session, once, or fails them.
    ///
    /// An upgrade stays where it is: the device that drops its link may be downloading, and the app hears 504 when the time is over.
    /// Source: `coolkit-websocket.md` §4, second session of the same device; §6.4.
    private func handOverCommands() {
        let now = hub.clock.now
        for command in session.pending.removeAll() {
            if command.kind == .update {
                let grace = hub.settings.offlineGrace
                command.device.commandLost(command, wasWritten: true, within: grace, at: now)
            } else {
                let timers = hub.timers.timers(for: handle.eventLoop)
                timers.schedule(at: command.deadline) { _ in command.finish(.timedOut) }
            }
        }
    }

    // MARK: Messages

    func receive(_ envelope: Envelope, on connection: WebSocketConnection) {
        if heldMessages.isEmpty || !hold(envelope) { receiveNow(envelope, on: connection) }
        answerProbes()
    }

    func receiveNow(_ envelope: Envelope, on connection: WebSocketConnection) {
        carryOut(session.receive(envelope, at: hub.wallClock.now), for: device, envelope, on: connection)
    }

    /// - Parameter subject: the device itself, or the sub-device whose message it is.
    func carryOut(
        _ step: DeviceStep,
        for subject: LiveDevice,
        _ envelope: Envelope,
        on connection: WebSocketConnection
    ) {
        switch step {
        case .answer(let frame): answer(frame)
        case .report(let params, let deviceSequence, let seq): report(params, of: subject, deviceSequence, seq)
        case .query(let names, let deviceSequence): answerQuery(names, of: subject, deviceSequence)
        case .named(let text, let deviceSequence):
            receive(envelope, of: text, deviceSequence, on: connection)
        case .subDevices(let list, let params, let deviceSequence): takeOver(list, params, deviceSequence)
        case .reachable(let isReachable, let deviceSequence):
            setReachable(isReachable, subject)
            answer(session.answer(subject.id, deviceSequence))
        case .acked(let command, let outcome): finish(command, outcome)
        case .registerAgain(let registration, let deviceSequence):
            registerAgain(registration, deviceSequence, on: connection)
        case .refuse(let frame):
            connection.send(text: frame)
            connection.close(code: 1_008, reason: "malformed register")
        case .ignore: break
        }
    }

    private func answerQuery(_ names: [String], of subject: LiveDevice, _ deviceSequence: ByteBuffer?) {
        if names.isEmpty || names.contains("timers") { subject.noteTimersQueried() }
        let params = subject.params(named: names)
        answer(session.answer(subject.id, deviceSequence, params.map { .params($0) } ?? .noParams))
    }

    // MARK: Answers

    /// Sends an answer, behind those that wait.
    func answer(_ frame: ByteBuffer) {
        guard let ready = answers.add(frame) else { return limitWaiting() }
        send(ready)
    }

    func send(_ frame: ByteBuffer) {
        if frame.readableBytes > Self.firmwareFrameLimit {
            hub.logger.debug(
                "Frame larger than old firmware takes",
                metadata: ["deviceid": "\(device.id)", "bytes": "\(frame.readableBytes)"]
            )
        }
        connection?.send(text: frame)
    }

    private func limitWaiting() {
        if answers.count >= Self.waitingAnswersLimit { connection?.pauseReading() }
    }

    // MARK: Reports

    private func report(
        _ params: ByteBuffer,
        of subject: LiveDevice,
        _ deviceSequence: ByteBuffer?,
        _ seq: ByteBuffer?
    ) {
        hub.metrics.reportReceived()
        // The command first: what the device says of itself then wins over what it was told.
        if !session.pending.isEmpty, subject.countsUpdateAsAck,
            let command = session.pending.removeOldestUpdate(for: subject)
        {
            finish(command, .acknowledged(DeviceAck()))
        }
        let merge: LiveDevice.Merge
        do throws(ParamsError) {
            merge = try subject.merge(params)
        } catch {
            answer(DeviceFrames.failure(.badRequest, deviceID: subject.id, deviceSequence: deviceSequence))
            return
        }
        if merge.learnedFacts { hub.writer.storeFacts(of: subject) }
        if merge.needsSaving {
            let ticket = addWaitingAnswer(for: subject.id, deviceSequence)
            hub.writer.store(reportOf: subject, from: handle, ticket: ticket)
        } else {
            answer(session.answer(subject.id, deviceSequence))
        }
        hub.bus.publish(
            .stateChanged(
                StateChange(
                    of: subject,
                    params: params,
                    source: .device(deviceSequence: deviceSequence, seq: seq),
                    entersHistory: merge.entersHistory,
                    notice: merge.notice
                )
            )
        )
    }

    /// Makes a place for an answer that has to wait for the store.
    func addWaitingAnswer(for subject: DeviceID, _ deviceSequence: ByteBuffer?) -> UInt64 {
        let ticket = answers.addWaiting()
        waitingReports[ticket] = (subject, deviceSequence)
        limitWaiting()
        return ticket
    }

    /// The commit that holds a report is done, or the store refused it.
    func reportStored(ticket: UInt64, succeeded: Bool) {
        guard let (subject, deviceSequence) = waitingReports.removeValue(forKey: ticket) else { return }
        let frame =
            succeeded
            ? session.answer(subject, deviceSequence)
            : DeviceFrames.failure(.internalError, deviceID: subject, deviceSequence: deviceSequence)
        for ready in answers.complete(ticket, with: frame) { send(ready) }
        if answers.count <= Self.waitingAnswersLimit / 2 { connection?.resumeReading() }
        if listTickets.remove(ticket) != nil { receiveHeld() }
    }

    // MARK: The end, from our side

    func close(_ reason: DeviceLinkClosure) {
        connection?.close(code: 1_008, reason: reason.text)
        // The newer session is in place. A peer that is dead would only be gone after the time for its close frame.
        if reason == .replaced { handOverCommands() }
    }

    /// Asks for a sign of life with a control ping; whatever comes counts.
    func probe(within limit: Duration, answer: @escaping @Sendable (Bool) -> Void) {
        guard let connection, connection.isOpen else { return answer(false) }
        probes.append(answer)
        connection.sendPing()
        let timers = hub.timers.timers(for: connection.eventLoop)
        timers.schedule(at: hub.clock.now.advanced(by: limit)) { [weak self] _ in self?.probeOver() }
    }

    /// Something came from the device.
    func answerProbes() {
        guard !probes.isEmpty else { return }
        let answered = probes
        probes = []
        for probe in answered { probe(true) }
    }

    private func probeOver() {
        let unanswered = probes
        probes = []
        for probe in unanswered { probe(false) }
    }
}

extension DeviceLinkClosure {
    /// The reason in the close frame.
    fileprivate var text: String {
        switch self {
        case .replaced: "a newer session took over"
        case .deviceRemoved: "device was removed"
        case .byOperator: "closed by the operator"
        }
    }
}
