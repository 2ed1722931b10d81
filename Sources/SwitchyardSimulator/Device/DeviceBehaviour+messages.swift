import CoolkitWire

/// The talk after the connection stands.
extension DeviceBehaviour {
    /// Takes a text message: an answer has no `action`, a command has one; anything else is dropped.
    ///
    /// Source: `coolkit-device-side.md` §5, OPL answer handling.
    mutating func received(_ text: String, at now: Duration) -> [DeviceAction] {
        if text == "pong" {
            disarm(.pong)
            return []
        }
        // What is not JSON is no message: firmware drops it, and so does this.
        guard case .object(let message)? = try? JSON(parsing: text) else { return [] }
        if let action = message["action"]?.stringValue { return command(action, message, at: now) }
        guard let code = message["error"]?.intValue else { return [] }
        return answer(code, message, at: now)
    }

    // MARK: Answers

    private mutating func answer(_ code: Int, _ message: JSONObject, at now: Duration) -> [DeviceAction] {
        switch phase {
        case .awaitingRegister: return registered(code, message, at: now)
        case .awaitingDate, .awaitingUpdate, .awaitingTimers:
            guard code == 0 else { return reconnect(because: "the server answered with error \(code)", at: now) }
            return goOn(after: message, at: now)
        case .online:
            guard code == 0 else { return [.tell(.answeredWithError(code))] }
            if message["date"] != nil { heartbeat?.unanswered = 0 }
            return []
        case .idle, .connecting, .stopped: return []
        }
    }

    private mutating func registered(_ code: Int, _ message: JSONObject, at now: Duration) -> [DeviceAction] {
        switch WireCode(rawValue: code) {
        case .ok: break
        case .deviceDeleted:
            hardware.forgetPairing()
            return refused(with: code)
        case .forbidden, .notFound: return refused(with: code)
        default: return reconnect(because: "register was answered with error \(code)", at: now)
        }
        guard let owner = message["apikey"]?.stringValue.flatMap({ APIKey($0) }) else {
            return reconnect(because: "the answer to register has no apikey", at: now)
        }
        self.owner = owner
        heartbeat = DeviceHeartbeat(config: message["config"], settings: settings)
        phase = .awaitingDate
        var actions: [DeviceAction] = [.send(messages.date(owner: owner, at: now))]
        actions.append(arm(.answer, after: settings.answerLimit))
        if let heartbeat {
            actions.append(arm(.heartbeat, after: heartbeat.interval))
            actions.append(arm(.silence, after: heartbeat.silenceLimit))
        }
        return actions
    }

    /// The step of the start-up talk that follows the answer `message`.
    private mutating func goOn(after message: JSONObject, at now: Duration) -> [DeviceAction] {
        guard let owner else { return [] }
        switch phase {
        case .awaitingDate:
            phase = .awaitingUpdate
            unreported = [:]
            let params = hardware.params
            return [
                .send(messages.update(params, owner: owner, at: now)), .tell(.report(params)),
                arm(.answer, after: settings.answerLimit),
            ]
        case .awaitingUpdate where settings.firmware != .opl:
            phase = .awaitingTimers
            return [.send(messages.queryTimers(owner: owner)), arm(.answer, after: settings.answerLimit)]
        default:
            // `params` is the number 0 when nothing is stored. Source: `coolkit-websocket.md` §5.
            if let timers = message["params"]?["timers"] { hardware.keepTimers(timers) }
            phase = .online
            disarm(.answer)
            succeeded()
            return [.tell(.online)] + report(at: now)
        }
    }

    // MARK: Commands

    private mutating func command(_ action: String, _ message: JSONObject, at now: Duration) -> [DeviceAction] {
        guard let owner else { return [] }
        let sequence = message["sequence"]
        switch settings.commandResponse {
        case .acknowledge: break
        case .ignore: return [.tell(.command(message["params"]?.objectValue ?? [:]))]
        case .refuse(let code): return [.send(messages.answer(code, sequence: sequence, owner: owner))]
        }
        guard action == "update", message["deviceid"]?.stringValue == identity.deviceID.rawValue,
            let commands = message["params"].flatMap(Self.objects(in:))
        else {
            return [.send(messages.answer(WireCode.badRequest.rawValue, sequence: sequence, owner: owner))]
        }
        var effect = DeviceHardware.Effect()
        for params in commands {
            let next = hardware.apply(params, at: now)
            for (key, value) in next.changed { effect.changed[key] = value }
            for (key, value) in next.acknowledgement { effect.acknowledgement[key] = value }
        }
        let answer = messages.answer(
            WireCode.ok.rawValue,
            sequence: sequence,
            owner: owner,
            extras: effect.acknowledgement
        )
        return [.send(answer)] + commands.map { .tell(.command($0)) } + changed(effect.changed, at: now)
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
}
