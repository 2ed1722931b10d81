import CoolkitWire
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Runs the timers of devices that never ask for theirs, when `serverTimers` is on.
///
/// Normally a device runs its timers itself. This sends the command instead, through `DeviceCommands` as any other. A timer
/// whose device is offline at its time, or that fell due while the server was away, is not made up for. A `once` timer that
/// ran is disabled in the stored state, and apps hear of it. Source: `coolkit-websocket.md` §9, last rule.
package final class TimerRunner: Service {
    private struct State {
        var table: TimerTable
        /// Devices whose timers have to be read again.
        var changed: Set<DeviceID>
    }

    /// How often the wall clock is looked at.
    private static let interval = Duration.milliseconds(250)

    private let registry: DeviceRegistry
    private let commands: DeviceCommands
    private let writer: StateWriter
    private let bus: any Bus
    private let wallClock: WallClock
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter clock: paces the looks at `wallClock`.
    package init(
        registry: DeviceRegistry,
        commands: DeviceCommands,
        writer: StateWriter,
        bus: any Bus,
        wallClock: WallClock,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.registry = registry
        self.commands = commands
        self.writer = writer
        self.bus = bus
        self.wallClock = wallClock
        self.clock = clock
        self.logger = logger
        state = Mutex(State(table: TimerTable(startingAt: wallClock.now), changed: []))
    }

    /// Ends when the surrounding group shuts down.
    package func run() async throws {
        let subscription = begin()
        defer { subscription.cancel() }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.runDue()
                do {
                    try await self.clock.sleep(for: Self.interval)
                } catch {
                    return
                }
            }
        }
    }

    /// Takes over the timers that are there, and from now on hears of changes until the subscription is cancelled.
    package func begin() -> BusSubscription {
        let subscription = bus.subscribe { [weak self] event in self?.receive(event) }
        let ids = registry.allDevices().map(\.id)
        state.withLock { $0.changed.formUnion(ids) }
        return subscription
    }

    /// Marks what has to be read again; on the publisher's thread, so it does no more than that.
    private func receive(_ event: ServerEvent) {
        switch event {
        case .stateChanged(let change) where change.mentionsTimers:
            state.withLock { _ = $0.changed.insert(change.device) }
        case .deviceAdded(let id, owner: _), .deviceRemoved(let id, owner: _):
            state.withLock { _ = $0.changed.insert(id) }
        default:
            break
        }
    }

    // MARK: Running

    /// Runs what has become due since the last call.
    package func runDue() {
        let now = wallClock.now
        readChanged(at: now)
        let due = state.withLock { $0.table.takeDue(at: now) }
        for item in due where !item.device.queriesTimers { send(item) }
    }

    private func readChanged(at now: UnixTime) {
        let changed = state.withLock { state in
            defer { state.changed = [] }
            return state.changed
        }
        for id in changed {
            guard let device = registry.device(id) else {
                state.withLock { $0.table.remove(id) }
                continue
            }
            let timers = readTimers(of: device, at: now)
            state.withLock { $0.table.set(timers, of: device) }
        }
    }

    /// A countdown without an end gets one, so that it survives a restart.
    private func readTimers(of device: LiveDevice, at now: UnixTime) -> [DeviceTimer] {
        device.timerElements.prefix(DeviceTimer.limit).compactMap { element in
            guard !device.queriesTimers, let started = DeviceTimer.countdown(element, startingAt: now) else {
                return DeviceTimer(element)
            }
            replace(element, with: started, of: device)
            return DeviceTimer(started)
        }
    }

    private func send(_ due: TimerTable.Due) {
        let run = TimerRun { [weak self] outcome in self?.ended(due, outcome) }
        do throws(SwitchyardError) {
            try commands.send(
                due.timer.params(of: due.phase).buffer,
                sequence: nil,
                to: due.device.id,
                from: .operatorOfServer,
                origin: run
            )
        } catch {
            // The device was removed in this very moment.
            logger.debug("Timer not run", metadata: ["deviceid": "\(due.device.id)", "error": "\(error)"])
        }
    }

    private func ended(_ due: TimerTable.Due, _ outcome: CommandOutcome) {
        guard outcome.error == nil else {
            logger.info(
                "Timer not run",
                metadata: ["deviceid": "\(due.device.id)", "reason": "\(outcome.error?.message ?? "")"]
            )
            return
        }
        logger.debug("Timer ran", metadata: ["deviceid": "\(due.device.id)"])
        guard due.timer.isOnce else { return }
        replace(due.timer.element, with: due.timer.disabledElement, of: due.device)
    }

    /// Changes an element of the stored list, unless it has been changed meanwhile, and tells apps.
    private func replace(_ element: JSON, with replacement: JSON, of device: LiveDevice) {
        guard let params = device.replaceTimer(element, with: replacement) else { return }
        writer.storeLater(device)
        bus.publish(
            .stateChanged(
                StateChange(
                    of: device,
                    params: params,
                    source: .command(sequence: nil, actingAPIKey: nil, session: nil),
                    // Neither a report nor a command: the list of timers is put right.
                    entersHistory: false
                )
            )
        )
    }
}

/// The origin of a timer's command.
private final class TimerRun: CommandOrigin {
    private let ended: @Sendable (CommandOutcome) -> Void

    init(_ ended: @escaping @Sendable (CommandOutcome) -> Void) { self.ended = ended }

    func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome) { ended(outcome) }
}

extension StateChange {
    /// Whether the member `timers` may be among the params: a search over their bytes, as this is asked for each change.
    fileprivate var mentionsTimers: Bool {
        let name: StaticString = "\"timers\""
        return params.withUnsafeReadableBytes { bytes in
            guard bytes.count >= name.utf8CodeUnitCount else { return false }
            return (0...(bytes.count - name.utf8CodeUnitCount)).contains { start in
                bytes[start] == name.utf8Start[0]
                    && (1..<name.utf8CodeUnitCount).allSatisfy { bytes[start + $0] == name.utf8Start[$0] }
            }
        }
    }
}
