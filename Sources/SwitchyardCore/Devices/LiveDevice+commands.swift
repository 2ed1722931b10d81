import Synchronization

/// The way of a command to the device's link.
extension LiveDevice {
    /// More commands than this do not wait for one lost link.
    private static let parkedLimit = 32

    /// Hands the command to the link; parks it while a lost link may come back; else finishes it as offline.
    ///
    /// A sub-device's command takes its gateway's link. Source: `uiid-catalogue.md` §9.
    package func dispatch(_ command: DeviceCommand) {
        guard let gateway else { return route(command) }
        guard state.withLock({ $0.isOnline }) else { return command.finish(.offline) }
        gateway.route(command)
    }

    private func route(_ command: DeviceCommand) {
        enum Route {
            case link(any DeviceLink)
            case parked
            case fail(CommandOutcome)
        }
        let route = state.withLock { state -> Route in
            if let link = state.link { return .link(link) }
            guard state.awaitsReturn else { return .fail(.offline) }
            guard state.parked.count < Self.parkedLimit else { return .fail(.busy) }
            state.parked.append(command)
            return .parked
        }
        switch route {
        case .link(let link): link.deliver(command)
        case .parked: break
        case .fail(let outcome): command.finish(outcome)
        }
    }

    /// A link ended before this command was acked: sends it once more to the device's next session, or fails it.
    ///
    /// Source: `coolkit-websocket.md` §4, second session of the same device.
    /// - Parameter wasWritten: whether the device may have read it. An upgrade is not written twice: a device that drops the link
    ///   after one is likely to be downloading.
    package func commandLost(
        _ command: DeviceCommand,
        wasWritten: Bool = true,
        within grace: Duration,
        at now: MonotonicTime
    ) {
        guard command.kind == .update || !wasWritten, !command.wasResent, now < command.issuedAt.advanced(by: grace)
        else {
            return command.finish(.timedOut)
        }
        var again = command
        again.wasResent = true
        dispatch(again)
    }
}
