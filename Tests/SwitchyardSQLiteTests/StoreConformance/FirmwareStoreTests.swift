import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Firmware store")
struct FirmwareStoreTests {
    private func release(_ number: Int, model: String = "M", images: Int = 2) throws -> FirmwareRelease {
        let images = try (0..<images).map { index in
            FirmwareImage(
                name: FirmwareImage.halfNames[1 - index],
                digest: try #require(ImageDigest(String(repeating: "\(index)", count: 64))),
                byteCount: 1_000 + index
            )
        }
        return FirmwareRelease(
            key: .random(),
            model: model,
            version: try #require(FirmwareVersion("1.\(number)")),
            images: images,
            createdAt: sampleTime.advanced(by: .seconds(number))
        )
    }

    @Test(
        "Firmware comes back as it was stored, images in order, by time of creation",
        arguments: StoreImplementation.allCases
    )
    func stores(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (first, second) = (try release(1), try release(2, images: 1))
            try await store.createFirmware(second)
            try await store.createFirmware(first)

            #expect(try await store.firmware() == [first, second])
        }
    }

    @Test("A model has a version once", arguments: StoreImplementation.allCases)
    func refusesDuplicates(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (first, other) = (try release(1), try release(1, model: "N"))
            try await store.createFirmware(first)
            try await store.createFirmware(other)

            await expect(.alreadyExists) { try await store.createFirmware(try release(1)) }
            await expect(.alreadyExists) { try await store.createFirmware(first) }
            #expect(Set(try await store.firmware()) == [first, other])
        }
    }

    @Test("Firmware is removed once, with its images", arguments: StoreImplementation.allCases)
    func removes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (first, second) = (try release(1), try release(2))
            try await store.createFirmware(first)
            try await store.createFirmware(second)

            try await store.removeFirmware(first.key)

            #expect(try await store.firmware() == [second])
            await expect(.notFound) { try await store.removeFirmware(first.key) }
        }
    }

    @Test(
        "A device has one waiting upgrade; it goes with the device and with the firmware",
        arguments: StoreImplementation.allCases
    )
    func pending(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let devices = [try await store.addDevice(1, owner: owner), try await store.addDevice(2, owner: owner)].map(
                \.id
            )
            let (first, second) = (try release(1), try release(2))
            for release in [first, second] { try await store.createFirmware(release) }
            func pending() async throws -> [String] {
                try await store.pendingUpgrades().map { "\($0.0) \($0.1)" }.sorted()
            }

            try await store.setPendingUpgrade(first.key, of: devices[0], at: sampleTime)
            try await store.setPendingUpgrade(second.key, of: devices[0], at: sampleTime)
            try await store.setPendingUpgrade(first.key, of: devices[1], at: sampleTime)
            #expect(try await pending() == ["\(devices[0]) \(second.key)", "\(devices[1]) \(first.key)"].sorted())
            await expect(.notFound) {
                try await store.setPendingUpgrade(.random(), of: devices[0], at: sampleTime)
            }
            await expect(.notFound) {
                try await store.setPendingUpgrade(first.key, of: DeviceID(unchecked: "none"), at: sampleTime)
            }

            try await store.removeFirmware(first.key)
            #expect(try await pending() == ["\(devices[0]) \(second.key)"])
            try await store.setPendingUpgrade(nil, of: devices[0], at: sampleTime)
            try await store.setPendingUpgrade(nil, of: devices[0], at: sampleTime)
            #expect(try await pending() == [])
            try await store.setPendingUpgrade(second.key, of: devices[0], at: sampleTime)
            try await store.removeDevice(devices[0], at: sampleTime)
            #expect(try await pending() == [])
        }
    }
}
