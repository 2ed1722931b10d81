import CoolkitWire
package import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Keeps what changes the state of devices: hears it on the bus, queues it, and writes it in commits of its own.
///
/// It must hold up nobody. On the message path an entry is a copy of its params and one short lock; when the queue is full the
/// oldest entries are lost, which is counted and logged once. A commit has at most ``batchSize`` entries, so that the
/// commits that devices wait for are never far behind one. What is queued when the process is killed is lost.
package final class HistoryRecorder: Service {
    /// Entries that wait at the most: about ten seconds of what one core relays.
    package static let queueLimit = 16_384
    /// Bytes that their params may take.
    package static let queueBytes = 8_388_608
    /// Entries of one commit.
    package static let batchSize = 256
    /// Entries that one commit deletes because of their age.
    private static let pruneBatch = 512
    private static let pruneInterval = Duration.seconds(3_600)

    private struct State {
        var queue: HistoryQueue
        /// Those who want to read what was queued before they came; as many as there are requests in progress.
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isWriting = false
        /// From the end of `run` on: nobody writes any more.
        var isStopped = false
        /// Entries lost since the queue was full; told when there is room again.
        var lost = 0
        /// The store has refused; told once.
        var hasFailed = false
    }

    private let store: any Store
    private let settings: HistorySettings
    private let interval: Duration
    private let timer: any Clock<Duration>
    private let clock: WallClock
    private let logger: Logger
    private let state: Mutex<State>
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let lostEntries = Counter(label: "switchyard_history_entries_lost_total")

    /// - Parameters:
    ///   - interval: how long an entry waits for others at the most, by `timer`.
    ///   - queueLimit: for tests; the rest is ``queueLimit``.
    package init(
        store: any Store,
        settings: HistorySettings,
        interval: Duration = .seconds(1),
        queueLimit: Int = HistoryRecorder.queueLimit,
        timer: any Clock<Duration> = ContinuousClock(),
        clock: WallClock,
        logger: Logger
    ) {
        self.store = store
        self.settings = settings
        self.interval = interval
        self.timer = timer
        self.clock = clock
        self.logger = logger
        state = Mutex(State(queue: HistoryQueue(maximumCount: queueLimit, maximumBytes: Self.queueBytes)))
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Begins to hear the bus; a subscription to nothing when the history is switched off.
    package func subscribe(to bus: any Bus) -> BusSubscription {
        guard settings.isEnabled else { return BusSubscription {} }
        return bus.subscribe { [self] event in receive(event) }
    }

    /// Takes an event of the bus, on any thread.
    package func receive(_ event: ServerEvent) {
        switch event {
        case .stateChanged(let change):
            if change.entersHistory { enqueue(HistoryEntry(change, at: clock.now)) }
        case .deviceRemoved(let id, owner: _): state.withLock { $0.queue.removeAll(of: id) }
        default: break
        }
    }

    private func enqueue(_ entry: HistoryEntry) {
        let (lost, isFirstLoss, isBatch) = state.withLock { state in
            let lost = state.queue.append(entry)
            let isFirstLoss = lost > 0 && state.lost == 0
            state.lost += lost
            return (lost, isFirstLoss, state.queue.count == Self.batchSize)
        }
        if isBatch { wake.yield() }
        if lost > 0 { countLost(lost, isFirst: isFirstLoss) }
    }

    private func countLost(_ count: Int, isFirst: Bool) {
        lostEntries.increment(by: count)
        guard isFirst else { return }
        logger.warning("The history's queue is full: its oldest entries are lost until the store keeps up")
    }

    /// Returns when everything that was queued before is in the store, or was refused by it.
    package func flush() async {
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                guard !state.isStopped, state.isWriting || !state.queue.isEmpty else { return false }
                state.waiters.append(continuation)
                return true
            }
            if mustWait { wake.yield() } else { continuation.resume() }
        }
    }

    // MARK: Writing

    package func run() async throws {
        await withTaskGroup { group in
            group.addTask { await self.tick() }
            group.addTask { await self.pruneRegularly() }
            await withGracefulShutdownHandler {
                for await _ in wakes { await writeQueued() }
            } onGracefulShutdown: {
                self.wake.finish()
            }
            group.cancelAll()
        }
        await writeQueued()
        let (waiters, left) = state.withLock { state in
            defer { state.waiters = [] }
            state.isStopped = true
            return (state.waiters, state.queue.count)
        }
        for waiter in waiters { waiter.resume() }
        if left > 0 { logger.error("History could not be stored before the end", metadata: ["entries": "\(left)"]) }
    }

    /// Wakes the writing, again and again until cancelled.
    private func tick() async {
        while !Task.isCancelled {
            // Thrown at the end alone.
            guard (try? await timer.sleep(for: interval)) != nil else { return }
            if state.withLock({ !$0.queue.isEmpty }) { wake.yield() }
        }
    }

    /// Writes what is queued now, and tells those who wait for it; what comes meanwhile is for the next time.
    private func writeQueued() async {
        let (queued, waiters) = state.withLock { state in
            defer { state.waiters = [] }
            state.isWriting = true
            return (state.queue.count, state.waiters)
        }
        var count = queued
        while count > 0 {
            let batch = state.withLock { $0.queue.take(min(count, Self.batchSize)) }
            guard !batch.isEmpty, await write(batch) else { break }
            count -= batch.count
        }
        let mustGoOn = state.withLock { state in
            state.isWriting = false
            return !state.waiters.isEmpty
        }
        for waiter in waiters { waiter.resume() }
        if mustGoOn { wake.yield() }
    }

    /// Writes a batch; false when the store is in no state to write, and then the batch is queued again.
    private func write(_ batch: [HistoryEntry]) async -> Bool {
        guard let error = await append(batch) else {
            tellRecovery()
            return true
        }
        // One entry that can never be stored must not hold up the others.
        if error.code == .invalidInput { return await writeSingly(batch) }
        putBack(batch, because: error)
        return false
    }

    private func writeSingly(_ batch: [HistoryEntry]) async -> Bool {
        for (index, entry) in batch.enumerated() {
            guard let error = await append([entry]) else { continue }
            guard error.code == .invalidInput else {
                putBack(Array(batch[index...]), because: error)
                return false
            }
            logger.error("A history entry is not fit for the store", metadata: ["error": "\(error)"])
        }
        return true
    }

    private func append(_ batch: [HistoryEntry]) async -> SwitchyardError? {
        do throws(SwitchyardError) {
            try await store.appendHistory(batch, keeping: settings.maximumPerDevice)
            return nil
        } catch {
            return error
        }
    }

    private func putBack(_ batch: [HistoryEntry], because error: SwitchyardError) {
        let (lost, isFirstFailure) = state.withLock { state in
            let lost = state.queue.putBack(batch)
            state.lost += lost
            defer { state.hasFailed = true }
            return (lost, !state.hasFailed)
        }
        lostEntries.increment(by: lost)
        if isFirstFailure { logger.error("History not stored; trying again", metadata: ["error": "\(error)"]) }
    }

    private func tellRecovery() {
        let (lost, hadFailed) = state.withLock { state in
            defer { (state.lost, state.hasFailed) = (0, false) }
            return (state.lost, state.hasFailed)
        }
        if lost > 0 || hadFailed { logger.notice("The history is written again", metadata: ["lost": "\(lost)"]) }
    }

    // MARK: Age

    /// Deletes what is too old, at the start and then once an hour, a little with each commit.
    private func pruneRegularly() async {
        while !Task.isCancelled {
            await prune()
            // Thrown at the end alone.
            guard (try? await timer.sleep(for: Self.pruneInterval)) != nil else { return }
        }
    }

    /// Deletes the entries that are older than `maximumAge`.
    package func prune() async {
        let limit = clock.now.advanced(by: .zero - settings.maximumAge)
        do throws(SwitchyardError) {
            while !Task.isCancelled,
                try await store.removeHistory(before: limit, atMost: Self.pruneBatch) == Self.pruneBatch
            {}
        } catch {
            logger.error("Old history could not be removed", metadata: ["error": "\(error)"])
        }
    }
}
