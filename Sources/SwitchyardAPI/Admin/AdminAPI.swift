import CoolkitWire
import HTTPTypes
package import Hummingbird
package import SwitchyardCore

/// The operator's HTTP interface, served on the Unix socket of the data folder; the socket's permission is the trust.
///
/// A request passes `AdminErrorMiddleware`, one route of the `Admin…Routes` files and one service of Core. Bodies are JSON
/// objects; errors are an HTTP status with `{"error","message"}`. The contract is `openapi/admin.yaml`.
package struct AdminAPI: Sendable {
    package typealias Context = BasicRequestContext

    let accounts: AccountService
    let verification: VerificationService
    let applications: ApplicationService
    let devices: DeviceService
    let shares: ShareService
    let registry: DeviceRegistry
    let commands: DeviceCommands
    let upgrades: UpgradeService
    let backups: BackupService
    let history: HistoryService
    let sessions: any SessionDirectory
    let bus: any Bus
    let clock: WallClock
    let startedAt: UnixTime

    package init(
        accounts: AccountService,
        verification: VerificationService,
        applications: ApplicationService,
        devices: DeviceService,
        shares: ShareService,
        registry: DeviceRegistry,
        commands: DeviceCommands,
        upgrades: UpgradeService,
        backups: BackupService,
        history: HistoryService,
        sessions: any SessionDirectory,
        bus: any Bus,
        clock: WallClock
    ) {
        self.accounts = accounts
        self.verification = verification
        self.applications = applications
        self.devices = devices
        self.shares = shares
        self.registry = registry
        self.commands = commands
        self.upgrades = upgrades
        self.backups = backups
        self.history = history
        self.sessions = sessions
        self.bus = bus
        self.clock = clock
        startedAt = clock.now
    }

    /// All routes, with their errors rendered.
    package func makeRouter() -> Router<Context> {
        let router = Router(context: Context.self)
        router.add(middleware: AdminErrorMiddleware())
        addHealthRoutes(to: router)
        addApplicationRoutes(to: router)
        addAccountRoutes(to: router)
        addOutboxRoutes(to: router)
        addDeviceRoutes(to: router)
        addUnclaimedRoutes(to: router)
        addShareRoutes(to: router)
        addEventRoutes(to: router)
        addFirmwareRoutes(to: router)
        addUpgradeRoutes(to: router)
        addHistoryRoutes(to: router)
        addBackupRoutes(to: router)
        addSessionRoutes(to: router)
        addLoginRoutes(to: router)
        return router
    }

    private func addHealthRoutes(to router: Router<Context>) {
        router.get("health") { _, _ in Response.json(health()) }
    }

    private func health() -> JSON {
        let devices = registry.allDevices()
        return [
            "status": "ok",
            "uptimeSeconds": JSON(max(0, clock.now.seconds - startedAt.seconds)),
            "devices": JSON(devices.count),
            "devicesOnline": JSON(devices.count(where: { $0.snapshot.isOnline })),
            "sessions": JSON(sessions.sessions().count),
        ]
    }
}

extension Response {
    /// A JSON answer.
    static func json(_ body: JSON, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: body.buffer))
    }

    /// Done, and nothing to tell.
    static let noContent = Response(status: .noContent)
}
