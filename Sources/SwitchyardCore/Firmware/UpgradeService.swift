package import CoolkitWire
import Synchronization

/// Brings firmware to devices, when somebody asks for it: the server never does so by itself.
///
/// Source: `coolkit-device-side.md` §7, last paragraph.
package struct UpgradeService: Sendable {
    package let firmware: FirmwareService
    package let tracker: UpgradeTracker
    private let registry: DeviceRegistry
    private let commands: DeviceCommands
    private let location: FirmwareLocation

    package init(
        firmware: FirmwareService,
        tracker: UpgradeTracker,
        registry: DeviceRegistry,
        commands: DeviceCommands,
        location: FirmwareLocation
    ) {
        self.firmware = firmware
        self.tracker = tracker
        self.registry = registry
        self.commands = commands
        self.location = location
    }

    // MARK: For apps

    /// A device that an app asks about, and what it says of it.
    package struct Query: Hashable, Sendable {
        package let device: DeviceID
        /// Empty: what the device has told.
        package let model: String
        package let version: String

        package init(device: DeviceID, model: String, version: String) {
            self.device = device
            self.model = model
            self.version = version
        }
    }

    /// A newer firmware, and where it is.
    package struct Update: Sendable {
        package let release: FirmwareRelease
        package let bins: [UpgradeMessage.Bin]
    }

    /// The update for a device of an account; nil when there is none.
    ///
    /// A device that somebody else owns, or nobody, has none, and neither has one whose model is another than the app says. Source:
    /// `coolkit-v1-http.md` §6.2.
    package func update(
        _ query: Query,
        for account: AccountID,
        through localAddress: String
    ) -> Update? {
        guard let device = registry.device(query.device), device.isOwned(by: account) else { return nil }
        let known = device.device.facts.model
        let model = query.model.isEmpty ? known : query.model
        guard !model.isEmpty, known.isEmpty || known == model,
            let release = firmware.update(for: model, newerThan: query.version),
            // What cannot be downloaded is no update; the operator is told so when the firmware is added.
            let bins = try? bins(of: release, through: device.link?.localAddress ?? localAddress)
        else { return nil }
        return Update(release: release, bins: bins)
    }

    // MARK: For the operator

    /// Why devices could not download a firmware; nil when nothing speaks against it.
    package func obstacle(to release: FirmwareRelease) -> String? {
        do throws(SwitchyardError) {
            // Any address does: whether it is the right one, only a device can tell.
            _ = try bins(of: release, through: "127.0.0.1")
            return nil
        } catch {
            return error.message
        }
    }

    /// What the operator asks for.
    package struct Order: Sendable {
        package let device: DeviceID
        /// Nil: the newest.
        package let version: String?
        /// The model of the firmware; nil: the device's.
        package let model: String?
        /// Takes firmware of another model than the device's.
        package let force: Bool
        /// Nil: as the settings say.
        package let isThrottled: Bool?

        package init(
            device: DeviceID,
            version: String? = nil,
            model: String? = nil,
            force: Bool = false,
            isThrottled: Bool? = nil
        ) {
            self.device = device
            self.version = version
            self.model = model
            self.force = force
            self.isThrottled = isThrottled
        }
    }

    /// The release of an order.
    ///
    /// Throws `deviceNotFound`, `notFound`, `invalidInput`.
    private func release(of order: Order) throws(SwitchyardError) -> (LiveDevice, FirmwareRelease) {
        guard let device = registry.device(order.device) else {
            throw SwitchyardError(.deviceNotFound, "no device has this id")
        }
        let known = device.device.facts.model
        let model = order.model ?? known
        guard !model.isEmpty else {
            throw SwitchyardError(.invalidInput, "the device has not told its model: name the firmware's, and force it")
        }
        guard order.force || model == known else {
            throw SwitchyardError(
                .invalidInput,
                known.isEmpty
                    ? "the device has not told its model: force it if you know that the firmware is for it"
                    : "the firmware is for the model '\(model)', the device is a '\(known)': it would not survive that"
            )
        }
        return (device, try firmware.release(for: model, version: order.version))
    }

    /// Sends a device the message to upgrade.
    ///
    /// - Returns: the release, and the end of the command when it is known. The stream of a caller that does not wait may be
    ///   dropped.
    /// - Throws: `deviceNotFound`, `notFound` (no such firmware), `alreadyExists` (an upgrade is under way), `deviceOffline`,
    ///   `invalidInput` (devices cannot reach the download).
    package func start(_ order: Order) throws(SwitchyardError) -> (FirmwareRelease, AsyncStream<CommandOutcome>) {
        let (device, release) = try release(of: order)
        guard tracker.progress(of: device.id) == nil else {
            throw SwitchyardError(.alreadyExists, "an upgrade of this device is under way")
        }
        // The address of the download is that of the device's own connection.
        guard let link = device.link else { throw SwitchyardError(.deviceOffline, "Device Offline") }
        let bins = try bins(of: release, through: link.localAddress)
        let (outcomes, origin) = StreamedCommand.make()
        try commands.send(
            UpgradeMessage.params(model: release.model, version: release.version, bins: bins),
            as: .upgrade(throttled: order.isThrottled),
            sequence: nil,
            to: device.id,
            from: .operatorOfServer,
            origin: watched(origin)
        )
        return (release, outcomes)
    }

    /// Keeps the upgrade until the device reports over HTTPS.
    ///
    /// Throws `deviceNotFound`, `notFound`, `invalidInput`, `storageFailed`.
    package func keepForReport(_ order: Order) async throws(SwitchyardError) -> FirmwareRelease {
        let (device, release) = try release(of: order)
        try await firmware.setPending(release, for: device.id)
        return release
    }

    /// The origin of an app's upgrade, so that the end of it is followed.
    package func watched(_ origin: any CommandOrigin) -> any CommandOrigin { UpgradeOrigin(origin, tracker: tracker) }

    // MARK: For sensors

    /// What to hand a device with the answer to its report over HTTPS; nil when nothing waits for it.
    ///
    /// Only one image goes into that answer, the first. It is handed out with each report until the device downloads it, reports its
    /// version, or the operator removes it. Source: `coolkit-v1-http.md` §6.1.
    package func pendingUpgrade(of device: LiveDevice, through localAddress: String) -> UpgradeMessage.Bin? {
        guard let release = firmware.table.pending(for: device.id), !Self.hasReported(release.version, device),
            // Without an address there is nothing to hand out; the operator was told so when the upgrade was kept.
            let bin = try? bins(of: release, through: localAddress).first
        else { return nil }
        if tracker.progress(of: device.id)?.version != release.version.text { tracker.offered(release, to: device.id) }
        return bin
    }

    /// Whether the device has this version by now, as its last report says.
    private static func hasReported(_ version: FirmwareVersion, _ device: LiveDevice) -> Bool {
        // Stored params parse.
        let params = device.params(named: ["fwVersion"]).flatMap { try? JSON(parsing: $0) }
        return params?["fwVersion"]?.stringValue.flatMap { FirmwareVersion($0) } == version
    }

    /// The release that waits for a device's report.
    package func pendingRelease(of device: DeviceID) -> FirmwareRelease? { firmware.table.pending(for: device) }

    /// Forgets the upgrade that waits for a device: it has begun to download, or the operator has thought better of it.
    package func forgetPending(of device: DeviceID) async throws(SwitchyardError) {
        guard firmware.table.pending(for: device) != nil else { return }
        try await firmware.setPending(nil, for: device)
    }

    // MARK: For downloads

    /// Who asks for an image, as the query of the download says.
    package struct Downloader: Sendable {
        package let device: String?
        package let timestamp: String?
        package let sign: String?

        package init(device: String?, timestamp: String?, sign: String?) {
            self.device = device
            self.timestamp = timestamp
            self.sign = sign
        }
    }

    /// Whether an image may go to whoever asks; returns the device if it has proven to be one.
    ///
    /// A device proves itself with its factory apikey, and gets what it was told to download, or what is for its model. `ts` is no
    /// wall time and is not checked. Source: `coolkit-v1-http.md` §6.3, `coolkit-device-side.md` §7.
    /// - Throws: `forbidden`, in the same words whatever the reason.
    package func admit(_ downloader: Downloader, to release: FirmwareRelease) throws(SwitchyardError) -> LiveDevice? {
        guard let sign = downloader.sign else {
            guard firmware.settings.allowsUnsignedDownloads else { throw Self.refusal }
            return nil
        }
        guard let device = downloader.device.flatMap({ DeviceID($0) }).flatMap({ registry.device($0) }) else {
            throw Self.refusal
        }
        let facts = device.device
        guard let key = facts.factoryKey else { throw Self.refusal }
        let expected = DeviceDigest.download(
            deviceID: device.id,
            timestamp: downloader.timestamp ?? "",
            apiKey: key
        )
        guard DeviceDigest.matches(sign, expected),
            facts.facts.model == release.model || tracker.isMeant(release.key, for: device.id)
                || firmware.table.pending(for: device.id)?.key == release.key
        else { throw Self.refusal }
        return device
    }

    private static let refusal = SwitchyardError(.forbidden, "no right to this firmware")

    /// Whether an image goes out slowly: as the upgrade was started, else as the settings say.
    package func isThrottled(_ device: LiveDevice?) -> Bool {
        device.flatMap { tracker.isThrottled($0.id) } ?? firmware.settings.throttle.applies(to: device?.device)
    }

    // MARK: -

    /// The entries of `binList`; of a release with one image for both halves of the flash, each names the same file.
    private func bins(
        of release: FirmwareRelease,
        through localAddress: String?
    ) throws(SwitchyardError) -> [UpgradeMessage.Bin] {
        var bins: [UpgradeMessage.Bin] = []
        for image in release.images {
            bins.append(
                UpgradeMessage.Bin(
                    downloadURL: try location.url(of: release.path(of: image), through: localAddress),
                    digest: image.digest,
                    name: image.name
                )
            )
        }
        return bins
    }
}

/// The origin of a command whose sender may wait for its end, or leave.
private final class StreamedCommand: CommandOrigin {
    private let outcomes: AsyncStream<CommandOutcome>.Continuation

    private init(_ outcomes: AsyncStream<CommandOutcome>.Continuation) { self.outcomes = outcomes }

    static func make() -> (AsyncStream<CommandOutcome>, StreamedCommand) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: CommandOutcome.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        return (stream, StreamedCommand(continuation))
    }

    func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome) {
        outcomes.yield(outcome)
        outcomes.finish()
    }
}
