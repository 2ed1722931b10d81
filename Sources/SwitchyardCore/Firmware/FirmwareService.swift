import CoolkitWire
import NIOCore

/// The firmware that the operator has uploaded.
package struct FirmwareService: Sendable {
    /// An image of a release that is to be made; its file has been uploaded before.
    package struct NewImage: Hashable, Sendable {
        package let name: String
        package let digest: ImageDigest

        package init(name: String, digest: ImageDigest) {
            self.name = name
            self.digest = digest
        }
    }

    private let store: any Store
    let table: FirmwareTable
    package let folder: FirmwareFolder
    package let settings: FirmwareSettings
    private let clock: WallClock
    private let staged = StagedImages()
    /// One change after another: none removes an image that another one is about to use.
    private let turns = DeviceTurns()
    private static let turn = DeviceID(unchecked: "firmware")

    package init(store: any Store, folder: FirmwareFolder, settings: FirmwareSettings, clock: WallClock) {
        self.store = store
        self.folder = folder
        self.settings = settings
        self.clock = clock
        table = FirmwareTable()
    }

    /// Fills the table from the store, and clears the folder of what no release has: once, before the first client.
    package func load() async throws(SwitchyardError) {
        let releases = try await store.firmware()
        for release in releases { table.insert(release) }
        for (device, key) in try await store.pendingUpgrades() { table.setPending(key, for: device) }
        try await folder.prepare(keeping: Set(releases.flatMap(\.images).map(\.digest)))
    }

    // MARK: Reading

    /// All releases, by model, the newest version of each first.
    package var releases: [FirmwareRelease] { table.all }

    package func release(_ key: FirmwareKey) -> FirmwareRelease? { table.release(key) }

    /// The release of a model: of this version, or the newest.
    ///
    /// Throws `notFound`, `invalidInput`.
    package func release(for model: String, version: String?) throws(SwitchyardError) -> FirmwareRelease {
        let releases = table.releases(for: model)
        guard let version else {
            guard let newest = releases.first else {
                throw SwitchyardError(.notFound, "there is no firmware for the model '\(model)'")
            }
            return newest
        }
        let wanted = try Self.checked(version: version)
        guard let release = releases.first(where: { $0.version == wanted }) else {
            throw SwitchyardError(.notFound, "there is no firmware \(version) for the model '\(model)'")
        }
        return release
    }

    /// The newest release for a model if it is newer than `version`.
    ///
    /// Nil where the version is not known: what is newer cannot be said then.
    package func update(for model: String, newerThan version: String) -> FirmwareRelease? {
        guard let current = FirmwareVersion(version), let newest = table.releases(for: model).first,
            current < newest.version
        else { return nil }
        return newest
    }

    // MARK: Changing

    /// Begins to take an image, which waits for the release that it is to be part of.
    package func beginUpload() async throws(SwitchyardError) -> FirmwareUpload {
        try await folder.beginUpload(limit: settings.maximumImageBytes)
    }

    /// Keeps an uploaded image until a release is made of it; of too many that wait the oldest are removed.
    package func stage(_ image: FirmwareUpload.Image) async throws(SwitchyardError) {
        try await turns.withTurn(of: Self.turn) { () async throws(SwitchyardError) in
            for old in staged.insert(image.digest) where !table.uses(old) { try await folder.remove(old) }
        }
    }

    /// Makes a release of uploaded images.
    ///
    /// - Parameter force: images that are none of an ESP8266 are taken as well.
    /// - Returns: the release, and what the operator should know about it.
    /// - Throws: `invalidInput`, `alreadyExists`, `notFound` for an image that was not uploaded, `busy`, `storageFailed`.
    package func add(
        model: String,
        version: String,
        images: [NewImage],
        force: Bool
    ) async throws(SwitchyardError) -> (FirmwareRelease, warnings: [String]) {
        try Self.check(model: model)
        try Self.check(images)
        let version = try Self.checked(version: version)
        return try await turns.withTurn(of: Self.turn) { () async throws(SwitchyardError) in
            try await addInTurn(model: model, version: version, images: images, force: force)
        }
    }

    private func addInTurn(
        model: String,
        version: FirmwareVersion,
        images: [NewImage],
        force: Bool
    ) async throws(SwitchyardError) -> (FirmwareRelease, warnings: [String]) {
        guard table.count < settings.maximumReleases else {
            throw SwitchyardError(.busy, "there is as much firmware as may be kept (firmware.maximumReleases)")
        }
        guard !table.releases(for: model).contains(where: { $0.version == version }) else {
            throw SwitchyardError(.alreadyExists, "there is a firmware \(version) for the model '\(model)' already")
        }
        var inspected: [FirmwareImage] = []
        var warnings: [String] = []
        for image in images {
            let byteCount = try await inspect(image, force: force, warnings: &warnings)
            inspected.append(FirmwareImage(name: image.name, digest: image.digest, byteCount: byteCount))
        }
        let release = FirmwareRelease(
            key: .random(),
            model: model,
            version: version,
            images: inspected,
            createdAt: clock.now
        )
        try await store.createFirmware(release)
        table.insert(release)
        for image in images { staged.remove(image.digest) }
        return (release, warnings)
    }

    /// Removes a release with the images that no other one has, and the upgrades to it that wait.
    ///
    /// Throws `notFound`, `storageFailed`.
    package func remove(model: String, version: String) async throws(SwitchyardError) {
        try await turns.withTurn(of: Self.turn) { () async throws(SwitchyardError) in
            let release = try release(for: model, version: version)
            try await store.removeFirmware(release.key)
            table.remove(release.key)
            for image in release.images where !table.uses(image.digest) && !staged.holds(image.digest) {
                try await folder.remove(image.digest)
            }
        }
    }

    /// Keeps an upgrade for a device's next report, or forgets it.
    func setPending(_ release: FirmwareRelease?, for device: DeviceID) async throws(SwitchyardError) {
        try await store.setPendingUpgrade(release?.key, of: device, at: clock.now)
        table.setPending(release?.key, for: device)
    }
}

