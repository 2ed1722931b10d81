package import Logging
import NIOCore
import ServiceLifecycle

/// Writes messages to accounts: hears of their reasons on the bus, and has them written behind everything else.
///
/// Messages tell of what happened, they are not what happened: those that wait when the process is killed are lost
/// (``RecordWriter``).
package final class MessageRecorder: Service {
    /// Messages that wait at the most.
    package static let queueLimit = 4_096
    /// Bytes that what they tell may take.
    package static let queueBytes = 8_388_608

    private let clock: WallClock
    private let writer: RecordWriter<MessageDraft>

    /// - Parameters:
    ///   - interval: how long a message waits for others at the most, by `timer`.
    ///   - queueLimit: for tests; the rest is ``queueLimit``.
    package init(
        store: any Store,
        settings: ProtocolSettings,
        interval: Duration = .seconds(1),
        queueLimit: Int = MessageRecorder.queueLimit,
        timer: any Clock<Duration> = ContinuousClock(),
        clock: WallClock,
        logger: Logger
    ) {
        self.clock = clock
        writer = RecordWriter(
            "messages to accounts",
            counter: "switchyard_messages_lost_total",
            queue: RecordQueue(maximumCount: queueLimit, maximumBytes: Self.queueBytes),
            interval: interval,
            timer: timer,
            logger: logger
        ) { drafts in
            do throws(SwitchyardError) {
                try await store.appendMessages(drafts.map(\.message), keeping: settings.maximumMessagesPerAccount)
                return nil
            } catch {
                return error
            }
        }
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
            writer.enqueue(MessageDraft(notice, change, at: clock.now))
        case .shareChanged(let change): writer.enqueue(MessageDraft(change, at: clock.now))
        default: break
        }
    }

    /// Returns when everything that was queued before is in the store, or was refused by it.
    package func flush() async { await writer.flush() }

    package func run() async throws { await writer.run() }
}

extension MessageDraft: QueuedRecord {
    var queuedBytes: Int {
        switch subject {
        case .share(let change): change.deviceName.utf8.count
        case .state(let notice, _, _, _): notice.params.readableBytes
        }
    }
}
