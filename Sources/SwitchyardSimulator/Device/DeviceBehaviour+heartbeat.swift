import CoolkitWire

/// How often a device shows that it is alive, and when it takes the server for dead.
struct DeviceHeartbeat: Sendable, Hashable {
    let kind: DeviceKeepAlive
    let interval: Duration
    let silenceLimit: Duration
    /// `date` messages sent since the last answer to one.
    var unanswered = 0

    /// Reads `config` of the answer to `register`; `nil` when the server wants no heartbeat.
    ///
    /// Pings go out every hbInterval + 7 s, every 90 s when no hbInterval came; `date` every (hbInterval - 60) / 2 s.
    /// Source: `coolkit-device-side.md` §9.5, `coolkit-websocket.md` §3.
    init?(config: JSON?, keepAlive kind: DeviceKeepAlive, settings: DeviceSettings) {
        guard config?["hb"]?.intValue ?? 1 != 0 else { return nil }
        let interval = config?["hbInterval"]?.intValue
        switch (kind, interval) {
        case (.date, let seconds): self.interval = .seconds(max(1, ((seconds ?? 90) - 60) / 2))
        case (_, let seconds?): self.interval = .seconds(max(1, seconds) + 7)
        case (_, nil): self.interval = .seconds(90)
        }
        self.kind = kind
        // Assumption: a server with a longer interval than usual also means longer silence to be normal. A capture of a
        // device with an hbInterval above 153 s would settle it.
        silenceLimit = max(settings.silenceLimit, self.interval + settings.pongLimit + settings.pongLimit)
    }
}

extension DeviceBehaviour {
    /// Sends the heartbeat that is due.
    mutating func beat(at now: Duration) -> [DeviceAction] {
        guard var heartbeat, let owner else { return [] }
        var actions = [arm(.heartbeat, after: heartbeat.interval)]
        switch heartbeat.kind {
        case .controlPing: actions += [.sendPing, arm(.pong, after: settings.pongLimit)]
        case .textPing: actions += [.sendTextPing, arm(.pong, after: settings.pongLimit)]
        case .date:
            // During the start-up talk its messages show that the device is alive.
            guard phase == .online else { return actions }
            // Source: `coolkit-device-side.md` §5: two failed rounds and it reconnects.
            guard heartbeat.unanswered < 2 else { return reconnect(because: "date was not answered twice", at: now) }
            heartbeat.unanswered += 1
            self.heartbeat = heartbeat
            actions.append(.send(messages.date(owner: owner, at: now)))
        }
        return actions
    }

    /// Reconnects after too long a silence, else waits for the rest of the limit.
    mutating func checkSilence(at now: Duration) -> [DeviceAction] {
        guard let heartbeat else { return [] }
        let rest = heartbeat.silenceLimit - (now - lastArrival)
        guard rest > .zero else {
            return reconnect(because: "nothing came for \(heartbeat.silenceLimit)", at: now)
        }
        return [arm(.silence, after: rest)]
    }
}