// MARK: - What may be a release

extension FirmwareService {
    /// The first byte of an ESP8266's image for an upgrade over the air.
    ///
    /// Source: `coolkit-device-side.md` §7, magic EA.
    private static let espMagic: UInt8 = 0xEA
    /// Half of a flash of 1 MiB without what the boot loader and the settings take; larger images need a larger flash.
    ///
    /// Source: `coolkit-device-side.md` §7, at most (flash/2 - overhead).
    private static let halfOfSmallFlash = 0x7B000
    private static let minimumImageBytes = 1_024

    /// The length of an image; throws when it can be none for a device, and warns of what is unusual.
    private func inspect(
        _ image: NewImage,
        force: Bool,
        warnings: inout [String]
    ) async throws(SwitchyardError) -> Int {
        guard let byteCount = try await folder.byteCount(of: image.digest) else {
            throw SwitchyardError(.notFound, "the image \(image.digest) has not been uploaded")
        }
        guard byteCount >= Self.minimumImageBytes else {
            throw SwitchyardError(.invalidInput, "'\(image.name)' has \(byteCount) bytes, which is no firmware")
        }
        let first = try await folder.open(image.digest).read(1, at: 0)
        if first.getInteger(at: first.readerIndex, as: UInt8.self) != Self.espMagic {
            let fault = "'\(image.name)' does not begin with the byte EA, as images for an ESP8266 do"
            guard force else {
                throw SwitchyardError(.invalidInput, fault + "; force it if the device is of another kind")
            }
            warnings.append(fault)
        }
        if byteCount > Self.halfOfSmallFlash, FirmwareImage.halfNames.contains(image.name) {
            warnings.append(
                "'\(image.name)' is larger than half of a flash of 1 MiB holds (\(Self.halfOfSmallFlash) bytes)"
            )
        }
        return byteCount
    }

    private static func check(model: String) throws(SwitchyardError) {
        let isText = model.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard (1...FirmwareRelease.maximumModelBytes).contains(model.utf8.count), isText else {
            throw SwitchyardError(
                .invalidInput,
                "a model is 1 to \(FirmwareRelease.maximumModelBytes) printable ASCII characters without quotes"
            )
        }
    }

    private static func checked(version text: String) throws(SwitchyardError) -> FirmwareVersion {
        guard let version = FirmwareVersion(text) else {
            throw SwitchyardError(.invalidInput, "'\(text)' is no version: numbers with points between them, as 3.3.0")
        }
        return version
    }

    private static func check(_ images: [NewImage]) throws(SwitchyardError) {
        guard (1...2).contains(images.count) else {
            throw SwitchyardError(.invalidInput, "a firmware has one or two images")
        }
        if let image = images.first(where: { !FirmwareImage.isName($0.name) }) {
            throw SwitchyardError(
                .invalidInput,
                "'\(image.name)' is no name of an image: 1 to 32 letters, digits, points, hyphens"
            )
        }
        guard Set(images.map(\.name)).count == images.count else {
            throw SwitchyardError(.invalidInput, "both images have the same name")
        }
    }
}
