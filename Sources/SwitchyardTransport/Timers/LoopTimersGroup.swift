package import Logging
package import NIOCore
package import SwitchyardCore
import Synchronization

/// The timers of every event loop in use, made when a loop first asks.
package final class LoopTimersGroup: Sendable {
    /// What each loop has of its own.
    struct LoopParts {
        let timers: LoopTimers
        let flushes: FlushQueue
        let load: LoopLoad
        let handshakes: HandshakeAdmission
        let slowRequests: SlowRequests
        let overdue: OverdueConnections
    }

    package let clock: MonotonicClock
    private let handshakes: HandshakeLimits
    private let loadClock: MonotonicClock
    private let logger: Logger?
    private let parts = Mutex<[ObjectIdentifier: NIOLoopBound<LoopParts>]>([:])

    /// - Parameters:
    ///   - handshakes: how many TLS handshakes each loop works on.
    ///   - loadClock: the machine's own time, by which loops are behind, whatever the server takes for the time.
    ///   - logger: told of connections that are dropped before their handshake, and of loops that are behind.
    package init(
        clock: MonotonicClock = .system,
        handshakes: HandshakeLimits = HandshakeLimits(),
        loadClock: MonotonicClock = .system,
        logger: Logger? = nil
    ) {
        self.clock = clock
        self.handshakes = handshakes
        self.loadClock = loadClock
        self.logger = logger
    }

    /// The timers of `eventLoop`; to be called on that loop.
    package func timers(for eventLoop: any EventLoop) -> LoopTimers { loopParts(for: eventLoop).timers }

    func loopParts(for eventLoop: any EventLoop) -> LoopParts {
        eventLoop.preconditionInEventLoop()
        let bound = parts.withLock { parts in
            // The entry keeps its loop alive, so the identifier cannot come to mean another loop.
            let key = ObjectIdentifier(eventLoop)
            if let existing = parts[key] { return existing }
            let made = NIOLoopBound(makeParts(for: eventLoop), eventLoop: eventLoop)
            parts[key] = made
            return made
        }
        return bound.value
    }

    private func makeParts(for eventLoop: any EventLoop) -> LoopParts {
        let timers = LoopTimers(eventLoop: eventLoop, clock: clock)
        let chores = LoopChores(eventLoop: eventLoop, clock: clock)
        let load = LoopLoad(clock: loadClock, eventLoop: eventLoop, logger: logger)
        return LoopParts(
            timers: timers,
            flushes: FlushQueue(eventLoop: eventLoop),
            load: load,
            handshakes: HandshakeAdmission(
                limits: handshakes,
                clock: clock,
                chores: chores,
                load: load,
                logger: logger
            ),
            slowRequests: SlowRequests(timers: timers, chores: chores),
            overdue: OverdueConnections(chores: chores)
        )
    }
}
