import CoolkitWire
import Crypto
import Foundation
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import Synchronization

/// The firmware part of a server on a store and a folder of its own, with one device that is in both.
struct FirmwareRig: Sendable {
    static let host = "192.0.2.2"
    static let model = "PSF-B01-GL"

    let store: SQLiteStore
    let folder: FirmwareFolder
    let firmware: FirmwareService
    let upgrades: UpgradeService
    let keeping: UpgradeKeeping
    let registry = DeviceRegistry()
    let bus = LocalBus()
    let clocks = ManualClocks()
    let device: LiveDevice
    let events = Events()

    /// The steps of upgrades that were told to the bus.
    final class Events: Sendable {
        private let steps = Mutex<[UpgradeStep]>([])

        func receive(_ event: ServerEvent) {
            if case .upgrade(let upgrade) = event { steps.withLock { $0.append(upgrade.step) } }
        }

        func take() -> [UpgradeStep] {
            steps.withLock { steps in
                defer { steps = [] }
                return steps
            }
        }
    }

    init(store: SQLiteStore, settings: FirmwareSettings, port: Int?, facts: DeviceFacts) async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        self.store = store
        folder = FirmwareFolder(path: URL(fileURLWithPath: store.path).deletingLastPathComponent().path + "/firmware")
        firmware = FirmwareService(store: store, folder: folder, settings: settings, clock: clocks.wall)
        upgrades = UpgradeService(
            firmware: firmware,
            tracker: UpgradeTracker(bus: bus, clock: clocks.monotonic, logger: logger),
            registry: registry,
            commands: DeviceCommands(registry: registry, settings: ProtocolSettings(), clock: clocks.monotonic),
            location: FirmwareLocation(host: Self.host, port: port)
        )
        keeping = UpgradeKeeping(upgrades: upgrades, bus: bus, logger: logger)
        let device = Device.sample(facts: facts)
        try await store.createAccount(.owner, passwordHash: "x")
        try await store.createDevice(device, state: DeviceState(id: device.id))
        self.device = try LiveDevice.sample(device)
        registry.insert(self.device)
        try await firmware.load()
    }

    // MARK: Images

    /// An image that begins as those of an ESP8266 do.
    static func image(_ byteCount: Int, first: UInt8 = 0xEA, filler: UInt8 = 7) -> [UInt8] {
        [first] + [UInt8](repeating: filler, count: byteCount - 1)
    }

    static func digest(of bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @discardableResult
    func upload(_ bytes: [UInt8]) async throws -> ImageDigest {
        let upload = try await firmware.beginUpload()
        for start in stride(from: 0, to: bytes.count, by: 1_000) {
            try await upload.append(ByteBuffer(bytes: bytes[start..<min(bytes.count, start + 1_000)]))
        }
        let image = try await upload.finish()
        try await firmware.stage(image)
        return image.digest
    }

    /// A release of one image for both halves of the flash.
    @discardableResult
    func addRelease(
        _ version: String = "3.3.0",
        model: String = FirmwareRig.model,
        bytes: [UInt8] = FirmwareRig.image(4_000)
    ) async throws -> FirmwareRelease {
        let digest = try await upload(bytes)
        let images = FirmwareImage.halfNames.map { FirmwareService.NewImage(name: $0, digest: digest) }
        return try await firmware.add(model: model, version: version, images: images, force: false).0
    }

    /// The names of the files in the folder.
    func files() throws -> Set<String> { Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) }
}

/// Runs `body` with a rig.
func withFirmwareRig(
    _ settings: FirmwareSettings = FirmwareSettings(),
    port: Int? = 8_088,
    facts: DeviceFacts = DeviceFacts(uiid: 1, model: FirmwareRig.model, romVersion: "3.0.0"),
    _ body: (FirmwareRig) async throws -> Void
) async throws {
    try await withTemporaryStore { store in
        let rig = try await FirmwareRig(store: store, settings: settings, port: port, facts: facts)
        let subscription = rig.bus.subscribe { [events = rig.events, keeping = rig.keeping] event in
            events.receive(event)
            keeping.receive(event)
        }
        defer { subscription.cancel() }
        try await body(rig)
    }
}

extension FirmwareSettings {
    /// The defaults but for what `change` sets.
    static func changed(_ change: (inout FirmwareSettings) -> Void) -> FirmwareSettings {
        var settings = FirmwareSettings()
        change(&settings)
        return settings
    }
}
