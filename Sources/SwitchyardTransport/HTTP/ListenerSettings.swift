import Synchronization

/// What all connections of one listener share.
final class ListenerSettings: Sendable {
    let configuration: HTTPListenerConfiguration
    let admit: WebSocketAdmission
    let timers: LoopTimersGroup
    let connections: ConnectionLimiter
    private let stopping = Atomic(false)

    init(
        configuration: HTTPListenerConfiguration,
        admit: @escaping WebSocketAdmission,
        timers: LoopTimersGroup,
        connections: ConnectionLimiter
    ) {
        self.configuration = configuration
        self.admit = admit
        self.timers = timers
        self.connections = connections
    }

    /// Whether the listener is to take on nothing new.
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func stop() { stopping.store(true, ordering: .releasing) }
}
