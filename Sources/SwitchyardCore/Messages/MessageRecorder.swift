package import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Writes messages to accounts: hears of their reasons on the bus, queues them, and stores them in commits of its own.
///
/// It must hold up nobody, as the history's recorder must not. When the queue is full the oldest messages are lost, which is
/// counted and logged once. What the store refuses is tried again with the next message. What is queued when the process is
/// killed is lost: messages tell of what happened, they are not what happened.
package final class MessageRecorder: Service {
    /// Messages that wait at the most.
    package static let queueLimit = 4_096
    /// Messages of one commit.
    package static let batchSize = 256

    private struct State {
        var queue: [MessageDraft] = []
        /// Those who want to read what was queued before they came; as many as there are requests in progress.
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isWriting = false
        /// From the end of `run` on: nobody writes any more.
        var isStopped = false
        /// Messages lost since the queue was full; told when there is room again.
        var lost = 0
        /// The store has refused; told once.
        var hasFailed = false
    }

    private let store: any Store
    private let settings: ProtocolSettings
    private let limit: Int
    private let clock: WallClock
    private let logger: Logger
    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let lostMessages = Counter(label: "switchyard_messages_lost_total")

    /// - Parameter queueLimit: for tests; the rest is ``queueLimit``.
    package init(
        store: any Store,
        settings: ProtocolSettings,
        queueLimit: Int = MessageRecorder.queueLimit,
        clock: WallClock,
        logger: Logger
    ) {
        self.store = store
        self.settings = settings
        limit = queueLimit
        self.clock = clock
        self.logger = logger
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Begins to hear the bus.
    package func subscribe(to bus: any Bus) -> BusSubscription {
        bus.subscribe { [self] event in receive(event) }
    }

    /// Takes an event of the bus, on any thread.
    package func receive(_ event: ServerEvent) {
        switch event {
        case .stateChanged(let change):
            guard let notice = change.notice else { return }
            enqueue(MessageDraft(notice, change, at: clock.now))
        case .shareChanged(let change): enqueue(MessageDraft(change, at: clock.now))
        default: break
        }
    }

    private func enqueue(_ draft: MessageDraft) {
        let (isLost, isFirstLoss) = state.withLock { state in
            let isLost = state.queue.count >= limit
            if isLost { state.queue.removeFirst(state.queue.count - limit + 1) }
            state.queue.append(draft)
            if isLost { state.lost += 1 }
            return (isLost, isLost && state.lost == 1)
        }
        wake.yield()
        if isLost { lostMessages.increment() }
        if isFirstLoss { logger.warning("The queue of messages is full: the oldest are lost until the store keeps up") }
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
        await withGracefulShutdownHandler {
            for await _ in wakes { await writeQueued() }
        } onGracefulShutdown: {
            self.wake.finish()
        }
        await writeQueued()
        let (waiters, left) = state.withLock { state in
            defer { state.waiters = [] }
            state.isStopped = true
            return (state.waiters, state.queue.count)
        }
        for waiter in waiters { waiter.resume() }
        if left > 0 { logger.error("Messages could not be stored before the end", metadata: ["messages": "\(left)"]) }
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
            let batch = state.withLock { state in
                let batch = Array(state.queue.prefix(min(count, Self.batchSize)))
                state.queue.removeFirst(batch.count)
                return batch
            }
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
    private func write(_ batch: [MessageDraft]) async -> Bool {
        guard let error = await append(batch.map(\.message)) else {
            tellRecovery()
            return true
        }
        putBack(batch, because: error)
        return false
    }

    private func append(_ messages: [AccountMessage]) async -> SwitchyardError? {
        do throws(SwitchyardError) {
            try await store.appendMessages(messages, keeping: settings.maximumMessagesPerAccount)
            return nil
        } catch {
            return error
        }
    }

    private func putBack(_ batch: [MessageDraft], because error: SwitchyardError) {
        let (lost, isFirstFailure) = state.withLock { state in
            state.queue.insert(contentsOf: batch, at: 0)
            let lost = max(0, state.queue.count - limit)
            state.queue.removeFirst(lost)
            state.lost += lost
            defer { state.hasFailed = true }
            return (lost, !state.hasFailed)
        }
        lostMessages.increment(by: lost)
        if isFirstFailure { logger.error("Messages not stored; trying again", metadata: ["error": "\(error)"]) }
    }

    private func tellRecovery() {
        let (lost, hadFailed) = state.withLock { state in
            defer { (state.lost, state.hasFailed) = (0, false) }
            return (state.lost, state.hasFailed)
        }
        if lost > 0 || hadFailed { logger.notice("Messages are written again", metadata: ["lost": "\(lost)"]) }
    }
}
