package import CoolkitWire
package import Logging
import NIOCore
import Synchronization

/// The upgrades that are under way: which device, to what, how far.
///
/// It is told by the hub (a message was written, the command ended), by the downloads, and by the devices' own reports, and tells
/// each step to the bus and the log. After a restart of the server nothing is under way; a device that still downloads is
/// entered again with its next request.
package final class UpgradeTracker: Sendable {
    /// An upgrade under way.
    struct Upgrade {
        let model: String
        let version: String
        /// Of our releases; none where an app sends a device elsewhere.
        let keys: Set<FirmwareKey>
        /// Nil: as the settings say.
        let isThrottled: Bool?
        var step: UpgradeStep
        /// How much of each image has left, and the step of it that was told last, in quarters.
        var served: [String: (bytes: Int, quarters: Int)] = [:]
        var lastActivity: MonotonicTime
    }

    /// More are not followed at the same time; they happen all the same.
    private static let limit = 10_000
    /// How long nothing may happen before an upgrade counts as failed: download, flash and restart take a device minutes.
    package static let patience = Duration.seconds(900)

    private let bus: any Bus
    private let clock: MonotonicClock
    private let logger: Logger
    private let upgrades = Mutex<[DeviceID: Upgrade]>([:])
    /// How many there are, for reports to look at before anything else.
    private let count = Atomic<Int>(0)

    package init(bus: any Bus, clock: MonotonicClock, logger: Logger) {
        self.bus = bus
        self.clock = clock
        self.logger = logger
    }

    // MARK: Asking

    /// How far a device's upgrade is; nil when none is under way.
    package func progress(of device: DeviceID) -> UpgradeEvent? {
        upgrades.withLock { $0[device] }.map { event($0, of: device) }
    }

    /// Whether a device was told to download this release.
    func isMeant(_ key: FirmwareKey, for device: DeviceID) -> Bool {
        upgrades.withLock { $0[device]?.keys.contains(key) == true }
    }

    /// Whether the upgrade was started slow or fast; nil when nobody said.
    func isThrottled(_ device: DeviceID) -> Bool? { upgrades.withLock { $0[device]?.isThrottled } }

    // MARK: The command

    /// An `upgrade` is about to be written to a device.
    package func commandSent(_ command: DeviceCommand) {
        guard case .upgrade(let isThrottled) = command.kind else { return }
        let subject = UpgradeMessage.subject(of: command.params)
        begin(
            command.device.id,
            model: subject.model,
            version: subject.version,
            keys: subject.keys,
            isThrottled: isThrottled
        )
    }

    /// An upgrade was handed to a device in another way than by a command.
    func offered(_ release: FirmwareRelease, to device: DeviceID) {
        begin(device, model: release.model, version: release.version.text, keys: [release.key], isThrottled: nil)
    }

    private func begin(
        _ device: DeviceID,
        model: String,
        version: String,
        keys: Set<FirmwareKey>,
        isThrottled: Bool?
    ) {
        let upgrade = Upgrade(
            model: model,
            version: version,
            keys: keys,
            isThrottled: isThrottled,
            step: .sent,
            lastActivity: clock.now
        )
        if enter(upgrade, of: device) { tell(event(upgrade, of: device)) }
    }

    /// False when there are too many.
    private func enter(_ upgrade: Upgrade, of device: DeviceID) -> Bool {
        upgrades.withLock { upgrades in
            guard upgrades[device] != nil || upgrades.count < Self.limit else { return false }
            upgrades[device] = upgrade
            count.store(upgrades.count, ordering: .relaxed)
            return true
        }
    }

    /// A command that was written has ended.
    ///
    /// One that never was has no upgrade here.
    func commandEnded(_ device: DeviceID, _ outcome: CommandOutcome) {
        switch outcome {
        case .acknowledged: advance(device, to: .acknowledged)
        case .refused(let number): advance(device, to: .refused(deviceError: number))
        case .timedOut: advance(device, to: .unanswered)
        case .offline, .busy: break
        }
    }

    // MARK: Downloads

    /// So much of an image has left for a device; told in quarters.
    package func served(_ image: FirmwareImage, of release: FirmwareRelease, upTo bytes: Int, to device: DeviceID) {
        let now = clock.now
        let steps = upgrades.withLock { upgrades -> [(Upgrade, UpgradeStep)] in
            if upgrades[device]?.keys.contains(release.key) != true {
                guard upgrades[device] != nil || upgrades.count < Self.limit else { return [] }
                upgrades[device] = Upgrade(
                    model: release.model,
                    version: release.version.text,
                    keys: [release.key],
                    isThrottled: nil,
                    step: .sent,
                    lastActivity: now
                )
                count.store(upgrades.count, ordering: .relaxed)
            }
            upgrades[device]?.lastActivity = now
            guard let steps = upgrades[device]?.serve(image, upTo: bytes) else { return [] }
            if let last = steps.last { upgrades[device]?.step = last }
            return upgrades[device].map { upgrade in steps.map { (upgrade, $0) } } ?? []
        }
        for (upgrade, step) in steps { tell(event(upgrade, of: device, step)) }
    }

    // MARK: Reports

    /// Takes an event of the bus, on any thread: a report may tell the new version, and a device may be removed.
    package func receive(_ event: ServerEvent) {
        guard count.load(ordering: .relaxed) > 0 else { return }
        switch event {
        case .stateChanged(let change):
            if case .device = change.source { receive(reportOf: change.device, change.params) }
        case .deviceRemoved(let device, owner: _): forget(device)
        default: break
        }
    }

    private func receive(reportOf device: DeviceID, _ params: ByteBuffer) {
        guard let upgrade = upgrades.withLock({ $0[device] }),
            // What was merged parses.
            let reported = (try? JSON(parsing: params))?["fwVersion"]?.stringValue
        else { return }
        if reported == upgrade.version || Self.areEqual(reported, upgrade.version) {
            advance(device, to: .completed)
        } else if case .downloaded = upgrade.step {
            advance(device, to: .gaveUp(reason: "after the download it reports version \(reported.prefix(32))"))
        }
    }

    private static func areEqual(_ left: String, _ right: String) -> Bool {
        guard let left = FirmwareVersion(left), let right = FirmwareVersion(right) else { return false }
        return left == right
    }

    // MARK: The end

    /// Ends what has not moved for too long.
    package func sweep() {
        let now = clock.now
        let overdue = upgrades.withLock { upgrades in
            upgrades.filter { $0.value.lastActivity.advanced(by: Self.patience) <= now }.map(\.key)
        }
        for device in overdue {
            advance(
                device,
                to: .gaveUp(reason: "nothing has happened for \(Self.patience.components.seconds / 60) minutes")
            )
        }
    }

    private func forget(_ device: DeviceID) {
        upgrades.withLock { upgrades in
            upgrades[device] = nil
            count.store(upgrades.count, ordering: .relaxed)
        }
    }

    /// Moves an upgrade on, and takes it out when that is its end.
    ///
    /// Some devices acknowledge when they have downloaded, some never: once a download has begun, how far that is counts for more.
    private func advance(_ device: DeviceID, to step: UpgradeStep) {
        let now = clock.now
        let upgrade = upgrades.withLock { upgrades -> Upgrade? in
            guard var upgrade = upgrades[device] else { return nil }
            let isDownloading = !upgrade.served.isEmpty && !step.isEnd
            if isDownloading, step == .unanswered { return nil }
            if !isDownloading { upgrade.step = step }
            upgrade.lastActivity = now
            upgrades[device] = step.isEnd ? nil : upgrade
            count.store(upgrades.count, ordering: .relaxed)
            return upgrade
        }
        if let upgrade { tell(event(upgrade, of: device, step)) }
    }

    // MARK: Telling

    private func event(_ upgrade: Upgrade, of device: DeviceID, _ step: UpgradeStep? = nil) -> UpgradeEvent {
        UpgradeEvent(device: device, model: upgrade.model, version: upgrade.version, step: step ?? upgrade.step)
    }

    private func tell(_ event: UpgradeEvent) {
        logger.info(
            "Firmware upgrade",
            metadata: [
                "deviceid": "\(event.device)", "model": "\(event.model)", "version": "\(event.version)",
                "step": "\(event.step)",
            ]
        )
        bus.publish(.upgrade(event))
    }
}

extension UpgradeTracker.Upgrade {
    /// Notes how much of an image has left; returns what is worth telling.
    fileprivate mutating func serve(_ image: FirmwareImage, upTo bytes: Int) -> [UpgradeStep] {
        let known = served[image.name]
        let reached = max(bytes, known?.bytes ?? 0)
        let quarters = reached * 4 / image.byteCount
        served[image.name] = (reached, max(quarters, known?.quarters ?? 0))
        var steps: [UpgradeStep] = known == nil ? [.downloadBegan(image: image.name)] : []
        guard quarters > known?.quarters ?? 0 else { return steps }
        steps.append(
            quarters >= 4
                ? .downloaded(image: image.name, bytes: image.byteCount)
                : .downloading(image: image.name, bytes: reached, of: image.byteCount)
        )
        return steps
    }
}

/// Hears how an upgrade ended, before whoever sent it does.
final class UpgradeOrigin: CommandOrigin {
    private let origin: any CommandOrigin
    private let tracker: UpgradeTracker

    init(_ origin: any CommandOrigin, tracker: UpgradeTracker) {
        self.origin = origin
        self.tracker = tracker
    }

    func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome) {
        tracker.commandEnded(command.device.id, outcome)
        origin.commandFinished(command, outcome)
    }
}
