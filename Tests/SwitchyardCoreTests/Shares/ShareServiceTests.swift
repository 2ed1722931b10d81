import CoolkitWire
import NIOCore
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

@Suite("Share service")
struct ShareServiceTests {
    @Test("A share is there for both sides, also after a restart")
    func adds() async throws {
        try await withShareRig { rig in
            let share = try await rig.service.add(.sample(permit: .all))

            let restarted = ShareRig(store: rig.store)
            try await restarted.devices.load()
            try await restarted.service.load()
            for rig in [rig, restarted] {
                let owners = try rig.devices.device(.sample, visibleTo: Account.owner.id)
                #expect(owners.sharedTo == [share])
                #expect(owners.sharedBy == nil)
                #expect(owners.deviceKey == .factory)
                let receivers = try rig.devices.device(.sample, visibleTo: Account.receiver.id)
                #expect(receivers.sharedTo.isEmpty)
                #expect(receivers.sharedBy == share)
                #expect(receivers.deviceKey == nil)
                #expect(rig.registry.isShared(with: Account.receiver.id, byOwnerOf: Account.owner.apiKey.rawValue))
                #expect(!rig.registry.isShared(with: Account.stranger.id, byOwnerOf: Account.owner.apiKey.rawValue))
                #expect(throws: SwitchyardError.self) {
                    try rig.devices.device(.sample, visibleTo: Account.stranger.id)
                }
            }
        }
    }

    @Test("A receiver sees the devicekey only where the setting says so")
    func devicekey() async throws {
        try await withShareRig(.changed { $0.exposeDevicekeyToReceivers = true }) { rig in
            _ = try await rig.service.add(.sample())

            let seen = try rig.devices.device(.sample, visibleTo: Account.receiver.id)

            #expect(seen.deviceKey == .factory)
        }
    }

    @Test("A receiver's list has his own devices and those shared with him, by time of adding")
    func lists() async throws {
        try await withShareRig { rig in
            rig.clocks.advance(by: .seconds(1))
            let own = DeviceID(unchecked: "1000000002")
            let addition = DeviceService.Addition(id: own, credential: .key(.factory), facts: DeviceFacts(uiid: 1))
            _ = try await rig.devices.add(addition, to: .receiver, under: nil)
            rig.clocks.advance(by: .seconds(1))
            let newest = DeviceID(unchecked: "1000000001")
            try await rig.add(newest)
            _ = try await rig.service.add(.sample())
            _ = try await rig.service.add(.sample(of: newest))

            let list = rig.devices.devices(visibleTo: Account.receiver.id, through: AppID(unchecked: "app"))

            #expect(list.map(\.device.id) == [.sample, own, newest])
            #expect(list.map { $0.sharedBy != nil } == [true, false, true])
        }
    }

    @Test("A receiver may not rename or add the device; his removal ends his share and nobody else's")
    func receiversRights() async throws {
        try await withShareRig { rig in
            _ = try await rig.service.add(.sample())
            let other = try await rig.service.add(.sample(with: .stranger))

            await expect(.forbidden) {
                _ = try await rig.devices.rename(.sample, to: "Mine", by: Account.receiver.id)
            }
            let addition = DeviceService.Addition(id: .sample, credential: .key(.factory), facts: DeviceFacts(uiid: 1))
            await expect(.deviceOwnedByAnother) {
                _ = try await rig.devices.add(addition, to: .receiver, under: nil)
            }
            let removed = try await rig.devices.remove(.sample, by: Account.receiver.id)

            #expect(removed.sharedBy?.receiver.id == Account.receiver.id)
            #expect(removed.sharedTo.isEmpty)
            #expect(removed.deviceKey == nil)
            #expect(try await rig.store.shares() == [other])
            #expect(try await rig.store.devices().count == 1)
            #expect(rig.registry.devices(sharedWith: Account.receiver.id).isEmpty)
            await expect(.deviceNotFound) { _ = try await rig.devices.remove(.sample, by: Account.receiver.id) }
            #expect(try rig.devices.device(.sample, visibleTo: Account.owner.id).sharedTo == [other])
        }
    }

    @Test("Shares end with the device, and with the receiver's account")
    func endsWithBoth() async throws {
        try await withShareRig { rig in
            _ = try await rig.service.add(.sample())
            _ = try await rig.service.add(.sample(with: .stranger))

            try await rig.accounts.remove(Account.stranger.id)
            #expect(rig.registry.device(.sample)?.receivers == [Account.receiver.id])
            _ = try await rig.devices.remove(.sample, by: Account.owner.id)

            #expect(rig.registry.devices(sharedWith: Account.receiver.id).isEmpty)
            #expect(try await rig.store.shares().isEmpty)
            await expect(.deviceNotFound) { _ = try await rig.service.add(.sample()) }
            try await rig.add(.sample)
            await expect(.accountNotFound) { _ = try await rig.service.add(.sample(with: .stranger)) }
            #expect(rig.registry.device(.sample)?.receivers == [])
        }
    }

    @Test("A sub-device gets the permit of its gateway, if that is shared with the same account")
    func gateways() async throws {
        try await withShareRig { rig in
            let sub = DeviceID(unchecked: "a480000001")
            try await rig.add(sub, parent: .sample)
            _ = try await rig.service.add(.sample(permit: .addTimers))

            let ofReceiver = try await rig.service.add(.sample(of: sub, permit: .all))
            let ofStranger = try await rig.service.add(.sample(of: sub, with: .stranger, permit: .all))
            #expect(ofReceiver.terms.permit == .addTimers)
            #expect(ofStranger.terms.permit == .all)

            try await rig.service.change(.sample, with: Account.receiver.id, ShareTermsChange(permit: 8))
            try await rig.service.change(sub, with: Account.receiver.id, ShareTermsChange(permit: 15, note: "n"))
            #expect(rig.registry.device(sub)?.share(with: Account.receiver.id)?.terms.permit == .enableTimers)
            #expect(rig.registry.device(sub)?.share(with: Account.receiver.id)?.terms.note == "n")
        }
    }

    @Test("What was refused changed nothing; ending a share twice is told")
    func refusals() async throws {
        try await withShareRig(.changed { $0.maximumSharesPerDevice = 1 }) { rig in
            let share = try await rig.service.add(.sample())

            await expect(.busy) { _ = try await rig.service.add(.sample(with: .stranger)) }
            await expect(.notFound) {
                try await rig.service.change(.sample, with: Account.stranger.id, ShareTermsChange(permit: 1))
            }
            await expect(.invalidInput) { _ = try ShareTermsChange(permit: 16) }

            #expect(rig.registry.device(.sample)?.shares == [share])
            try await rig.service.cancel(.sample, with: Account.receiver.id)
            await expect(.notFound) { try await rig.service.cancel(.sample, with: Account.receiver.id) }
            #expect(rig.ledger.all == ["cancelShare to \(Account.receiver.id)"])
        }
    }

    @Test("Whatever the order, a removed device is in nobody's list", arguments: 1...20)
    func removalRaces(seed: Int) async throws {
        let registry = DeviceRegistry()
        let device = try LiveDevice.sample()
        registry.insert(device)

        await withTaskGroup { group in
            group.addTask {
                for _ in 0..<(seed % 5) { await Task.yield() }
                _ = registry.enter(.sample(), of: device)
            }
            group.addTask {
                for _ in 0..<(seed % 3) { await Task.yield() }
                registry.remove(
                    device.id,
                    leaving: .sample(device.id)
                )
            }
        }

        #expect(registry.devices(sharedWith: Account.receiver.id).isEmpty)
        #expect(device.shares.isEmpty)
    }
}
