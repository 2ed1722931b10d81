package import CoolkitWire

/// A device's conduct: an input comes in, what to do comes out.
///
/// It does no I/O and reads no clock. Dispatch, connect, `register`, then `date`, the full `update` and
/// `query ["timers"]`, each after the answer before it, and of a gateway `reportSubDevice`; from then on heartbeat,
/// commands and reports. Every failure leads back to dispatch after the back-off, except a refusal of `register`, which
/// ends it.
/// Source: `coolkit-device-side.md` §5 and §9.
package struct DeviceBehaviour: DeviceConduct {
    enum Phase: Sendable, Hashable {
        /// Not started, or waiting for the back-off.
        case idle
        /// Dispatch, TCP, TLS and upgrade.
        case connecting
        case awaitingRegister
        case awaitingDate
        case awaitingUpdate
        case awaitingTimers
        case awaitingSubDevices
        case online
        /// Refused, until something happens at the device: OPL firmware.
        case resting
        case stopped
    }

    package let identity: SimulatedDeviceIdentity
    let settings: DeviceSettings
    let firmware: DeviceFirmware
    var messages: DeviceMessages
    var unit: DeviceUnit
    /// The sub-devices of a gateway.
    var subUnits: [DeviceUnit]
    var phase = Phase.idle
    /// The owner's apikey, from the answer to `register`.
    var owner: APIKey?
    var heartbeat: DeviceHeartbeat?
    var lastArrival = Duration.zero
    var faults: DeviceFaults
    /// What a fault holds back, in the order of its moments.
    var late: [(due: Duration, actions: [DeviceAction])] = []
    var reports = ReportQueue()
    var pendingUpgrade: PendingUpgrade?
    /// The `d_seq` of the list of sub-devices that has not been answered.
    var listSequence: JSON?
    /// The moment for which a hardware timer is set.
    var hardwareDue: Duration?
    var timers = DeviceTimers()
    private var attempt = 0
    private var backOff: ReconnectBackOff
    /// A wall time, and the moment for which it was told.
    private var clock: (wall: UnixTime, at: Duration)

    /// - Parameter startedAt: the wall time of the device's power-on, from which `d_seq` is made.
    package init(
        identity: SimulatedDeviceIdentity,
        settings: DeviceSettings = DeviceSettings(),
        startedAt: UnixTime
    ) {
        self.identity = identity
        self.settings = settings
        firmware = settings.firmware ?? identity.kind.family.firmware
        messages = DeviceMessages(identity: identity, firmware: firmware, startedAt: startedAt)
        unit = DeviceUnit(identity, seed: settings.seed)
        subUnits = identity.subDevices.prefix(SubDeviceSearchPart.maximumSubDevices).enumerated().map { number, kind in
            DeviceUnit(subDevice: number, of: identity, kind: kind, seed: settings.seed)
        }
        faults = DeviceFaults(settings.faults, seed: settings.seed ^ DeviceUnit.seed(of: identity.deviceID))
        backOff = ReconnectBackOff(waits: settings.backOff)
        clock = (startedAt, .zero)
        listSubDevices()
    }

    package var params: JSONObject { unit.hardware.params }

    package var isOnline: Bool { phase == .online }

    package mutating func handle(_ input: DeviceInput, at now: Duration) -> [DeviceAction] {
        guard phase != .stopped else { return [] }
        let actions = take(input, at: now)
        return phase == .stopped ? actions : actions + armHardware(at: now)
    }

    private mutating func take(_ input: DeviceInput, at now: Duration) -> [DeviceAction] {
        switch input {
        case .started:
            guard phase == .idle, attempt == 0 else { return [] }
            return switchOn(at: now) + retry(at: now)
        case .connected(let number):
            guard number == attempt, phase == .connecting else { return [] }
            return connected(at: now)
        case .connectionFailed(let number, let reason):
            guard number == attempt, phase == .connecting else { return [] }
            return reconnect(because: reason, at: now)
        case .arrived(let number, let event):
            guard number == attempt, isConnected else { return [] }
            lastArrival = now
            return arrived(event, at: now)
        case .timerFired(let timer):
            return timers.takes(timer) ? fired(timer.purpose, at: now) : []
        case .changedLocally(let params):
            return happened(unit.hardware.change(params, at: moment(now)), at: now)
        case .downloaded(let failure):
            return downloaded(failure: failure, at: now)
        case .posted:
            return []
        }
    }

    private var isConnected: Bool {
        switch phase {
        case .idle, .connecting, .resting, .stopped: false
        case .awaitingRegister, .awaitingDate, .awaitingUpdate, .awaitingTimers, .awaitingSubDevices, .online: true
        }
    }

    private mutating func arrived(_ event: WebSocketEvent, at now: Duration) -> [DeviceAction] {
        switch event {
        case .text(let text): return received(text, at: now)
        case .pong:
            timers.disarm(.pong)
            return []
        case .ping: return []
        case .closed(let code):
            let reason = code.map { "the server closed the connection with code \($0)" } ?? "the connection broke"
            return reconnect(because: reason, at: now)
        }
    }

    private mutating func fired(_ purpose: DeviceTimer.Purpose, at now: Duration) -> [DeviceAction] {
        switch purpose {
        case .reconnect: retry(at: now)
        case .answer: reconnect(because: "no answer came within \(settings.answerLimit)", at: now)
        case .heartbeat: beat(at: now)
        case .pong: reconnect(because: "no pong came within \(settings.pongLimit)", at: now)
        case .silence: checkSilence(at: now)
        case .lateAnswer: sendLate(at: now)
        case .flap: flap(at: now)
        case .report: reportTimedOut()
        case .reading: read(at: now)
        case .signal: driftSignal(at: now)
        case .hardware: runHardware(at: now)
        }
    }

    // MARK: Time

    /// The wall time by the device's own clock.
    func wall(at now: Duration) -> UnixTime { clock.wall.advanced(by: now - clock.at) }

    func moment(_ now: Duration) -> HardwareMoment { HardwareMoment(now: now, wall: wall(at: now)) }

    /// Sets the clock by the server's answer to `date`; a text that is no date is ignored.
    mutating func setClock(_ date: JSON?, at now: Duration) {
        guard let wall = date?.stringValue.flatMap({ UnixTime(iso8601: $0) }) else { return }
        clock = (wall, now)
        unit.hardware.clockWasSet(at: moment(now))
        for index in subUnits.indices { subUnits[index].hardware.clockWasSet(at: moment(now)) }
    }

    mutating func arm(_ purpose: DeviceTimer.Purpose, after wait: Duration) -> DeviceAction {
        timers.arm(purpose, after: wait)
    }

    // MARK: Connecting

    /// Tries to connect.
    mutating func retry(at now: Duration) -> [DeviceAction] {
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

    /// Gives the connection up and goes through dispatch again.
    ///
    /// - Parameters:
    ///   - wait: `nil` is the wait of the back-off.
    ///   - isAbrupt: leaves without a farewell.
    mutating func reconnect(
        because reason: String,
        at now: Duration,
        after wait: Duration? = nil,
        isAbrupt: Bool = false
    ) -> [DeviceAction] {
        let wait = wait ?? backOff.next()
        let given = attempt
        leaveConnection()
        let actions: [DeviceAction] = [
            isAbrupt ? .abort(attempt: given) : .close(attempt: given),
            .tell(.disconnected(reason: reason, retryAfter: wait)),
        ]
        return actions + (wait == .zero ? retry(at: now) : [arm(.reconnect, after: wait)])
    }

    /// Ends it all after a refusal of `register`; OPL firmware only rests until something happens at the device.
    ///
    /// Source: `coolkit-websocket.md` §4, device reaction.
    mutating func refused(with code: Int) -> [DeviceAction] {
        let given = attempt
        leaveConnection()
        let actions: [DeviceAction] = [.close(attempt: given), .tell(.refused(code))]
        guard firmware != .opl else {
            phase = .resting
            return actions
        }
        timers.disarmAll()
        phase = .stopped
        return actions + [.stop(code)]
    }

    private mutating func leaveConnection() {
        phase = .idle
        owner = nil
        heartbeat = nil
        late = []
        reports.clear()
        for purpose in DeviceTimer.Purpose.allCases where !purpose.isOfHardware { timers.disarm(purpose) }
    }

    /// The start-up talk is over: the next loss is followed by an attempt at once.
    mutating func succeeded() { backOff.reset() }
}
