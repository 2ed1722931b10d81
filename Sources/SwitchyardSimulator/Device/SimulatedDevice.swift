package import CoolkitWire
import NIOCore
import Synchronization

/// A device that runs: its behaviour with a clock and a network.
///
/// `run` does everything, in one task group: no task and no connection outlives it. What happens is told to the closure
/// given, and kept for `nextEvent`.
package final class SimulatedDevice: Sendable {
    /// How a run ended.
    package enum End: Sendable, Hashable {
        case cancelled
        /// `register` was refused with this error: 403, 404 or 415.
        case refused(Int)
    }

    /// What the run loop waits for.
    private enum Arrival: Sendable {
        case input(DeviceInput)
        case opened(attempt: Int, WebSocketConnection)
    }

    /// The most frames and local changes that may wait for the run loop.
    private static let maximumWaiting = 256
    /// The most events kept for `nextEvent` unless told otherwise; beyond that the newest are not kept.
    package static let maximumKeptEvents = 1_024

    package let identity: SimulatedDeviceIdentity
    private let settings: DeviceSettings
    private let firmware: DeviceFirmware
    private let network: DeviceNetwork
    private let clock: any Clock<Duration>
    private let startedAt: UnixTime
    private let onEvent: @Sendable (SimulatedDeviceEvent) -> Void
    private let mailbox = Inbox<Arrival>(capacity: maximumWaiting)
    private let events: Inbox<SimulatedDeviceEvent>
    private let lastParams: Mutex<JSONObject>
    private let currentConnection = Mutex<WebSocketConnection?>(nil)

    /// - Parameters:
    ///   - startedAt: the wall time of power-on, from which `d_seq` is made; `nil` is now.
    ///   - keptEvents: how many events are kept for `nextEvent`.
    ///   - onEvent: is called in the run loop, in order; it must not block.
    package init(
        _ identity: SimulatedDeviceIdentity,
        settings: DeviceSettings = DeviceSettings(),
        network: DeviceNetwork,
        clock: any Clock<Duration> = ContinuousClock(),
        startedAt: UnixTime? = nil,
        keptEvents: Int = maximumKeptEvents,
        onEvent: @escaping @Sendable (SimulatedDeviceEvent) -> Void = { _ in }
    ) {
        self.identity = identity
        self.settings = settings
        firmware = settings.firmware ?? identity.kind.family.firmware
        self.network = network
        self.clock = clock
        self.startedAt = startedAt ?? .now
        self.onEvent = onEvent
        events = Inbox(capacity: keptEvents)
        lastParams = Mutex(DeviceUnit(identity, seed: settings.seed).hardware.params)
    }

    /// Everything the device knows about itself.
    package var params: JSONObject { lastParams.withLock { $0 } }

    /// Presses the button: `params` change now, and are reported when the device is online.
    ///
    /// - Returns: false when the device does not run any more, or so many changes wait that this one is dropped.
    @discardableResult
    package func localChange(_ params: JSONObject) -> Bool { mailbox.deliver(.input(.changedLocally(params))) }

    /// Cuts the connection, as a router does that loses power; the device notices and comes back.
    package func cutConnection() { currentConnection.withLock { $0 }?.abort() }

    /// The next event that `wants` accepts, taken out; earlier ones stay for others.
    ///
    /// - Throws: `SimulatorError` when none comes within `limit`, or the run has ended.
    package func nextEvent(
        within limit: Duration = .seconds(10),
        where wants: @escaping @Sendable (SimulatedDeviceEvent) -> Bool = { _ in true }
    ) async throws -> SimulatedDeviceEvent {
        try await withDeadline(limit, waitingFor: "an event of device \(identity.deviceID)") { [events] in
            try await events.next(where: wants)
        }
    }

    /// Waits until the start-up talk is over.
    package func waitUntilOnline(within limit: Duration = .seconds(10)) async throws {
        _ = try await nextEvent(within: limit) { $0 == .online }
    }

    /// Lives until the task is cancelled or `register` is refused.
    ///
    /// Call it once.
    @discardableResult
    package func run() async -> End {
        let stopwatch = Stopwatch(clock)
        let end = await withDiscardingTaskGroup(returning: End.self) { group in
            defer { group.cancelAll() }
            return await live(stopwatch, &group)
        }
        mailbox.finish()
        events.finish(throwing: SimulatorError(.connectionClosed, "device \(identity.deviceID) runs no more"))
        // What arrived too late to be taken out.
        for case .opened(_, let connection) in mailbox.drain() { await connection.close() }
        return end
    }

    private func live(_ stopwatch: Stopwatch, _ group: inout DiscardingTaskGroup) async -> End {
        var behaviour = makeConduct()
        var connection: WebSocketConnection?
        var end = End.cancelled
        var arrival: Arrival? = .input(.started)
        while let next = arrival {
            let input: DeviceInput
            switch next {
            case .input(let given): input = given
            case .opened(let attempt, let opened):
                connection = opened
                currentConnection.withLock { $0 = opened }
                input = .connected(attempt: attempt)
            }
            for action in behaviour.handle(input, at: stopwatch.elapsed()) {
                lastParams.withLock { $0 = behaviour.params }
                if case .stop(let code) = action { end = .refused(code) }
                perform(action, on: connection, &group)
            }
            lastParams.withLock { $0 = behaviour.params }
            guard end == .cancelled else { break }
            // Cancellation is the only way for this to fail before the mailbox is finished.
            arrival = try? await mailbox.next { _ in true }
        }
        await connection?.close()
        return end
    }

    private func makeConduct() -> any DeviceConduct {
        if firmware == .oplHTTPS {
            HTTPSensorBehaviour(identity: identity, settings: settings, startedAt: startedAt)
        } else {
            DeviceBehaviour(identity: identity, settings: settings, startedAt: startedAt)
        }
    }

    private func perform(
        _ action: DeviceAction,
        on connection: WebSocketConnection?,
        _ group: inout DiscardingTaskGroup
    ) {
        switch action {
        case .connect(let attempt, let dispatch):
            group.addTask { await self.connect(attempt: attempt, dispatch: dispatch) }
        case .send(let message): connection?.post(JSON.object(message).text)
        case .sendText(let text): connection?.post(text)
        case .sendTextPing: connection?.post("ping")
        case .sendPing: connection?.postPing()
        case .close:
            guard let connection else { return }
            group.addTask { await connection.close() }
        case .abort: connection?.abort()
        case .download(let request): group.addTask { await self.download(request) }
        case .post(let report): group.addTask { await self.post(report) }
        case .setTimer(let timer, let wait):
            group.addTask { [clock, mailbox] in
                // Cancelled at the end of the run; then nobody waits for the timer.
                guard (try? await clock.sleep(for: wait)) != nil else { return }
                _ = mailbox.deliver(.input(.timerFired(timer)), isVital: true)
            }
        case .tell(let event):
            onEvent(event)
            _ = events.deliver(event)
        case .stop: break
        }
    }

    private func connect(attempt: Int, dispatch: JSONObject) async {
        do {
            let connection = try await network.connect(dispatch: dispatch, firmware: firmware) {
                [mailbox] event in
                let isEnd = if case .closed = event { true } else { false }
                return mailbox.deliver(.input(.arrived(attempt: attempt, event)), isVital: isEnd)
            }
            guard mailbox.deliver(.opened(attempt: attempt, connection), isVital: true) else {
                return await connection.close()
            }
            // Had it been closed before it was known, nobody would learn of it.
            guard !connection.channel.isActive else { return }
            _ = mailbox.deliver(.input(.arrived(attempt: attempt, .closed(code: nil))), isVital: true)
        } catch {
            let reason = String(describing: error)
            _ = mailbox.deliver(.input(.connectionFailed(attempt: attempt, reason: reason)), isVital: true)
        }
    }
}

extension SimulatedDevice {
    private func download(_ request: UpgradeRequest) async {
        var failure: String?
        do {
            try await UpgradeDownload(request: request).run()
        } catch {
            failure = String(describing: error)
        }
        _ = mailbox.deliver(.input(.downloaded(failure: failure)), isVital: true)
    }

    private func post(_ report: SensorPost) async {
        var answer: JSONObject?
        var failure: String?
        do {
            answer = try await network.post(report)
        } catch {
            failure = String(describing: error)
        }
        _ = mailbox.deliver(.input(.posted(answer: answer, failure: failure)), isVital: true)
    }
}

/// Measures the time since it was made, with any clock.
private struct Stopwatch: Sendable {
    let elapsed: @Sendable () -> Duration

    init(_ clock: some Clock<Duration>) {
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
    }
}
