package import Hummingbird
package import SwitchyardCore

/// The HTTP interface: version 1 (`/api/...`), version 2 (`/v2/...`) and `/dispatch/...`, two faces of the same services, and the
/// authorization page of OAuth.
///
/// A request passes through it like this: `RequestLog` notes it, `ErrorEnvelope` stands by to render what is thrown, and the
/// route of its path (`<Resource>Routes.swift`) has the `RequestAuthenticator` check the caller, calls one service of the core
/// and writes the answer with `UserObject` or `DeviceObject`. Empty parts of a path (`//`, a trailing slash) are skipped by the
/// router. The routes of version 2 are in `V2/`. `openapi/coolkit-v1.yaml` and `openapi/coolkit-v2.yaml` describe every route;
/// a test compares them.
///
/// Source: `coolkit-v1-http.md`, `coolkit-v2-http.md`.
package struct CoolkitAPI: Sendable {
    let accounts: AccountService
    let verification: VerificationService
    let applications: ApplicationService
    let oauth: OAuthService
    let devices: DeviceService
    let commands: DeviceCommands
    let upgrades: UpgradeService
    let sensors: SensorService
    let history: HistoryService
    let thingGroups: ThingGroupService
    let sharing: ShareDesk
    let messages: MessageService
    let sessions: any SessionDirectory
    let settings: ProtocolSettings
    let dispatch: DispatchDirectory
    let clock: WallClock
    let callRate: CallRate?
    /// The time that slow downloads and batches of commands wait by.
    let pauses: any Clock<Duration>
    private let downloads: FirmwareDownloadRoutes

    /// - Parameters:
    ///   - dispatch: what clients are told about the listeners.
    ///   - callRate: how fast callers may be; nil: as fast as they like.
    ///   - pauses: the time that slow downloads and batches of commands wait by.
    package init(
        accounts: AccountService,
        verification: VerificationService,
        applications: ApplicationService,
        oauth: OAuthService,
        devices: DeviceService,
        commands: DeviceCommands,
        upgrades: UpgradeService,
        sensors: SensorService,
        history: HistoryService,
        thingGroups: ThingGroupService,
        sharing: ShareDesk,
        messages: MessageService,
        sessions: any SessionDirectory,
        settings: ProtocolSettings,
        dispatch: DispatchDirectory,
        clock: WallClock,
        callRate: CallRate? = nil,
        pauses: any Clock<Duration> = ContinuousClock()
    ) {
        self.accounts = accounts
        self.verification = verification
        self.applications = applications
        self.oauth = oauth
        self.devices = devices
        self.commands = commands
        self.upgrades = upgrades
        self.sensors = sensors
        self.history = history
        self.thingGroups = thingGroups
        self.sharing = sharing
        self.messages = messages
        self.sessions = sessions
        self.settings = settings
        self.dispatch = dispatch
        self.clock = clock
        self.callRate = callRate
        self.pauses = pauses
        downloads = FirmwareDownloadRoutes(upgrades: upgrades, keys: sensors.guesses.downloads, pauses: pauses)
    }

    /// Paths that devices call, with everything below them: their firmware bears no compressed answers.
    ///
    /// Source: `coolkit-v1-http.md` §5.3, §5.4, §6.1, §6.3.
    package static let pathsOfDevices = [
        "/dispatch/device", "/dispatch/deviceSimple", "/api/user/device/update", "/ota",
    ]

    /// One route of the interface, its path in the notation of OpenAPI: `/api/user/device/{deviceid}`.
    package struct Route: Hashable, Sendable {
        package let method: String
        package let path: String
    }

    /// Every route that `router()` serves.
    package var routes: Set<Route> {
        Set(router().routes.map { Route(method: $0.method.rawValue, path: $0.path.description) })
    }

    /// The routes with their middleware, to be mounted behind every listener.
    package func router() -> Router<APIRequestContext> {
        let router = Router(context: APIRequestContext.self)
        let metrics = APIMetrics()
        router.add(middleware: RequestLog(metrics: metrics))
        router.add(middleware: ErrorEnvelope(metrics: metrics))
        addVersion1(to: router)
        addVersion2(to: router)
        return router
    }

    /// Knows callers by what both versions have in common.
    var authenticator: RequestAuthenticator {
        RequestAuthenticator(accounts: accounts, applications: applications, settings: settings, clock: clock)
    }

    private func addVersion1(to router: Router<APIRequestContext>) {
        let authenticator = authenticator
        RegionRoutes(authenticator: authenticator, settings: settings, clock: clock).add(to: router)
        let login = LoginAnswer(sessions: sessions, settings: settings)
        LoginRoutes(authenticator: authenticator, accounts: accounts, answer: login).add(to: router)
        VerificationRoutes(
            authenticator: authenticator,
            accounts: accounts,
            verification: verification,
            answer: login
        ).add(to: router)
        PasswordRoutes(authenticator: authenticator, accounts: accounts).add(to: router)
        DeviceListRoutes(authenticator: authenticator, devices: devices, settings: settings).add(to: router)
        DeviceRoutes(authenticator: authenticator, accounts: accounts, devices: devices).add(to: router)
        DeviceStatusRoutes(authenticator: authenticator, devices: devices, commands: commands).add(to: router)
        TagRoutes(authenticator: authenticator, devices: devices).add(to: router)
        GroupRoutes(authenticator: authenticator, groups: devices.groups).add(to: router)
        FirmwareQueryRoutes(authenticator: authenticator, upgrades: upgrades).add(to: router)
        downloads.add(to: router)
        SensorRoutes(sensors: sensors, upgrades: upgrades).add(to: router)
        HistoryRoutes(authenticator: authenticator, history: history).add(to: router)
        DispatchRoutes(
            authenticator: authenticator,
            devices: devices,
            keys: sensors.guesses.dispatches,
            directory: dispatch,
            settings: settings
        ).add(to: router)
    }

    /// The downloads alone, for the listener that has no TLS and is for nothing else.
    package func downloadRouter() -> Router<APIRequestContext> {
        let router = Router(context: APIRequestContext.self)
        let metrics = APIMetrics()
        router.add(middleware: RequestLog(metrics: metrics))
        router.add(middleware: ErrorEnvelope(metrics: metrics))
        downloads.add(to: router)
        return router
    }
}
