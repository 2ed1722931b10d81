import CoolkitWire

/// Commands, and the faults that are shown with them.
extension DeviceBehaviour {
    /// The most late answers that are held back; beyond that the oldest is sent early.
    static let maximumLateAnswers = 64

    mutating func command(_ action: String, _ message: JSONObject, at now: Duration) -> [DeviceAction] {
        guard let owner else { return [] }
        let sequence = message["sequence"]
        switch settings.commandResponse {
        case .acknowledge: break
        case .ignore: return [.tell(.command(message["params"]?.objectValue ?? [:]))]
        case .refuse(let code): return [.send(messages.answer(code, sequence: sequence, owner: owner))]
        }
        if let fault = faults.strike(.noack) {
            return [.tell(.fault(fault)), .tell(.command(message["params"]?.objectValue ?? [:]))]
        }
        switch action {
        case "update":
            return faulty(update(message, sequence: sequence, owner: owner, at: now), at: now)
        case "upgrade":
            return upgrade(message, sequence: sequence, owner: owner, at: now)
        default:
            return refusal(of: message, sequence: sequence, owner: owner)
        }
    }

    /// The answer to what the device does not understand or cannot apply.
    ///
    /// Source: `coolkit-device-side.md` §9.10, `coolkit-websocket.md` §7.
    mutating func refusal(of message: JSONObject, sequence: JSON?, owner: APIKey) -> [DeviceAction] {
        let code = WireCode.badRequest.rawValue
        return [.send(messages.answer(code, sequence: sequence, owner: owner, to: subDevice(of: message)?.deviceID))]
    }

    /// Applies, acknowledges at once, then reports what has changed.
    ///
    /// Source: `coolkit-device-side.md` §9.6.
    private mutating func update(
        _ message: JSONObject,
        sequence: JSON?,
        owner: APIKey,
        at now: Duration
    ) -> [DeviceAction] {
        guard let commands = message["params"].flatMap(Self.objects(in:)) else {
            return refusal(of: message, sequence: sequence, owner: owner)
        }
        let index = subUnits.firstIndex { $0.deviceID.rawValue == message["deviceid"]?.stringValue }
        guard index != nil || message["deviceid"]?.stringValue == identity.deviceID.rawValue,
            let effect = apply(commands, toSubDevice: index, at: now)
        else { return refusal(of: message, sequence: sequence, owner: owner) }
        let id = index.map { subUnits[$0].deviceID }
        let answer = messages.answer(
            WireCode.ok.rawValue,
            sequence: sequence,
            owner: owner,
            to: id,
            extras: effect.acknowledgement
        )
        let told = commands.map { params -> DeviceAction in
            .tell(id.map { .subDeviceCommand($0, params) } ?? .command(params))
        }
        return outgoing(answer) + told + happened(effect, subDevice: index, at: now)
    }

    /// Applies all of `commands`, or nothing: `nil` then.
    private mutating func apply(
        _ commands: [JSONObject],
        toSubDevice index: Int?,
        at now: Duration
    ) -> DeviceHardware.Effect? {
        var hardware = index.map { subUnits[$0].hardware } ?? unit.hardware
        var sum = DeviceHardware.Effect()
        for params in commands {
            let effect = hardware.apply(params, at: moment(now))
            guard !effect.isRefused else { return nil }
            for (key, value) in effect.changed { sum.changed[key] = value }
            for (key, value) in effect.acknowledgement { sum.acknowledgement[key] = value }
            sum.found += effect.found
        }
        if let index { subUnits[index].hardware = hardware } else { unit.hardware = hardware }
        return sum
    }

    /// The objects of `params`, which is one or an array of them.
    ///
    /// Source: `coolkit-websocket.md` §6.1.
    private static func objects(in params: JSON) -> [JSONObject]? {
        switch params {
        case .object(let object): return [object]
        case .array(let elements):
            let objects = elements.compactMap(\.objectValue)
            return objects.count == elements.count ? objects : nil
        default: return nil
        }
    }

    private func subDevice(of message: JSONObject) -> DeviceUnit? {
        subUnits.first { $0.deviceID.rawValue == message["deviceid"]?.stringValue }
    }

    // MARK: Faults

    /// A message on its way out, which a fault may cut.
    mutating func outgoing(_ message: JSONObject) -> [DeviceAction] {
        guard let fault = faults.strike(.badjson) else { return [.send(message)] }
        return [.tell(.fault(fault)), .sendText(faults.cut(message))]
    }

    /// What becomes of the actions that follow an `update`; an `upgrade` has faults enough of its own.
    private mutating func faulty(_ actions: [DeviceAction], at now: Duration) -> [DeviceAction] {
        guard phase == .online else { return actions }
        if let fault = faults.strike(.drop) {
            let told = actions.filter { action in
                switch action {
                case .tell(.command), .tell(.subDeviceCommand): true
                default: false
                }
            }
            return [.tell(.fault(fault))] + told
                + reconnect(because: "fault drop", at: now, isAbrupt: true)
        }
        guard let fault = faults.strike(.slow) else { return actions }
        late.append((now + fault.delay, actions))
        late.sort { $0.due < $1.due }
        let early = late.count > Self.maximumLateAnswers ? late.removeFirst().actions : []
        return early + [.tell(.fault(fault)), arm(.lateAnswer, after: max(.zero, late[0].due - now))]
    }

    /// Sends what has been held back long enough.
    mutating func sendLate(at now: Duration) -> [DeviceAction] {
        var actions: [DeviceAction] = []
        while let next = late.first, next.due <= now { actions += late.removeFirst().actions }
        if let next = late.first { actions.append(arm(.lateAnswer, after: next.due - now)) }
        return actions
    }

    /// Goes offline for a while, as a fault wants it.
    mutating func flap(at now: Duration) -> [DeviceAction] {
        guard phase == .online, let fault = faults.strike(.flap) else { return [] }
        return [.tell(.fault(fault))] + reconnect(because: "fault flap", at: now, after: fault.down, isAbrupt: true)
    }
}
