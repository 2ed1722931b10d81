package import CoolkitWire

/// One report of a sensor that keeps no socket.
///
/// Source: `coolkit-v1-http.md` §6.1.
package struct SensorPost: Sendable, Hashable {
    package static let path = "/api/user/device/update"

    package let deviceID: DeviceID
    package let factoryKey: APIKey
    /// `d_seq`: Unix seconds as a text.
    package let deviceSequence: String
    package let params: JSONObject

    package var body: JSON {
        [
            "deviceid": .string(deviceID.rawValue), "d_seq": .string(deviceSequence), "params": .object(params),
        ]
    }

    /// `Sign` and the plain SHA-256.
    package var authorization: String {
        let digest = DeviceDigest.sensorReport(
            apiKey: factoryKey,
            deviceID: deviceID,
            deviceSequence: deviceSequence
        )
        return "Sign " + digest
    }
}

/// The conduct of a battery sensor that posts over HTTPS: it sleeps until something happens, reports, and sleeps again.
///
/// One report is under way at a time; what happens meanwhile goes out with the next. A report that got no answer is
/// repeated at once, then with the next reading. Source: `coolkit-v1-http.md` §6.1.
struct HTTPSensorBehaviour: DeviceConduct {
    private var identity: SimulatedDeviceIdentity
    private let settings: DeviceSettings
    private let startedAt: UnixTime
    private var unit: DeviceUnit
    private var timers = DeviceTimers()
    private var hardwareDue: Duration?
    private var inFlight: SensorPost?
    private var lastSequence: Int64 = 0
    private var attempts = 0
    private var isOnline = false
    private var pendingVersion: String?

    init(identity: SimulatedDeviceIdentity, settings: DeviceSettings, startedAt: UnixTime) {
        self.identity = identity
        self.settings = settings
        self.startedAt = startedAt
        unit = DeviceUnit(identity, seed: settings.seed)
    }

    var params: JSONObject { unit.hardware.params }

    mutating func handle(_ input: DeviceInput, at now: Duration) -> [DeviceAction] {
        take(input, at: now) + armHardware(at: now)
    }

    private mutating func take(_ input: DeviceInput, at now: Duration) -> [DeviceAction] {
        switch input {
        case .started:
            unit.hardware.powerUp(at: moment(now))
            unit.unreported = unit.hardware.params
            let reading: [DeviceAction] = [timers.arm(.reading, after: settings.readingInterval)]
            return reading + [.tell(.connecting)] + post(at: now)
        case .changedLocally(let params):
            return happened(unit.hardware.change(params, at: moment(now)), at: now)
        case .timerFired(let timer):
            return timers.takes(timer) ? fired(timer.purpose, at: now) : []
        case .posted(let answer, let failure):
            return posted(answer, failure: failure, at: now)
        case .downloaded(let failure):
            return downloaded(failure: failure)
        case .connected, .connectionFailed, .arrived:
            return []
        }
    }

    private mutating func fired(_ purpose: DeviceTimer.Purpose, at now: Duration) -> [DeviceAction] {
        switch purpose {
        case .reading:
            return happened(unit.hardware.read(at: moment(now)), at: now) + post(at: now)
                + [timers.arm(.reading, after: settings.readingInterval)]
        case .hardware:
            hardwareDue = nil
            return happened(unit.hardware.run(at: moment(now)), at: now)
        default: return []
        }
    }

    private mutating func happened(_ effect: DeviceHardware.Effect, at now: Duration) -> [DeviceAction] {
        for (key, value) in effect.changed { unit.unreported[key] = value }
        return effect.changed.isEmpty ? [] : post(at: now)
    }

    /// Reports the door's state with what has changed; every report names `type`, `switch`, `battery` and `rssi`.
    private mutating func post(at now: Duration) -> [DeviceAction] {
        guard inFlight == nil, !unit.unreported.isEmpty else { return [] }
        var params = unit.unreported
        for key in ["type", "switch", "battery", "rssi"] { params[key] = unit.hardware.params[key] }
        unit.unreported = [:]
        // Unix seconds, but no two reports alike: a server takes the same `d_seq` for a repetition.
        lastSequence = max(startedAt.advanced(by: now).seconds, lastSequence + 1)
        let report = SensorPost(
            deviceID: identity.deviceID,
            factoryKey: identity.factoryKey,
            deviceSequence: String(lastSequence),
            params: params
        )
        inFlight = report
        attempts = 1
        return [.post(report), .tell(.report(params))]
    }

    private mutating func posted(_ answer: JSONObject?, failure: String?, at now: Duration) -> [DeviceAction] {
        guard let report = inFlight else { return [] }
        guard let answer, let code = answer["error"]?.intValue else {
            let reason = failure ?? "the answer has no error number"
            guard attempts < 2 else {
                inFlight = nil
                unit.unreported = report.params.with(unit.unreported)
                isOnline = false
                return [.tell(.disconnected(reason: reason, retryAfter: settings.readingInterval))]
            }
            attempts += 1
            return [.post(report)]
        }
        inFlight = nil
        guard code == 0 else { return [.tell(.answeredWithError(code))] }
        var actions: [DeviceAction] = isOnline ? [] : [.tell(.online)]
        isOnline = true
        actions += upgrade(answer, at: now)
        return actions + post(at: now)
    }

    // MARK: OTA

    private mutating func upgrade(_ answer: JSONObject, at now: Duration) -> [DeviceAction] {
        guard pendingVersion == nil,
            let request = UpgradeRequest(
                sensorAnswer: answer,
                identity: identity,
                timestamp: startedAt.advanced(by: now).seconds
            )
        else { return [] }
        pendingVersion = request.version
        return [.tell(.upgrading(version: request.version)), .download(request)]
    }

    private mutating func downloaded(failure: String?) -> [DeviceAction] {
        guard let version = pendingVersion else { return [] }
        pendingVersion = nil
        if let failure { return [.tell(.upgradeFailed(reason: failure))] }
        unit.hardware.keep("fwVersion", .string(version))
        unit.unreported["fwVersion"] = .string(version)
        return [.tell(.upgraded(version: version))]
    }

    // MARK: Time

    private func moment(_ now: Duration) -> HardwareMoment {
        HardwareMoment(now: now, wall: startedAt.advanced(by: now))
    }

    private mutating func armHardware(at now: Duration) -> [DeviceAction] {
        guard let due = unit.hardware.nextDue else { return [] }
        let target = min(due, now + DeviceBehaviour.longestHardwareWait)
        if let hardwareDue, hardwareDue <= target { return [] }
        hardwareDue = target
        return [timers.arm(.hardware, after: max(.zero, target - now))]
    }
}
