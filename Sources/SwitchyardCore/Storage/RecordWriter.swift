import CoolkitWire
import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Writes records that nobody waits for: queues them, and stores them in commits of its own.
///
/// It must hold up nobody. To enqueue is one short lock; when the queue is full the oldest records are lost, which is counted and
/// logged once. A commit has at most ``batchSize`` records, so that the commits that devices wait for are never far behind
/// one. Many that have gathered can be sorted by device first: what lies together in the file is then written together. What the
/// store refuses is tried again. What is queued or being written when the process is killed is lost.
final class RecordWriter<Record: QueuedRecord>: Sendable {
    /// Records of one commit.
    static var batchSize: Int { 256 }
    /// Records that are taken out of the queue at a time where they are sorted.
    static var sortedAtOnce: Int { 4_096 }

    private struct State {
        var queue: RecordQueue<Record>
        /// Those who want to read what was queued before they came; as many as there are requests in progress.
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isWriting = false
        /// From the end of `run` on: nobody writes any more.
        var isStopped = false
        /// Records lost since the queue was full; told when there is room again.
        var lost = 0
        /// The store has refused; told once.
        var hasFailed = false
    }

    /// What the records are called in the log.
    private let name: String
    private let lostRecords: Counter
    private let groupsByDevice: Bool
    private let interval: Duration
    private let timer: any Clock<Duration>
    private let logger: Logger
    private let store: @Sendable ([Record]) async -> SwitchyardError?
    private let state: Mutex<State>
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - counter: the metric of lost records.
    ///   - groupsByDevice: whether the order of records of different devices is of no matter.
    ///   - interval: how long a record waits for others at the most, by `timer`.
    ///   - store: writes records in one commit, all or none; `invalidInput` when one of them can never be stored.
    init(
        _ name: String,
        counter: String,
        queue: RecordQueue<Record>,
        groupsByDevice: Bool = false,
        interval: Duration,
        timer: any Clock<Duration>,
        logger: Logger,
        store: @escaping @Sendable ([Record]) async -> SwitchyardError?
    ) {
        self.name = name
        lostRecords = Counter(label: counter)
        self.groupsByDevice = groupsByDevice
        self.interval = interval
        self.timer = timer
        self.logger = logger
        self.store = store
        state = Mutex(State(queue: queue))
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    private var windowSize: Int { groupsByDevice ? Self.sortedAtOnce : Self.batchSize }

    /// Takes a record, on any thread.
    func enqueue(_ record: Record) {
        let (lost, isFirstLoss, isEnough) = state.withLock { state in
            let lost = state.queue.append(record)
            let isFirstLoss = lost > 0 && state.lost == 0
            state.lost += lost
            return (lost, isFirstLoss, state.queue.count == windowSize)
        }
        if isEnough { wake.yield() }
        if lost > 0 { countLost(lost, isFirst: isFirstLoss) }
    }

    private func countLost(_ count: Int, isFirst: Bool) {
        lostRecords.increment(by: count)
        guard isFirst else { return }
        logger.warning("The queue of \(name) is full: the oldest are lost until the store keeps up")
    }

    /// Forgets what is queued of a device that is gone.
    func forget(_ device: DeviceID) { state.withLock { $0.queue.removeAll(of: device) } }

    /// Returns when everything that was queued before is in the store, or was refused by it.
    func flush() async {
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

    /// Writes until the graceful shutdown, and then what is left.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.tick() }
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
        if left > 0 {
            logger.error("Some of the \(name) could not be stored before the end", metadata: ["count": "\(left)"])
        }
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
            let window = state.withLock { $0.queue.take(min(count, windowSize)) }
            guard !window.isEmpty, await write(groupsByDevice ? Self.grouped(window) : window) else { break }
            count -= window.count
        }
        let mustGoOn = state.withLock { state in
            state.isWriting = false
            return !state.waiters.isEmpty
        }
        for waiter in waiters { waiter.resume() }
        if mustGoOn { wake.yield() }
    }

    /// Those of each device one after the other, in their order.
    private static func grouped(_ records: [Record]) -> [Record] {
        Dictionary(grouping: records, by: \.device).flatMap(\.value)
    }

    /// Writes records, a batch in each commit; false when the store is in no state to write: those that are left are queued again.
    private func write(_ records: [Record]) async -> Bool {
        var left = records[...]
        while !left.isEmpty {
            let (count, error) = await write(batch: Array(left.prefix(Self.batchSize)))
            left = left.dropFirst(count)
            if let error {
                putBack(Array(left), because: error)
                return false
            }
        }
        return true
    }

    /// Writes a batch; returns how many of it are done with, and why it were not all.
    private func write(batch: [Record]) async -> (count: Int, error: SwitchyardError?) {
        guard let error = await store(batch) else {
            tellRecovery()
            return (batch.count, nil)
        }
        guard error.code == .invalidInput else { return (0, error) }
        // One record that can never be stored must not hold up the others.
        for (index, record) in batch.enumerated() {
            guard let error = await store([record]) else { continue }
            guard error.code == .invalidInput else { return (index, error) }
            logger.error("One of the \(name) is not fit for the store", metadata: ["error": "\(error)"])
        }
        return (batch.count, nil)
    }

    private func putBack(_ batch: [Record], because error: SwitchyardError) {
        let (lost, isFirstFailure) = state.withLock { state in
            let lost = state.queue.putBack(batch)
            state.lost += lost
            defer { state.hasFailed = true }
            return (lost, !state.hasFailed)
        }
        lostRecords.increment(by: lost)
        if isFirstFailure { logger.error("Not stored: \(name); trying again", metadata: ["error": "\(error)"]) }
    }

    private func tellRecovery() {
        let (lost, hadFailed) = state.withLock { state in
            defer { (state.lost, state.hasFailed) = (0, false) }
            return (state.lost, state.hasFailed)
        }
        if lost > 0 || hadFailed { logger.notice("Written again: \(name)", metadata: ["lost": "\(lost)"]) }
    }
}
