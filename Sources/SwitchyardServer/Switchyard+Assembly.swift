import CoolkitWire
import Logging
import NIOCore
import NIOPosix
import SwitchyardAPI
import SwitchyardCore
import SwitchyardHub
import SwitchyardTransport

extension Switchyard {
    /// The parts of a server, put together.
    ///
    /// Nothing runs yet.
    struct Assembly {
        let accounts: AccountService
        let verification: VerificationService
        let applications: ApplicationService
        let oauth: OAuthService
        let devices: DeviceService
        let shares: ShareService
        let commands: DeviceCommands
        let upgrades: UpgradeService
        let firmwareLocation: FirmwareLocation
        let backups: BackupService
        let registry = DeviceRegistry()
        let bus: any Bus = LocalBus()
        let stateWriter: StateWriter
        let subDevices: SubDeviceReports
        /// Nil unless `serverTimers` is on.
        let timerRunner: TimerRunner?
        let sensors: SensorService
        let historyRecorder: HistoryRecorder
        let history: HistoryService
        let thingGroups: ThingGroupService
        let messageRecorder: MessageRecorder
        let messages: MessageService
        let timers: LoopTimersGroup
        let hub: Hub
        let listeners: [(name: ServerConfiguration.ListenerName, listener: HTTPListener)]
        let certificates: [TLSContextSource]
        let metricsListeners: [HTTPListener]
        let memoryReturn: MemoryReturn
        let readiness = Readiness()
        let eventLoops: MultiThreadedEventLoopGroup

