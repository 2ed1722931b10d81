import CoolkitWire

/// The talk after the connection stands.
extension DeviceBehaviour {
    /// Takes a text message: an answer has no `action`, a command has one; anything else is dropped.
    ///
    /// Source: `coolkit-device-side.md` §5, OPL answer handling.
    mutating func received(_ text: String, at now: Duration) -> [DeviceAction] {
        if text == "pong" {
            timers.disarm(.pong)
            return []
        }
        // What is not JSON is no message: firmware drops it, and so does this.
        guard case .object(let message)? = try? JSON(parsing: text) else { return [] }
        if let action = message["action"]?.stringValue { return command(action, message, at: now) }
        guard let code = message["error"]?.intValue else { return [] }
        return answer(code, message, at: now)
    }

    private mutating func answer(_ code: Int, _ message: JSONObject, at now: Duration) -> [DeviceAction] {
        switch phase {
        case .awaitingRegister: return registered(code, message, at: now)
        case .awaitingDate, .awaitingUpdate, .awaitingTimers:
            guard code == 0 else { return reconnect(because: "the server answered with error \(code)", at: now) }
            return goOn(after: message, at: now)
        case .awaitingSubDevices:
            // A server that knows no sub-devices is good for the gateway itself.
            let refusal: [DeviceAction] = code == 0 ? [] : [.tell(.answeredWithError(code))]
            return refusal + online(at: now) + (code == 0 ? subDevicesListed(at: now) : [])
        case .online:
            if code == 0, let listSequence, message["d_seq"] == listSequence { return subDevicesListed(at: now) }
            guard code == 0 else { return [.tell(.answeredWithError(code))] }
            if message["date"] != nil {
                heartbeat?.unanswered = 0
                setClock(message["date"], at: now)
            }
            return reportAnswered(message)
        case .idle, .connecting, .resting, .stopped: return []
        }
    }

    private mutating func registered(_ code: Int, _ message: JSONObject, at now: Duration) -> [DeviceAction] {
        switch WireCode(rawValue: code) {
        case .ok: break
        case .deviceDeleted:
            unit.hardware.forgetPairing(at: moment(now))
            return refused(with: code)
        case .forbidden, .notFound: return refused(with: code)
        default: return reconnect(because: "register was answered with error \(code)", at: now)
        }
        guard let owner = message["apikey"]?.stringValue.flatMap({ APIKey($0) }) else {
            return reconnect(because: "the answer to register has no apikey", at: now)
        }
        self.owner = owner
        heartbeat = DeviceHeartbeat(config: message["config"], keepAlive: keepAlive, settings: settings)
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
            setClock(message["date"], at: now)
            phase = .awaitingUpdate
            let params = fullReport()
            return [
                .send(messages.update(params, owner: owner, at: now)), .tell(.report(params)),
                arm(.answer, after: settings.answerLimit),
            ]
        case .awaitingUpdate where firmware != .opl:
            phase = .awaitingTimers
            return [.send(messages.queryTimers(owner: owner)), arm(.answer, after: settings.answerLimit)]
        case .awaitingTimers where !subUnits.isEmpty:
            keepTimers(of: message, at: now)
            phase = .awaitingSubDevices
            return [.send(subDeviceList(owner: owner, at: now)), arm(.answer, after: settings.answerLimit)]
        default:
            keepTimers(of: message, at: now)
            return online(at: now)
        }
    }

    /// Everything the device knows about itself; `timers` only when they have changed here.
    ///
    /// Source: `coolkit-websocket.md` §5, full report; §9, the server stores timers and answers `query`.
    private mutating func fullReport() -> JSONObject {
        var params = unit.hardware.params
        if unit.unreported["timers"] == nil, firmware != .opl { params["timers"] = nil }
        unit.unreported = [:]
        // The success of an upgrade is told once.
        unit.hardware.keep("only_device", nil)
        return params
    }

    /// Keeps what the server has stored; `params` is the number 0 when that is nothing.
    ///
    /// Source: `coolkit-websocket.md` §5.
    private mutating func keepTimers(of message: JSONObject, at now: Duration) {
        guard let timers = message["params"]?["timers"] else { return }
        unit.hardware.mergeTimers(timers, at: moment(now))
    }

    /// The start-up talk is over.
    private mutating func online(at now: Duration) -> [DeviceAction] {
        phase = .online
        timers.disarm(.answer)
        succeeded()
        var actions: [DeviceAction] = [.tell(.online)]
        if let fault = faults.strike(.flap) { actions.append(arm(.flap, after: fault.up)) }
        for index in subUnits.indices {
            subUnits[index].unreported = subUnits[index].hardware.params
            subUnits[index].isListed = false
        }
        return actions + report(at: now)
    }

    private var keepAlive: DeviceKeepAlive { settings.keepAlive ?? firmware.keepAlive }
}
