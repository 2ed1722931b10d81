package import CoolkitWire

/// A device's conduct: an input comes in, what to do comes out.
///
/// It does no I/O and reads no clock. Dispatch, connect, `register`, then `date`, the full `update` and
/// `query ["timers"]`, each after the answer before it; from then on heartbeat, commands and reports. Every failure leads
/// back to dispatch after the back-off, except a refusal of `register`, which ends it.
/// Source: `coolkit-device-side.md` §5 and §9.
package struct DeviceBehaviour: Sendable {
    enum Phase: Sendable, Hashable {
        /// Not started, waiting for the back-off, or stopped.
        case idle
        /// Dispatch, TCP, TLS and upgrade.
        case connecting
        case awaitingRegister
        case awaitingDate
        case awaitingUpdate
        case awaitingTimers
        case online
        case stopped
    }

    package let identity: SimulatedDeviceIdentity
    let settings: DeviceSettings
    var messages: DeviceMessages
    var hardware: DeviceHardware
    var phase = Phase.idle
    /// The owner's apikey, from the answer to `register`.
    var owner: APIKey?
    var heartbeat: DeviceHeartbeat?
    /// Changed params that wait for the start-up talk to end.
    var unreported = JSONObject()
    var lastArrival = Duration.zero
    private var attempt = 0
    private var backOff: ReconnectBackOff
    private var timers: [DeviceTimer.Purpose: Int] = [:]
    private var lastSerial = 0

    /// - Parameter startedAt: the wall time of the device's power-on, from which `d_seq` is made.
    package init(
        identity: SimulatedDeviceIdentity,
        settings: DeviceSettings = DeviceSettings(),
        startedAt: UnixTime
    ) {
        self.identity = identity
        self.settings = settings
        messages = DeviceMessages(identity: identity, firmware: settings.firmware, startedAt: startedAt)
        hardware = DeviceHardware(identity: identity)
        backOff = ReconnectBackOff(waits: settings.backOff)
    }

    /// Everything the device knows about itself.
    package var params: JSONObject { hardware.params }

    package var isOnline: Bool { phase == .online }

    /// Takes one input at `now`, the time since the device was switched on.
    package mutating func handle(_ input: DeviceInput, at now: Duration) -> [DeviceAction] {
        guard phase != .stopped else { return [] }
        switch input {
        case .started:
            guard phase == .idle, attempt == 0 else { return [] }
            let timer: [DeviceAction] = hardware.hasReadings ? [arm(.reading, after: settings.readingInterval)] : []
            return timer + retry(at: now)
        case .connected(let number):
            guard number == attempt, phase == .connecting else { return [] }
            return connected(at: now)
        case .connectionFailed(let number, let reason):
            guard number == attempt, phase == .connecting else { return [] }
            return reconnect(because: reason, at: now)
        case .arrived(let number, let event):
            guard number == attempt, phase != .idle, phase != .connecting else { return [] }
            lastArrival = now
            return arrived(event, at: now)
        case .timerFired(let timer):
            guard timers[timer.purpose] == timer.serial else { return [] }
            timers[timer.purpose] = nil
            return fired(timer.purpose, at: now)
        case .changedLocally(let params):
            return changed(hardware.apply(params, at: now).changed, at: now)
        }
    }

    private mutating func arrived(_ event: WebSocketEvent, at now: Duration) -> [DeviceAction] {
        switch event {
        case .text(let text): return received(text, at: now)
        case .pong:
            disarm(.pong)
            return []
        case .ping: return []
        case .closed(let code):
            let reason = code.map { "the server closed the connection with code \($0)" } ?? "the connection broke"
            return reconnect(because: reason, at: now)
        }
    }

    private mutating func fired(_ purpose: DeviceTimer.Purpose, at now: Duration) -> [DeviceAction] {
        switch purpose {
        case .reconnect: return retry(at: now)
        case .answer: return reconnect(because: "no answer came within \(settings.answerLimit)", at: now)
        case .heartbeat: return beat(at: now)
        case .pong: return reconnect(because: "no pong came within \(settings.pongLimit)", at: now)
        case .silence: return checkSilence(at: now)
        case .reading:
            return changed(hardware.read(at: now), at: now) + [arm(.reading, after: settings.readingInterval)]
        }
    }

    /// Remembers `params` as changed and reports them as soon as the device is online.
    mutating func changed(_ params: JSONObject, at now: Duration) -> [DeviceAction] {
        for (key, value) in params { unreported[key] = value }
        return report(at: now)
    }

    mutating func report(at now: Duration) -> [DeviceAction] {
        guard phase == .online, let owner, !unreported.isEmpty else { return [] }
        let params = unreported
        unreported = [:]
        return [.send(messages.update(params, owner: owner, at: now)), .tell(.report(params))]
    }

    // MARK: Connecting

    /// Waits as long as the back-off says, or tries at once.
    private mutating func retry(at now: Duration) -> [DeviceAction] {
        if attempt == 0 { _ = backOff.next() }
        attempt += 1
        phase = .connecting
        return [.tell(.connecting), .connect(attempt: attempt, dispatch: messages.dispatch(at: now))]
    }

    private mutating func connected(at now: Duration) -> [DeviceAction] {
        phase = .awaitingRegister
        lastArrival = now
        return [.send(messages.register(at: now)), arm(.answer, after: settings.answerLimit)]
    }

    /// Gives the connection up and goes through dispatch again, after the back-off.
    mutating func reconnect(because reason: String, at now: Duration) -> [DeviceAction] {
        let wait = backOff.next()
        let given = attempt
        leaveConnection()
        let actions: [DeviceAction] = [
            .close(attempt: given), .tell(.disconnected(reason: reason, retryAfter: wait)),
        ]
        return actions + (wait == .zero ? retry(at: now) : [arm(.reconnect, after: wait)])
    }

    /// Ends it all after a refusal of `register`; 415 also makes the device forget its owner's timers.
    mutating func refused(with code: Int) -> [DeviceAction] {
        let given = attempt
        leaveConnection()
        timers = [:]
        phase = .stopped
        return [.close(attempt: given), .tell(.refused(code)), .stop]
    }

    private mutating func leaveConnection() {
        phase = .idle
        owner = nil
        heartbeat = nil
        for purpose in DeviceTimer.Purpose.allCases where purpose != .reading { disarm(purpose) }
    }

    /// The start-up talk is over: the next loss is followed by an attempt at once.
    mutating func succeeded() { backOff.reset() }

    // MARK: Timers

    mutating func arm(_ purpose: DeviceTimer.Purpose, after wait: Duration) -> DeviceAction {
        lastSerial += 1
        timers[purpose] = lastSerial
        return .setTimer(DeviceTimer(purpose: purpose, serial: lastSerial), after: wait)
    }

    mutating func disarm(_ purpose: DeviceTimer.Purpose) { timers[purpose] = nil }
}