        init(
            _ configuration: ServerConfiguration,
            environment: ServerEnvironment,
            steadyClock: SteadyClock,
            store: any Store
        ) throws(SwitchyardError) {
            let settings = configuration.protocolSettings
            var handshakes = HandshakeLimits()
            handshakes.perTurn = configuration.limits.handshakesPerTurn
            timers = LoopTimersGroup(clock: environment.clock, handshakes: handshakes, logger: environment.logger)
            accounts = AccountService(
                store: store,
                tokens: TokenTable(),
                hasher: PasswordHasher(cost: environment.passwordCost),
                limits: LoginLimits(configuration.limits, clock: environment.clock, logger: environment.logger),
                registry: registry,
                bus: bus,
                settings: settings,
                clock: environment.wallClock
            )
            applications = ApplicationService(store: store, accounts: accounts, clock: environment.wallClock)
            oauth = OAuthService(
                store: store,
                accounts: accounts,
                applications: applications,
                clock: environment.wallClock
            )
            devices = DeviceService(
                store: store,
                registry: registry,
                bus: bus,
                settings: settings,
                clock: environment.wallClock
            )
            shares = ShareService(
                store: store,
                registry: registry,
                bus: bus,
                settings: settings,
                clock: environment.wallClock
            )
            commands = DeviceCommands(registry: registry, settings: settings, clock: environment.clock)
            firmwareLocation = configuration.firmwareLocation
            upgrades = UpgradeService(
                firmware: FirmwareService(
                    store: store,
                    folder: FirmwareFolder(path: configuration.dataDirectory.firmware),
                    settings: configuration.firmware,
                    clock: environment.wallClock
                ),
                tracker: UpgradeTracker(bus: bus, clock: environment.clock, logger: environment.logger),
                registry: registry,
                commands: commands,
                location: firmwareLocation
            )
            backups = BackupService(
                store: store,
                places: configuration.dataDirectory.backupPlaces,
                clock: environment.wallClock
            )
            stateWriter = StateWriter(
                store: store,
                flushInterval: settings.stateFlushInterval,
                logger: environment.logger,
                deliver: Hub.deliver
            )
            subDevices = SubDeviceReports(
                devices: devices,
                writer: stateWriter,
                bus: bus,
                logger: environment.logger
            )
            timerRunner =
                settings.serverTimers
                ? TimerRunner(
                    registry: registry,
                    commands: commands,
                    writer: stateWriter,
                    bus: bus,
                    wallClock: environment.wallClock,
                    logger: environment.logger
                ) : nil
            sensors = SensorService(
                registry: registry,
                writer: stateWriter,
                bus: bus,
                guesses: DeviceGuessLimits(settings, clock: environment.clock),
                settings: settings,
                clock: environment.wallClock,
                logger: environment.logger
            )
            historyRecorder = HistoryRecorder(
                store: store,
                settings: configuration.history,
                clock: environment.wallClock,
                logger: environment.logger
            )
            history = HistoryService(
                store: store,
                registry: registry,
                recorder: historyRecorder,
                settings: configuration.history,
                clock: environment.wallClock
            )
            thingGroups = ThingGroupService(
                store: store,
                registry: registry,
                commands: commands,
                settings: settings,
                clock: environment.wallClock
            )
            messageRecorder = MessageRecorder(
                store: store,
                settings: settings,
                clock: environment.wallClock,
                logger: environment.logger
            )
            messages = MessageService(store: store, recorder: messageRecorder)
            hub = Hub(
                registry: registry,
                accounts: accounts,
                commands: commands,
                shares: shares,
                upgrades: upgrades,
                writer: stateWriter,
                subDevices: subDevices,
                bus: bus,
                ids: sensors.guesses.ids,
                settings: settings,
                wallClock: environment.wallClock,
                clock: environment.clock,
                timers: timers,
                logger: environment.logger
            )
            eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: configuration.limits.eventLoopThreads)
            verification = VerificationService(
                store: store,
                mail: try configuration.mail.delivery(
                    group: eventLoops,
                    clock: environment.wallClock,
                    logger: environment.logger
                ),
                accounts: accounts,
                limits: VerificationLimits(
                    perAddressAndHour: configuration.limits.codesPerAddress,
                    inAllPerDay: configuration.limits.codesPerDay
                ),
                settings: settings,
                clock: environment.wallClock,
                logger: environment.logger
            )
            let files = ServerCertificates(configuration)
            try files.makeMissing(at: environment.wallClock.now, logger: environment.logger)
            let certificateName = try files.publicName()
            let api = CoolkitAPI(
                accounts: accounts,
                verification: verification,
                applications: applications,
                oauth: oauth,
                devices: devices,
                commands: commands,
                upgrades: upgrades,
                sensors: sensors,
                history: history,
                thingGroups: thingGroups,
                sharing: hub.shares,
                messages: messages,
                sessions: hub.sessionDirectory,
                settings: settings,
                dispatch: configuration.dispatchDirectory(certificateName: certificateName),
                clock: environment.wallClock,
                callRate: settings.callRateLimit ? CallRate(clock: environment.clock) : nil,
                pauses: environment.pauses
            )
            let factory = ListenerFactory(
                configuration: configuration,
                environment: environment,
                hub: hub,
                responder: HTTPResponder(router: api.router(), logger: environment.logger),
                downloadResponder: HTTPResponder(router: api.downloadRouter(), logger: environment.logger),
                timers: timers,
                eventLoops: eventLoops,
                connections: ConnectionLimiter(
                    maximumTotal: configuration.limits.connections,
                    maximumPerAddress: configuration.limits.connectionsPerAddress,
                    maximumSlowPerAddress: configuration.limits.slowConnectionsPerAddress,
                    clock: environment.clock,
                    logger: environment.logger
                )
            )
            (listeners, certificates) = try factory.makeListeners()
            memoryReturn = MemoryReturn(connections: factory.connections)
            let metrics = MetricsRouter(
                registry: environment.metrics,
                figures: ServerFigures(
                    registry: registry,
                    sessions: hub.sessionDirectory,
                    connections: factory.connections,
                    certificates: certificates,
                    clock: steadyClock
                ),
                readiness: readiness
            )
            metricsListeners = factory.makeMetricsListeners(
                HTTPResponder(router: metrics.makeRouter(), logger: environment.logger)
            )
        }
    }
}
