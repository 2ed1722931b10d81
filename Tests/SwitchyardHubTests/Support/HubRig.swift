import CoolkitWire
import Foundation
import Logging
import NIOCore
import NIOEmbedded
import SwitchyardSQLite
import SwitchyardTransport
import Synchronization

@testable import SwitchyardCore
@testable import SwitchyardHub

/// A hub on one embedded event loop, with one account, and clocks that the test moves.
///
/// Its store is real but idle: nothing here waits for a commit, so the tests are synchronous.
final class HubRig {
    static let account = AccountID(.random(at: time))
    static let apiKey = APIKey(unchecked: "aaaa1111-bbbb-4ccc-8ddd-eeee22220001")
    static let factoryKey = APIKey(unchecked: "d0d0d0d0-1111-4222-8333-444455550001")
    static let deviceID = DeviceID(unchecked: "1000a1b2c3")
    static let time = UnixTime(milliseconds: 1_700_000_000_000)

    let loop = EmbeddedEventLoop()
    let hub: Hub
    let registry = DeviceRegistry()
    let tokens = TokenTable()
    let bus = LocalBus()
    let timers: LoopTimersGroup
    private let elapsed: Elapsed
    private let subscription: BusSubscription
    private let folder: URL

    private final class Elapsed: Sendable {
        let duration = Mutex(Duration.zero)
        var value: Duration { duration.withLock { $0 } }
    }

    init(_ change: (inout ProtocolSettings) -> Void = { _ in }) throws {
        var settings = ProtocolSettings()
        change(&settings)
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchyard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let store = try SQLiteStore(path: folder.appendingPathComponent("switchyard.sqlite").path, mode: .openOrMigrate)
        let elapsed = Elapsed()
        self.elapsed = elapsed
        let wallClock = WallClock { Self.time.advanced(by: elapsed.value) }
        let clock = MonotonicClock { MonotonicTime(milliseconds: 1_000_000).advanced(by: elapsed.value) }
        timers = LoopTimersGroup(clock: clock, loadClock: clock)
        let writer = StateWriter(
            store: store,
            flushInterval: .seconds(1),
            logger: Self.logger,
            deliver: Hub.deliver
        )
        let devices = DeviceService(
            store: store,
            registry: registry,
            bus: bus,
            settings: settings,
            clock: wallClock
        )
        let commands = DeviceCommands(registry: registry, settings: settings, clock: clock)
        hub = Hub(
            registry: registry,
            accounts: AccountService(
                store: store,
                tokens: tokens,
                hasher: PasswordHasher(),
                limits: LoginLimits(
                    perAccount: AttemptRate(limit: 10, per: .seconds(60)),
                    perAddress: AttemptRate(limit: 10, per: .seconds(60)),
                    credentials: AttemptRate(limit: 10, per: .seconds(60)),
                    clock: clock,
                    logger: Logger(label: "test")
                ),
                registry: registry,
                bus: bus,
                settings: settings,
                clock: wallClock
            ),
            commands: commands,
            shares: ShareService(
                store: store,
                registry: registry,
                bus: bus,
                settings: settings,
                clock: wallClock
            ),
            upgrades: UpgradeService(
                firmware: FirmwareService(
                    store: store,
                    folder: FirmwareFolder(path: folder.appendingPathComponent("firmware").path),
                    settings: FirmwareSettings(),
                    clock: wallClock
                ),
                tracker: UpgradeTracker(bus: bus, clock: clock, logger: Self.logger),
                registry: registry,
                commands: commands,
                location: FirmwareLocation(host: nil, port: nil)
            ),
            writer: writer,
            subDevices: SubDeviceReports(devices: devices, writer: writer, bus: bus, logger: Self.logger),
            bus: bus,
            ids: DeviceGuessLimits(settings, clock: clock).ids,
            settings: settings,
            wallClock: wallClock,
            clock: clock,
            timers: timers,
            logger: Self.logger
        )
        subscription = hub.subscribe()
    }

    deinit {
        subscription.cancel()
        try? FileManager.default.removeItem(at: folder)  // A folder left in /tmp harms no test.
    }

    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Moves both clocks, which any thread may ask.
    var pass: @Sendable (Duration) -> Void {
        { [elapsed] duration in elapsed.duration.withLock { $0 += duration } }
    }

    /// Moves both clocks and lets the timers see it.
    func advance(by duration: Duration) {
        pass(duration)
        loop.advanceTime(by: .milliseconds(LoopTimers.slotMilliseconds))
    }

    /// Makes a token that is good until `lifetime` from the start.
    func addToken(_ token: String, lifetime: Duration = .days(30)) {
        tokens.insert(
            AccessGrant(
                accountID: Self.account,
                apiKey: Self.apiKey,
                appID: AppID(unchecked: "app"),
                login: .random(at: Self.time),
                expiresAt: Self.time.advanced(by: lifetime)
            ),
            for: TokenHash(of: token)
        )
    }

    /// Makes a device that is in the registry.
    func addDevice(_ id: DeviceID = HubRig.deviceID, options: DeviceOptions = DeviceOptions()) throws -> LiveDevice {
        let live = try Self.makeDevice(id, options: options)
        registry.insert(live)
        return live
    }

    static func makeDevice(
        _ id: DeviceID = HubRig.deviceID,
        options: DeviceOptions = DeviceOptions()
    ) throws -> LiveDevice {
        let device = Device(
            id: id,
            objectID: .random(at: Self.time),
            factoryRecordID: .random(at: Self.time),
            owner: Self.account,
            ownerAPIKey: Self.apiKey,
            credential: .key(Self.factoryKey),
            name: "Lamp",
            facts: DeviceFacts(uiid: 1),
            options: options,
            addedUnder: nil,
            createdAt: Self.time
        )
        return try LiveDevice(device, state: DeviceState(id: device.id))
    }

    func removeDevice() {
        registry.remove(
            Self.deviceID,
            leaving: DeletedDevice(
                id: Self.deviceID,
                factoryKey: Self.factoryKey,
                owner: nil,
                timesTold: 0,
                deletedAt: Self.time
            )
        )
    }

    // MARK: Sockets

    func connect() throws -> HubSocket { try HubSocket(self) }

    /// A socket after `userOnline`.
    func connectApp(token: String) throws -> HubSocket {
        let socket = try connect()
        try socket.send(
            "{\"action\":\"userOnline\",\"at\":\"\(token)\",\"apikey\":\"\(Self.apiKey)\",\"sequence\":\"1\"}"
        )
        return socket
    }

    /// A socket after the `register` of this device.
    func connect(registering id: String, key: String) throws -> HubSocket {
        let socket = try connect()
        try socket.register(deviceID: id, key: key)
        return socket
    }

    /// A socket after `register`.
    func connectDevice() throws -> HubSocket {
        let socket = try connect()
        try socket.register()
        return socket
    }
}
