import CoolkitWire
import SwitchyardSQLite
import Synchronization
import Testing

@testable import SwitchyardCore

/// Source of the rules: `coolkit-v2-http.md` §4.2.
@Suite("Shares by calls")
struct ShareCallTests {
    private static let second = DeviceID(unchecked: "1000a1b2c4")
    private static let receiver = Account.receiver.identifier

    private func terms(_ permit: Int = 15, _ note: String = "from Ann") throws -> ShareTermsChange {
        try ShareTermsChange(permit: permit, note: note)
    }

    private func share(
        _ rig: ShareRig,
        _ devices: [DeviceID] = [.sample],
        by owner: Account = .owner,
        with identifier: AccountIdentifier = ShareCallTests.receiver,
        on terms: ShareTermsChange
    ) async throws {
        try await rig.desk.share(devices, of: owner.id, with: identifier, terms)
    }

    @Test("Devices are shared at once, in the store, and the receiver's apps are told; twice changes the terms")
    func shares() async throws {
        try await withShareRig { rig in
            try await rig.add(Self.second)
            let begun = Mutex<[DeviceID]>([])
            let subscription = rig.bus.subscribe { event in
                if case .shareChanged(let change) = event { begun.withLock { $0.append(change.share.device) } }
            }
            defer { subscription.cancel() }

            try await share(rig, [.sample, Self.second, .sample], on: try terms())
            try await share(rig, [Self.second], on: try terms(8, "changed"))

            let stored = try await rig.store.shares()
            #expect(Set(stored.map(\.device)) == [.sample, Self.second])
            #expect(
                stored.map { $0.device == .sample ? "15 from Ann" : "8 changed" }
                    == stored.map { "\($0.terms.permit.rawValue) \($0.terms.note)" }
            )
            let told = ["share", "share", "updateShare"].map { "\($0) to \(Account.receiver.id)" }
            #expect(rig.ledger.all == told)
            #expect(begun.withLock { $0 } == [.sample, Self.second])
        }
    }

    @Test("What cannot be shared is refused, and nothing of the list is")
    func refuses() async throws {
        try await withShareRig { rig in
            let absent = DeviceID(unchecked: "1000a1b2c9")
            let given = try terms()
            await expect(.deviceNotFound) { try await share(rig, [.sample, absent], on: given) }
            await expect(.deviceNotFound) { try await share(rig, by: .stranger, on: given) }
            for unknown in [Account.foreigner.identifier, .email("nobody@example.com")] {
                await expect(.receiverUnknown) { try await share(rig, with: unknown, on: given) }
            }
            await expect(.invalidInput) { try await share(rig, with: Account.owner.identifier, on: given) }
            await expect(.invalidInput) { try await share(rig, [], on: given) }
            await expect(.invalidInput) {
                try await share(rig, Array(repeating: .sample, count: ShareDesk.maximumDevicesPerCall + 1), on: given)
            }
            #expect(try await rig.store.shares().isEmpty)
            #expect(rig.ledger.all.isEmpty)

            try await share(rig, on: given)
            await expect(.forbidden) {
                try await share(rig, by: .receiver, with: Account.stranger.identifier, on: given)
            }
        }
    }

    @Test("When a bound stops it half-way, what was made is taken back, and nobody heard of it")
    func takesBack() async throws {
        try await withShareRig(.changed { $0.maximumSharesPerAccount = 1 }) { rig in
            try await rig.add(Self.second)
            let changes = Mutex(0)
            let subscription = rig.bus.subscribe { event in
                if case .shareChanged = event { changes.withLock { $0 += 1 } }
            }
            defer { subscription.cancel() }
            let given = try terms()

            await expect(.busy) { try await share(rig, [.sample, Self.second], on: given) }

            #expect(try await rig.store.shares().isEmpty)
            #expect(rig.registry.device(.sample)?.shares == [])
            #expect(rig.registry.devices(sharedWith: Account.receiver.id).isEmpty)
            #expect(rig.ledger.all.isEmpty)
            #expect(changes.withLock { $0 } == 0)
        }
    }

    @Test("A permit is changed, and the share ended, by the receiver's apikey")
    func changes() async throws {
        try await withShareRig { rig in
            let (owner, key) = (Account.owner.id, Account.receiver.apiKey)
            let permit = try ShareTermsChange(permit: 1)
            await expect(.notFound) {
                try await rig.desk.changePermit(of: .sample, with: key, to: permit, by: owner)
            }
            try await share(rig, on: try terms())

            try await rig.desk.changePermit(of: .sample, with: key, to: permit, by: owner)
            let stored = try await rig.store.shares().map(\.terms)
            #expect(stored == [ShareTerms(deviceName: "My device a1b2c3", permit: .addTimers, note: "from Ann")])
            await expect(.forbidden) {
                try await rig.desk.cancel(.sample, with: key, by: Account.receiver.id)
            }
            await expect(.deviceNotFound) {
                try await rig.desk.cancel(.sample, with: key, by: Account.stranger.id)
            }
            try await rig.desk.cancel(.sample, with: Account.stranger.apiKey, by: owner)
            #expect(try await rig.store.shares().count == 1)

            for _ in 1...2 { try await rig.desk.cancel(.sample, with: key, by: owner) }
            #expect(try await rig.store.shares().isEmpty)
            let told = ["share", "updateShare", "cancelShare"].map { "\($0) to \(Account.receiver.id)" }
            #expect(rig.ledger.all == told)
        }
    }

    @Test("An invitation that waits ends with the share's cancellation")
    func endsInvitations() async throws {
        try await withShareRig { rig in
            let number = try rig.submit()
            try await waitFor(1, in: rig.ledger)
            try await share(rig, on: try terms())

            try await rig.desk.cancel(.sample, with: Account.receiver.apiKey, by: Account.owner.id)

            #expect(rig.ledger.all.contains("\(number) deviceTimeout"))
            #expect(rig.desk.pendingRequests == 0)
        }
    }

    @Test("Receivers are told of a share that ends with its device")
    func endsWithDevice() async throws {
        try await withShareRig { rig in
            try await share(rig, on: try terms())
            let ended = Mutex<[String]>([])
            let subscription = rig.bus.subscribe { event in
                guard case .shareChanged(let change) = event, !change.hasBegun else { return }
                ended.withLock { $0.append("\(change.share.receiver.id) \(change.deviceName)") }
            }
            defer { subscription.cancel() }

            _ = try await rig.devices.remove(.sample, by: Account.owner.id)

            #expect(ended.withLock { $0 } == ["\(Account.receiver.id) My device a1b2c3"])
        }
    }
}
