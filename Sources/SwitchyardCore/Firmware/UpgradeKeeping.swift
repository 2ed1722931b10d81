import CoolkitWire
package import Logging
import ServiceLifecycle
import Synchronization

/// Follows upgrades while the server runs: hears the devices' reports, ends what has not moved for too long, and forgets
/// the waiting upgrades of devices that have got them.
package final class UpgradeKeeping: Service, CustomStringConvertible {
    private let upgrades: UpgradeService
    private let bus: any Bus
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let completed = Mutex<Set<DeviceID>>([])

    private static let interval = Duration.seconds(15)

    package init(
        upgrades: UpgradeService,
        bus: any Bus,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.upgrades = upgrades
        self.bus = bus
        self.clock = clock
        self.logger = logger
    }

    /// For the life cycle's log, which would show every part otherwise.
    package var description: String { "UpgradeKeeping" }

    package func run() async throws {
        let subscription = bus.subscribe { [self] event in receive(event) }
        defer { subscription.cancel() }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.tidy()
                do {
                    try await self.clock.sleep(for: Self.interval)
                } catch {
                    return
                }
            }
        }
    }

    /// Takes an event of the bus, on any thread.
    package func receive(_ event: ServerEvent) {
        upgrades.tracker.receive(event)
        switch event {
        case .upgrade(let upgrade) where upgrade.step == .completed:
            completed.withLock { _ = $0.insert(upgrade.device) }
        case .deviceRemoved(let device, owner: _): upgrades.firmware.table.setPending(nil, for: device)
        default: break
        }
    }

    /// What is done now and then.
    package func tidy() async {
        upgrades.tracker.sweep()
        let devices = completed.withLock { completed in
            defer { completed = [] }
            return completed
        }
        for device in devices { await forgetPending(of: device) }
    }

    private func forgetPending(of device: DeviceID) async {
        do throws(SwitchyardError) {
            try await upgrades.forgetPending(of: device)
        } catch {
            logger.error("A finished upgrade could not be forgotten; trying again", metadata: ["error": "\(error)"])
            completed.withLock { _ = $0.insert(device) }
        }
    }
}
