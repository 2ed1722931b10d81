import CoolkitWire
package import Logging
import NIOCore
package import SwitchyardCore
package import SwitchyardTransport
import Synchronization

/// The WebSocket side of the server: sessions of apps and of devices, and the routing between them.
///
/// A message passes through it like this: `HubConnection.receivedText` scans the envelope, the session (`AppSession` or
/// `DeviceSession`: structs without I/O) decides, the connection does it. A command goes through `DeviceCommands` of the core to
/// the device's `DeviceConnection`, which writes it on the device's event loop and completes it when the ack comes. What changed
/// travels over the bus to `AppSessions`, which fans it out with one hop to each event loop.
package final class Hub: Sendable {
    let registry: DeviceRegistry
    let accounts: AccountService
    let commands: DeviceCommands
    let upgrades: UpgradeService
    let writer: StateWriter
    let subDevices: SubDeviceReports
    let bus: any Bus
    let settings: ProtocolSettings
    let wallClock: WallClock
    let clock: MonotonicClock
    let timers: LoopTimersGroup
    let sessions: AppSessions
    let directory: LiveSessions
    /// Works on the apps' share commands; to be run beside the hub.
    package let shares: ShareDesk
    /// Wrong credentials in the first message of a socket, by network.
    let failedHandshakes: AttemptLimiter
    /// The ids that an address may hear about whose key it has not.
    let ids: DeviceIDLimits
    let metrics = HubMetrics()
    private let lastCommandSequence = Atomic<Int64>(0)
    let logger: Logger

    package init(
        registry: DeviceRegistry,
        accounts: AccountService,
        commands: DeviceCommands,
        shares: ShareService,
        upgrades: UpgradeService,
        writer: StateWriter,
        subDevices: SubDeviceReports,
        bus: any Bus,
        ids: DeviceIDLimits,
        settings: ProtocolSettings,
        wallClock: WallClock,
        clock: MonotonicClock,
        timers: LoopTimersGroup,
        logger: Logger
    ) {
        self.registry = registry
        self.accounts = accounts
        self.commands = commands
        self.upgrades = upgrades
        self.writer = writer
        self.subDevices = subDevices
        self.bus = bus
        self.ids = ids
        self.settings = settings
        self.wallClock = wallClock
        self.clock = clock
        self.timers = timers
        self.logger = logger
        sessions = AppSessions(limit: settings.maximumSessionsPerAccount)
        directory = LiveSessions()
        self.shares = ShareDesk(
            shares,
            sessions: HubSessionDirectory(live: directory, apps: sessions),
            clock: clock,
            logger: logger
        )
        failedHandshakes = AttemptLimiter(limit: settings.failedHandshakeLimit, per: .seconds(60), clock: clock)
    }

    /// Begins to hear what happens elsewhere.
    ///
    /// Until the subscription is cancelled, changes reach the app sessions.
    package func subscribe() -> BusSubscription {
        bus.subscribe { [sessions, shares] event in
            sessions.receive(event)
            shares.receive(event)
        }
    }

    /// Whether an address may open another socket; false after too many failed handshakes (the upgrade is refused with 429).
    ///
    /// Only failed ones count: a house full of devices behind one address must be able to come back together.
    /// Source: `coolkit-websocket.md` §11.
    package func admits(_ address: String) -> Bool {
        !failedHandshakes.isBlocked(PeerNetwork(of: address).description)
    }

    /// The handler of a new connection, made on its event loop.
    package func makeConnection() -> any WebSocketDelegate { HubConnection(hub: self) }

    /// The live sessions, for operators and for the `online` of an account.
    package var sessionDirectory: any SessionDirectory { HubSessionDirectory(live: directory, apps: sessions) }

    /// Tells that a device came or went; the sub-devices behind it come and go with it.
    func announce(_ presence: PresenceChange) {
        bus.publish(.presenceChanged(presence))
        for subDevice in registry.subDevices(of: presence.device) {
            guard let change = subDevice.followGateway(at: presence.time) else { continue }
            writer.storeLater(subDevice)
            bus.publish(.presenceChanged(change))
        }
    }

    /// A sequence for a command whose sender gave none that a device can take: the time in milliseconds, never the same twice.
    func makeCommandSequence() -> Int64 {
        let now = wallClock.now.milliseconds
        var previous = lastCommandSequence.load(ordering: .relaxed)
        while true {
            let next = max(now, previous + 1)
            let (isMine, current) = lastCommandSequence.weakCompareExchange(
                expected: previous,
                desired: next,
                ordering: .relaxed
            )
            if isMine { return next }
            previous = current
        }
    }

    /// Hands the outcome of commits to the devices that wait for it, with one hop to each event loop.
    package static func deliver(_ notices: [StateWriter.Notice]) {
        var byLoop: [ObjectIdentifier: (loop: any EventLoop, notices: [(DeviceLinkHandle, StateWriter.Notice)])] = [:]
        for notice in notices {
            guard let handle = notice.link as? DeviceLinkHandle else {
                notice.link.reportStored(ticket: notice.ticket, succeeded: notice.succeeded)
                continue
            }
            byLoop[ObjectIdentifier(handle.eventLoop), default: (handle.eventLoop, [])].notices.append((handle, notice))
        }
        for (loop, notices) in byLoop.values {
            loop.execute {
                for (handle, notice) in notices {
                    handle.reportStored(ticket: notice.ticket, succeeded: notice.succeeded)
                }
            }
        }
    }
}
