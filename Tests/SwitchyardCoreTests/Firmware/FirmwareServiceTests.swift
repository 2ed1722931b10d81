import CoolkitWire
import Foundation
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import Testing

@Suite("Firmware")
struct FirmwareServiceTests {
    private static let image = FirmwareRig.image(4_000)

    private func attributes(_ path: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test("An image is kept under its digest, for the server's user alone, and read back in parts")
    func keepsImages() async throws {
        try await withFirmwareRig { rig in
            let digest = try await rig.upload(Self.image)

            #expect(digest.rawValue == FirmwareRig.digest(of: Self.image))
            #expect(try rig.files() == [digest.rawValue])
            #expect(try attributes(rig.folder.path) == 0o700)
            #expect(try attributes(rig.folder.path + "/" + digest.rawValue) == 0o600)
            #expect(try await rig.folder.byteCount(of: digest) == 4_000)
            let file = try await rig.folder.open(digest)
            #expect(try await Array(file.read(3, at: 0).readableBytesView) == [0xEA, 7, 7])
            #expect(try await file.read(1_000, at: 3_000).readableBytes == 1_000)
            await expect(.storageFailed) { _ = try await file.read(1, at: 4_000) }
        }
    }

    @Test("An upload that is too large, empty or given up leaves nothing behind")
    func cutOffUploads() async throws {
        try await withFirmwareRig(.changed { $0.maximumImageBytes = 65_536 }) { rig in
            let large = try await rig.firmware.beginUpload()
            try await large.append(ByteBuffer(repeating: 1, count: 65_536))
            await expect(.invalidInput) { try await large.append(ByteBuffer(bytes: [1])) }
            await expect(.invalidInput) { _ = try await rig.firmware.beginUpload().finish() }
            try await rig.firmware.beginUpload().append(ByteBuffer(bytes: [1]))
            #expect(try await large.finish().byteCount == 65_536)

            #expect(try rig.files().count == 1)
        }
    }

    @Test("A release survives a restart with its images; what belongs to none is cleared away then")
    func restarts() async throws {
        try await withFirmwareRig { rig in
            let release = try await rig.addRelease()
            try await rig.upload(FirmwareRig.image(2_000))
            #expect(FileManager.default.createFile(atPath: rig.folder.path + "/.upload.0123", contents: Data([1])))
            #expect(try rig.files().count == 3)

            let again = FirmwareService(
                store: rig.store,
                folder: rig.folder,
                settings: FirmwareSettings(),
                clock: rig.clocks.wall
            )
            try await again.load()

            #expect(again.releases == [release])
            #expect(again.release(release.key) == release)
            #expect(try rig.files() == [FirmwareRig.digest(of: Self.image)])
        }
    }

    @Test("Of images that wait for a release sixteen are kept")
    func stagedBound() async throws {
        try await withFirmwareRig { rig in
            for number in 0..<20 { try await rig.upload(FirmwareRig.image(2_000 + number)) }

            #expect(try rig.files().count == 16)
            #expect(
                try await rig.folder.byteCount(
                    of: #require(ImageDigest(FirmwareRig.digest(of: FirmwareRig.image(2_003))))
                ) == nil
            )
            #expect(
                try await rig.folder.byteCount(
                    of: #require(ImageDigest(FirmwareRig.digest(of: FirmwareRig.image(2_004))))
                ) == 2_004
            )
        }
    }

    @Test("Releases are listed by model, the newest first; equal versions are one")
    func lists() async throws {
        try await withFirmwareRig { rig in
            for (model, version) in [("B", "1.0"), ("A", "3.9"), ("A", "3.10"), ("A", "1000.2.917")] {
                try await rig.addRelease(version, model: model)
            }

            #expect(
                rig.firmware.releases.map { "\($0.model) \($0.version)" } == [
                    "A 1000.2.917", "A 3.10", "A 3.9", "B 1.0",
                ]
            )
            #expect(Set(rig.firmware.releases.map(\.key)).count == 4)
            await expect(.alreadyExists) { try await rig.addRelease("3.10.0", model: "A") }
            #expect(try rig.firmware.release(for: "A", version: nil).version.text == "1000.2.917")
            #expect(try rig.firmware.release(for: "A", version: "3.10.0").version.text == "3.10")
            await expect(.notFound) { _ = try rig.firmware.release(for: "A", version: "4") }
            await expect(.notFound) { _ = try rig.firmware.release(for: "C", version: nil) }
            await expect(.invalidInput) { _ = try rig.firmware.release(for: "A", version: "four") }
        }
    }

    @Test("Only a newer version is an update, and none is one of an unknown version")
    func updates() async throws {
        try await withFirmwareRig { rig in
            try await rig.addRelease("3.10.0")

            for older in ["3.9.0", "3.9.9.9", "1", "0"] {
                #expect(rig.firmware.update(for: FirmwareRig.model, newerThan: older)?.version.text == "3.10.0")
            }
            for other in ["3.10", "3.10.0", "3.10.1", "3.11", "", "unknown", "3.9-beta"] {
                #expect(rig.firmware.update(for: FirmwareRig.model, newerThan: other) == nil)
            }
            #expect(rig.firmware.update(for: "other", newerThan: "1") == nil)
        }
    }

    @Test("A removed release takes along the images that no other has")
    func removes() async throws {
        try await withFirmwareRig { rig in
            try await rig.addRelease("1.0")
            try await rig.addRelease("1.1")
            try await rig.addRelease("1.2", bytes: FirmwareRig.image(5_000))

            try await rig.firmware.remove(model: FirmwareRig.model, version: "1.2")
            #expect(try rig.files() == [FirmwareRig.digest(of: Self.image)])
            try await rig.firmware.remove(model: FirmwareRig.model, version: "1.0")
            #expect(try rig.files().count == 1)
            try await rig.firmware.remove(model: FirmwareRig.model, version: "1.1")
            #expect(try rig.files() == [])
            #expect(try await rig.store.firmware() == [])
            await expect(.notFound) { try await rig.firmware.remove(model: FirmwareRig.model, version: "1.1") }
        }
    }

    @Test("Images are looked at: no ESP8266's is refused unless forced, a large one warned of")
    func inspects() async throws {
        try await withFirmwareRig { rig in
            let other = try await rig.upload(FirmwareRig.image(4_000, first: 0xE9))
            let large = try await rig.upload(FirmwareRig.image(600_000))
            let tiny = try await rig.upload(FirmwareRig.image(1_023))
            func add(_ digest: ImageDigest, _ version: String, force: Bool = false) async throws -> [String] {
                let image = FirmwareService.NewImage(name: "user1.bin", digest: digest)
                return try await rig.firmware.add(model: "M", version: version, images: [image], force: force).warnings
            }

            await expect(.invalidInput) { _ = try await add(other, "1") }
            #expect(try await add(other, "1", force: true).count == 1)
            #expect(try await add(large, "2").count == 1)
            await expect(.invalidInput) { _ = try await add(tiny, "3", force: true) }
            let unknown = try #require(ImageDigest(String(repeating: "0", count: 64)))
            await expect(.notFound) { _ = try await add(unknown, "3") }
        }
    }

    @Test(
        "What can be no firmware is refused and changes nothing",
        arguments: [
            ("", "1", ["user1.bin"]), (String(repeating: "m", count: 65), "1", ["user1.bin"]),
            ("a\"b", "1", ["user1.bin"]),
            ("ü", "1", ["user1.bin"]), ("M", "one", ["user1.bin"]), ("M", "", ["user1.bin"]), ("M", "1", []),
            ("M", "1", ["a", "b", "c"]), ("M", "1", ["a", "a"]), ("M", "1", ["../x"]), ("M", "1", [""]),
            ("M", "1", [".x"]),
            ("M", "1", ["a/b"]), ("M", "1", ["a b"]), ("M", "1", [String(repeating: "n", count: 33)]),
        ]
    )
    func refuses(model: String, version: String, names: [String]) async throws {
        try await withFirmwareRig { rig in
            let digest = try await rig.upload(Self.image)
            let images = names.map { FirmwareService.NewImage(name: $0, digest: digest) }

            await expect(.invalidInput) {
                _ = try await rig.firmware.add(model: model, version: version, images: images, force: true)
            }
            #expect(rig.firmware.releases.isEmpty)
            #expect(try await rig.store.firmware() == [])
        }
    }

    @Test("No more firmware is kept than the setting says")
    func releaseBound() async throws {
        try await withFirmwareRig(.changed { $0.maximumReleases = 2 }) { rig in
            try await rig.addRelease("1")
            try await rig.addRelease("2")
            await expect(.busy) { try await rig.addRelease("3") }
            try await rig.firmware.remove(model: FirmwareRig.model, version: "1")
            try await rig.addRelease("3")
        }
    }

    @Test(
        "Old firmware gets its image slowly, or whoever the setting says",
        arguments: [
            (DownloadThrottle.oldFirmware, "1.5.5", true), (.oldFirmware, "2.0.0", false), (.oldFirmware, "", false),
            (.never, "1.5.5", false), (.always, "3.5.0", true),
        ]
    )
    func throttles(throttle: DownloadThrottle, romVersion: String, isThrottled: Bool) {
        #expect(throttle.applies(to: .sample(facts: DeviceFacts(uiid: 1, romVersion: romVersion))) == isThrottled)
        #expect(throttle.applies(to: nil) == (throttle == .always))
    }
}
