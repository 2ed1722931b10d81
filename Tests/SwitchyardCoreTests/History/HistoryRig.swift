import CoolkitWire
import GRDB
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import SwitchyardCore
@testable import SwitchyardSQLite

/// A history on a real store, the devices it is about, and clocks that the test moves.
struct HistoryRig: Sendable {
    let store: SQLiteStore
    let clocks = ManualClocks()
    let bus = LocalBus()
    let registry = DeviceRegistry()
    let recorder: HistoryRecorder
    let service: HistoryService

    init(
        store: SQLiteStore,
        settings: HistorySettings = HistorySettings(),
        queueLimit: Int = HistoryRecorder.queueLimit
    ) async throws {
        self.store = store
        for account in [Account.owner, .stranger] { try await store.createAccount(account, passwordHash: "!") }
        recorder = HistoryRecorder(
            store: store,
            settings: settings,
            queueLimit: queueLimit,
            timer: ManualTimer(),
            clock: clocks.wall,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        service = HistoryService(
            store: store,
            registry: registry,
            recorder: recorder,
            settings: settings,
            clock: clocks.wall
        )
    }

    func addDevice(_ id: String = "1") async throws -> LiveDevice {
        let device = Device.sample(DeviceID(unchecked: id))
        try await store.createDevice(device, state: DeviceState(id: device.id))
        let live = try LiveDevice.sample(device)
        registry.insert(live)
        return live
    }

    /// Publishes a change as the hub does.
    func publish(
        _ params: String,
        of device: LiveDevice,
        source: StateChange.Source = .device(deviceSequence: nil, seq: nil),
        entersHistory: Bool = true,
        isByOperator: Bool = false
    ) {
        bus.publish(
            .stateChanged(
                StateChange(
                    of: device,
                    params: ByteBuffer(string: params),
                    source: source,
                    entersHistory: entersHistory,
                    isByOperator: isByOperator
                )
            )
        )
    }

    /// Expects that these params are kept of a device, newest first.
    func expect(
        _ params: [String],
        of device: LiveDevice,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let records = try await service.page(of: device.id, HistoryQuery(limit: 100)).records
        let kept = records.map { String(decoding: $0.entry.params, as: UTF8.self) }
        #expect(kept == params, sourceLocation: sourceLocation)
    }

    /// Runs the recorder for as long as `body` takes, and then stops it gracefully.
    func run(_ body: () async throws -> Void) async throws {
        let subscription = recorder.subscribe(to: bus)
        defer { subscription.cancel() }
        try await withRunning(recorder, body)
    }

    /// Lets the database grow no further, or as it likes.
    func setRoom(isLeft: Bool) async throws { try await store.setRoom(isLeft: isLeft) }
}
