import CoolkitWire
package import Logging
import ServiceLifecycle

/// Keeps what changes the state of devices: hears it on the bus, and has it written behind everything else.
///
/// On the message path an entry is a copy of its params and one short lock (``RecordWriter``).
package final class HistoryRecorder: Service {
    /// Entries that wait at the most: about ten seconds of what one core relays.
    package static let queueLimit = 16_384
    /// Bytes that their params may take; as many again may be on their way into the store.
    package static let queueBytes = 8_388_608
    /// Entries that one commit deletes because of their age.
    private static let pruneBatch = 512
    private static let pruneInterval = Duration.seconds(3_600)

    private let store: any Store
    private let settings: HistorySettings
    private let timer: any Clock<Duration>
    private let clock: WallClock
    private let logger: Logger
    private let writer: RecordWriter<HistoryEntry>

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
        self.timer = timer
        self.clock = clock
        self.logger = logger
        writer = RecordWriter(
            "history entries",
            counter: "switchyard_history_entries_lost_total",
            queue: RecordQueue(maximumCount: queueLimit, maximumBytes: Self.queueBytes),
            groupsByDevice: true,
            interval: interval,
            timer: timer,
            logger: logger
        ) { entries in
            do throws(SwitchyardError) {
                try await store.appendHistory(entries, keeping: settings.maximumPerDevice)
                return nil
            } catch {
                return error
            }
        }
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
            if change.entersHistory { writer.enqueue(HistoryEntry(change, at: clock.now)) }
        case .deviceRemoved(let id, owner: _): writer.forget(id)
        default: break
        }
    }

    /// Returns when everything that was queued before is in the store, or was refused by it.
    package func flush() async { await writer.flush() }

    package func run() async throws {
        await withTaskGroup { group in
            group.addTask { await self.pruneRegularly() }
            await writer.run()
            group.cancelAll()
        }
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

extension HistoryEntry: QueuedRecord {
    var queuedBytes: Int { params.count }
}
