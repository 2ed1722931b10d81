package import CoolkitWire
import Synchronization

/// What a sub-device knows of its gateway and of itself.
struct SubDeviceState: Sendable {
    /// The sub-device's own flag: whether its gateway can reach it.
    ///
    /// Not stored: after a start it counts as reachable until the gateway says otherwise.
    var isReachable = true
    var gatewayIsOnline = false
    /// Which coming or going of the gateway that was.
    var gatewayTransitions: UInt64 = 0
}

/// A sub-device is online when its gateway is and its own flag says so.
///
/// Source: `uiid-catalogue.md` §9.
extension LiveDevice {
    /// Takes over the presence that the gateway has now.
    ///
    /// Nil when that changes nothing, or when a later one was taken over already.
    package func followGateway(at time: UnixTime) -> PresenceChange? {
        guard let gateway else { return nil }
        let (isOnline, transitions, address) = gateway.state.withLock { ($0.isOnline, $0.transitions, $0.address) }
        return state.withLock { state in
            guard transitions >= state.subDevice.gatewayTransitions else { return nil }
            state.subDevice.gatewayIsOnline = isOnline
            state.subDevice.gatewayTransitions = transitions
            if isOnline { state.address = address }
            return updatePresence(in: &state, at: time)
        }
    }

    /// Takes over what the gateway said of the sub-device itself.
    ///
    /// Nil when that changes nothing.
    package func setReachable(_ isReachable: Bool, at time: UnixTime) -> PresenceChange? {
        guard gateway != nil else { return nil }
        return state.withLock { state in
            state.subDevice.isReachable = isReachable
            return updatePresence(in: &state, at: time)
        }
    }

    private func updatePresence(in state: inout State, at time: UnixTime) -> PresenceChange? {
        let isOnline = state.subDevice.isReachable && state.subDevice.gatewayIsOnline && !state.isRemoved
        guard isOnline != state.isOnline else { return nil }
        state.isOnline = isOnline
        if isOnline { state.onlineTime = time } else { state.offlineTime = time }
        state.revision += 1
        return presence(of: state, at: time)
    }
}
