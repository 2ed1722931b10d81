import CoolkitWire
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SwitchyardAPI
package import SwitchyardCore
import SwitchyardHub
import SwitchyardSQLite
import SwitchyardTransport
package import UnixSignals

/// A whole server in one process: made once, run once.
///
/// `Switchyard+Assembly.swift` puts the parts together; this is their life. A start opens the store, loads accounts, tokens and
/// devices into memory, binds the listeners and then the admin socket, whose appearance says "ready". A stop goes the other way
/// round: no more commands from the operator, no more connections (peers hear 1001), then what is dirty is written, then the
/// store is closed.
package final class Switchyard: Sendable {
    package let configuration: ServerConfiguration
    package let accounts: AccountService
    package let verification: VerificationService
    package let applications: ApplicationService
    package let oauth: OAuthService
    package let devices: DeviceService
    package let shares: ShareService
    package let commands: DeviceCommands
    package let upgrades: UpgradeService
    package let backups: BackupService
    package let sensors: SensorService
    package let history: HistoryService
    package let thingGroups: ThingGroupService
    package let messages: MessageService
    package let sharing: ShareDesk
    package let registry: DeviceRegistry
    package let sessions: any SessionDirectory
    package let bus: any Bus

    let store: any Store
    let hub: Hub
    private let firmwareLocation: FirmwareLocation
    let stateWriter: StateWriter
    let subDevices: SubDeviceReports
    let timerRunner: TimerRunner?
    let historyRecorder: HistoryRecorder
    let messageRecorder: MessageRecorder
    let timers: LoopTimersGroup
    let listeners: [(name: ServerConfiguration.ListenerName, listener: HTTPListener)]
    let certificates: [TLSContextSource]
    let metricsListeners: [HTTPListener]
    private let memoryReturn: MemoryReturn
    let readiness: Readiness
    /// The time that all parts of the server have.
    package let clock: SteadyClock
    let eventLoops: MultiThreadedEventLoopGroup
    let environment: ServerEnvironment

    /// Opens the store and loads it.
    ///
    /// Nothing listens yet.
    ///
    /// - Throws: what keeps the server from starting, in words for the operator.
    package convenience init(
        _ configuration: ServerConfiguration,
        environment: ServerEnvironment
    ) async throws(SwitchyardError) {
        let store = try SQLiteStore(
            path: configuration.dataDirectory.database,
            mode: .openOrMigrate,
            watchedBy: environment.statementWatch
        )
        try self.init(configuration, environment: environment, store: store)
        do throws(SwitchyardError) {
            try await devices.load()
            try await shares.load()
            sensors.restorePresence()
            try await accounts.load()
            try await applications.load()
            try await upgrades.firmware.load()
        } catch {
            try? await store.close()  // the first error is the one to tell
            throw error
        }
    }

    init(
        _ configuration: ServerConfiguration,
        environment: ServerEnvironment,
        store: any Store
    ) throws(SwitchyardError) {
        let clock = SteadyClock(following: environment.wallClock, elapsed: environment.elapsed)
        var environment = environment
        environment.wallClock = clock.wallClock
        let parts = try Assembly(configuration, environment: environment, steadyClock: clock, store: store)
        self.configuration = configuration
        self.clock = clock
        self.environment = environment
        self.store = store
        accounts = parts.accounts
        verification = parts.verification
        applications = parts.applications
        oauth = parts.oauth
        devices = parts.devices
        shares = parts.shares
        commands = parts.commands
        upgrades = parts.upgrades
        backups = parts.backups
        firmwareLocation = parts.firmwareLocation
        sensors = parts.sensors
        history = parts.history
        thingGroups = parts.thingGroups
        messages = parts.messages
        sharing = parts.hub.shares
        registry = parts.registry
        bus = parts.bus
        hub = parts.hub
        sessions = parts.hub.sessionDirectory
        stateWriter = parts.stateWriter
        subDevices = parts.subDevices
        timerRunner = parts.timerRunner
        historyRecorder = parts.historyRecorder
        messageRecorder = parts.messageRecorder
        timers = parts.timers
        listeners = parts.listeners
        certificates = parts.certificates
        metricsListeners = parts.metricsListeners
        memoryReturn = parts.memoryReturn
        readiness = parts.readiness
        eventLoops = parts.eventLoops
    }

    /// Runs until a signal or the end of the surrounding service group.
    ///
    /// - Parameters:
    ///   - signals: what stops it gracefully.
    ///   - whenReady: called once the admin socket is there, in a task that ends with the server.
    package func run(
        stoppingOn signals: [UnixSignal] = [],
        whenReady: @escaping @Sendable (Switchyard) async throws -> Void = { _ in }
    ) async throws {
        let subscription = hub.subscribe()
        defer { subscription.cancel() }
        let recording = historyRecorder.subscribe(to: bus)
        defer { recording.cancel() }
        let telling = messageRecorder.subscribe(to: bus)
        defer { telling.cancel() }
        var services: [any Service] = [
            stateWriter,
            subDevices,
            hub.shares,
            historyRecorder,
            messageRecorder,
            SensorSweep(sensors: sensors, timers: timers, eventLoop: eventLoops.next()),
            UpgradeKeeping(upgrades: upgrades, bus: bus, logger: environment.logger),
            HourlyCleaning(
                accounts: accounts,
                verification: verification,
                oauth: oauth,
                devices: devices,
                clock: clock,
                logger: environment.logger
            ),
            CertificateReload(sources: certificates, clock: environment.wallClock, logger: environment.logger),
            CertificateWatch(certificates: certificates, clock: environment.wallClock, logger: environment.logger),
            ClockWatch(clock: clock, logger: environment.logger),
            memoryReturn,
            readiness,
        ]
        if let timerRunner { services.append(timerRunner) }
        services += metricsListeners
        services += listeners.map { $0.listener }
        services.append(AdminSocket(server: self, whenReady: whenReady))
        let group = ServiceGroup(
            configuration: .init(
                services: services,
                gracefulShutdownSignals: signals,
                logger: environment.logger
            )
        )
        let outcome: Result<Void, any Error>
        do {
            try await group.run()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await close()
        try outcome.get()
    }

    /// The port a listener is bound to; waits until it is.
    ///
    /// Nil when it is off.
    package func port(of name: ServerConfiguration.ListenerName) async throws -> Int? {
        guard let listener = listeners.first(where: { $0.name == name })?.listener else { return nil }
        return try await listener.boundPort()
    }

    /// The port of `/metrics`; waits until it is bound.
    ///
    /// Nil when it is off.
    package func metricsPort() async throws -> Int? {
        guard let listener = metricsListeners.first else { return nil }
        return try await listener.boundPort()
    }

    /// Waits until every listener is bound; from then on devices can be told where to download.
    func awaitListeners() async throws {
        for listener in metricsListeners { _ = try await listener.boundPort() }
        for (_, listener) in listeners { _ = try await listener.boundPort() }
        for name in [ServerConfiguration.ListenerName.ota, .plain] {
            if let port = try await port(of: name) { firmwareLocation.bind(to: port) }
        }
    }

    private func close() async {
        do {
            try await store.close()
        } catch {
            environment.logger.error("The store could not be closed", metadata: ["error": "\(error)"])
        }
        do {
            try await eventLoops.shutdownGracefully()
        } catch {
            environment.logger.error("The event loops could not be stopped", metadata: ["error": "\(error)"])
        }
    }
}
