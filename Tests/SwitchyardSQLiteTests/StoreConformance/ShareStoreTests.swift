import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Share store")
struct ShareStoreTests {
    private static let ample = ShareLimits(perDevice: 100, perReceiver: 100)

    @Test("Shares come back as they were stored, oldest first", arguments: StoreImplementation.allCases)
    func storesShares(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let device = try await store.addDevice(1, owner: owner)
            let phone = try Account.sample(2, identifier: .phone("+8613123456789"))
            try await store.createAccount(phone, passwordHash: "$scrypt$2")
            let third = try await store.addAccount(3)

            let second = try await store.addShare(of: device, owner: owner, receiver: phone, after: 1)
            let first = try await store.addShare(of: device, owner: owner, receiver: third)

            #expect(try await store.shares() == [first, second])
        }
    }

    @Test(
        "A device is shared once with an account, and only where both exist",
        arguments: StoreImplementation.allCases
    )
    func refusesShares(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (owner, receiver) = (try await store.addAccount(1), try await store.addAccount(2))
            let device = try await store.addDevice(1, owner: owner)
            let share = try await store.addShare(of: device, owner: owner, receiver: receiver)
            let absent = try Device.sample(9, owner: owner)

            await expect(.alreadyExists) { try await store.createShare(share, limits: Self.ample) }
            await expect(.deviceNotFound) {
                try await store.createShare(.sample(of: absent, owner: owner, receiver: receiver), limits: Self.ample)
            }
            await expect(.accountNotFound) {
                try await store.createShare(
                    .sample(of: device, owner: owner, receiver: try .sample(9)),
                    limits: Self.ample
                )
            }

            #expect(try await store.shares() == [share])
        }
    }

    @Test(
        "There are no more shares of a device, nor of a receiver, than allowed",
        arguments: StoreImplementation.allCases
    )
    func boundsShares(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (owner, first, second) = (
                try await store.addAccount(1), try await store.addAccount(2), try await store.addAccount(3)
            )
            let (lamp, plug) = (try await store.addDevice(1, owner: owner), try await store.addDevice(2, owner: owner))
            let share = try await store.addShare(of: lamp, owner: owner, receiver: first)

            await expect(.busy) {
                try await store.createShare(
                    .sample(of: lamp, owner: owner, receiver: second),
                    limits: ShareLimits(perDevice: 1, perReceiver: 100)
                )
            }
            await expect(.busy) {
                try await store.createShare(
                    .sample(of: plug, owner: owner, receiver: first),
                    limits: ShareLimits(perDevice: 100, perReceiver: 1)
                )
            }

            #expect(try await store.shares() == [share])
        }
    }

    @Test("A share is changed and removed by device and receiver", arguments: StoreImplementation.allCases)
    func changesShares(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (owner, first, second) = (
                try await store.addAccount(1), try await store.addAccount(2), try await store.addAccount(3)
            )
            let device = try await store.addDevice(1, owner: owner)
            var changed = try await store.addShare(of: device, owner: owner, receiver: first)
            let other = try await store.addShare(of: device, owner: owner, receiver: second, after: 1)
            changed.terms = ShareTerms(deviceName: "a", userName: "b", permit: .all, note: "c")

            try await store.changeShare(device.id, with: first.id, to: changed.terms)

            #expect(try await store.shares() == [changed, other])
            await expect(.notFound) { try await store.changeShare(device.id, with: owner.id, to: changed.terms) }

            try await store.removeShare(device.id, with: owner.id)
            try await store.removeShare(device.id, with: first.id)
            try await store.removeShare(device.id, with: first.id)

            #expect(try await store.shares() == [other])
        }
    }

    @Test("Shares go with their device, their receiver and their owner", arguments: StoreImplementation.allCases)
    func removesShares(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (owner, first, second) = (
                try await store.addAccount(1), try await store.addAccount(2), try await store.addAccount(3)
            )
            let (lamp, plug) = (try await store.addDevice(1, owner: owner), try await store.addDevice(2, owner: owner))
            _ = try await store.addShare(of: lamp, owner: owner, receiver: first)
            let byFirst = try await store.addShare(of: plug, owner: owner, receiver: first)
            let bySecond = try await store.addShare(of: plug, owner: owner, receiver: second, after: 1)

            try await store.removeDevice(lamp.id, at: sampleTime)
            #expect(try await store.shares() == [byFirst, bySecond])
            _ = try await store.removeAccount(first.id, at: sampleTime)
            #expect(try await store.shares() == [bySecond])
            _ = try await store.removeAccount(owner.id, at: sampleTime)
            #expect(try await store.shares().isEmpty)
        }
    }
}
