import CoolkitWire
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

@Suite("Factory records and what the operator changes")
struct DeviceServiceFactoryTests {
    private struct Rig {
        let store: SQLiteStore
        let registry = DeviceRegistry()
        let devices: DeviceService

        init(_ store: SQLiteStore, settings: ProtocolSettings = ProtocolSettings()) {
            self.store = store
            devices = DeviceService(
                store: store,
                registry: registry,
                bus: LocalBus(),
                settings: settings,
                clock: ManualClocks().wall
            )
        }
    }

    private func withRig(
        _ settings: ProtocolSettings = ProtocolSettings(),
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await withTemporaryStore { store in
            try await store.createAccount(.owner, passwordHash: "!")
            try await store.createAccount(.stranger, passwordHash: "!")
            try await body(Rig(store, settings: settings))
        }
    }

    private func record(
        _ id: String = "1000a1b2c3",
        key: APIKey = .factory,
        model: String = "",
        uiid: Int? = nil
    ) -> FactoryRecord {
        FactoryRecord(
            id: DeviceID(unchecked: id),
            factoryKey: key,
            model: model,
            uiid: uiid,
            source: .operator,
            createdAt: sampleTime
        )
    }

    @Test("Records survive a restart, are listed, and are removed")
    func keepsRecords() async throws {
        try await withRig { rig in
            try await rig.devices.importRecords([record("2"), record("1", model: "M", uiid: 4)])
            try await rig.devices.importRecords([record("2", key: APIKey(unchecked: "newer"))])

            let restarted = Rig(rig.store)
            try await restarted.devices.load()
            #expect(restarted.devices.knownDevices().map(\.record) == rig.devices.knownDevices().map(\.record))
            #expect(restarted.devices.knownDevices().map(\.record.id.rawValue) == ["1", "2"])
            try await restarted.devices.removeRecord(DeviceID(unchecked: "1"))
            await expect(.deviceNotFound) { try await restarted.devices.removeRecord(DeviceID(unchecked: "1")) }
            #expect(try await rig.store.factoryRecords().map(\.id.rawValue) == ["2"])
        }
    }

    @Test("An import is all or nothing: no device twice, no more than may be, also at once")
    func boundsImports() async throws {
        try await withRig(.changed { $0.maximumFactoryRecords = 3 }) { rig in
            await expect(.invalidInput) { try await rig.devices.importRecords([record("1"), record("1")]) }
            await expect(.busy) { try await rig.devices.importRecords((1...4).map { record("\($0)") }) }
            #expect(try await rig.store.factoryRecords().isEmpty)

            await withTaskGroup { group in
                for number in 1...8 {
                    // Those beyond the bound are refused.
                    group.addTask { try? await rig.devices.importRecords([record("\(number)")]) }
                }
            }
            let known = rig.devices.knownDevices()
            #expect(known.count == 3)
            #expect(try await rig.store.factoryRecords().count == 3)
            // What is known is replaced also when there is no room.
            try await rig.devices.importRecords(known.map { record($0.record.id.rawValue, model: "M") })
        }
    }

    @Test("A device is claimed with what its record knows; it stays on the list as claimed")
    func claims() async throws {
        try await withRig { rig in
            try await rig.devices.importRecords([record("1", model: "PSF-B04-GL"), record("2", uiid: 6), record("3")])
            func claim(_ id: String) async throws -> Device {
                try await rig.devices.claim(DeviceID(unchecked: id), named: nil, for: .owner).device
            }

            let devices = [try await claim("1"), try await claim("2"), try await claim("3")]

            #expect(devices.map(\.facts.uiid) == [4, 6, 1])
            #expect(devices.map(\.isInterfaceChosen) == [false, true, false])
            #expect(devices.map(\.addedUnder) == [nil, nil, nil])
            #expect(rig.devices.knownDevices().map(\.isClaimed) == [true, true, true])
            await expect(.deviceNotFound) { _ = try await claim("4") }
            await expect(.deviceOwnedByAnother) {
                _ = try await rig.devices.claim(DeviceID(unchecked: "1"), named: nil, for: .stranger)
            }
        }
    }

    @Test("What a device left by itself proves nothing: another key replaces it")
    func adoptedRecordsDoNotBind() async throws {
        try await withRig { rig in
            var adopted = record(key: APIKey(unchecked: "squatter"), model: "PSF-B04-GL")
            adopted.source = .adopted
            adopted.lastSeenAt = sampleTime
            try await rig.store.noteArrivals([adopted])
            try await rig.devices.load()

            let added = try await rig.devices.add(
                .init(id: .sample, credential: .key(.factory), facts: DeviceFacts(uiid: 1)),
                to: .owner,
                under: AppID(unchecked: "app")
            )

            #expect(added.device.factoryKey == .factory)
            #expect(added.device.facts.model == "")
            #expect(rig.devices.knownDevices().isEmpty)
            #expect(try await rig.store.factoryRecords().isEmpty)
        }
    }

    @Test("An adopted record that a crash left beside its device is taken out at the start")
    func dropsLeftovers() async throws {
        try await withRig { rig in
            _ = try await rig.devices.claimSample()
            var adopted = record()
            adopted.source = .adopted
            try await rig.store.noteArrivals([adopted])

            let restarted = Rig(rig.store)
            try await restarted.devices.load()

            #expect(restarted.devices.knownDevices().isEmpty)
            #expect(try await rig.store.factoryRecords().isEmpty)
        }
    }

    // MARK: Changes by the operator

    @Test("The operator changes what he names and nothing else, also in the store")
    func adjusts() async throws {
        try await withRig { rig in
            var expected = try await rig.devices.claimSample().device
            var adjustment = DeviceService.Adjustment()
            adjustment.settings = [.opsNotify: true, .opsHistory: false]
            adjustment.fullSwitchesArray = .some(true)
            adjustment.addedApplications = [AppID(unchecked: "x"), AppID(unchecked: "y")]
            _ = try await rig.devices.adjust(.sample, adjustment)
            adjustment = DeviceService.Adjustment()
            adjustment.name = " Porch "
            adjustment.uiid = 14
            adjustment.ackByUpdate = true
            adjustment.fullSwitchesArray = .some(nil)
            adjustment.removedApplications = [AppID(unchecked: "x"), AppID(unchecked: "z")]

            let adjusted = try await rig.devices.adjust(.sample, adjustment).device

            expected.name = "Porch"
            (expected.facts.uiid, expected.isInterfaceChosen) = (14, true)
            expected.options.ackByUpdate = true
            expected.settings[.opsNotify] = true
            expected.settings[.opsHistory] = false
            expected.applications = [AppID(unchecked: "y")]
            #expect(adjusted == expected)
            #expect(try await rig.store.devices().map(\.0) == [expected])
            #expect(rig.registry.device(.sample)?.countsUpdateAsAck == true)
        }
    }

    @Test("What the operator may not set is refused and changes nothing")
    func refusesAdjustments() async throws {
        try await withRig { rig in
            let before = try await rig.devices.claimSample().device
            var tooMany = DeviceService.Adjustment()
            tooMany.addedApplications = Set((0...64).map { AppID(unchecked: "\($0)") })
            var blank = DeviceService.Adjustment()
            blank.name = "  "

            for wrong in [tooMany, blank] {
                await expect(.invalidInput) { _ = try await rig.devices.adjust(.sample, wrong) }
            }
            await expect(.deviceNotFound) {
                _ = try await rig.devices.adjust(DeviceID(unchecked: "9"), DeviceService.Adjustment())
            }
            #expect(try await rig.store.devices().map(\.0) == [before])
        }
    }

    @Test("A device that is added again under another appid belongs to both")
    func associates() async throws {
        try await withRig(.changed { $0.restrictDevicesToAppid = true }) { rig in
            let (first, second) = (AppID(unchecked: "first"), AppID(unchecked: "second"))
            let addition = DeviceService.Addition(id: .sample, credential: .key(.factory), facts: DeviceFacts(uiid: 1))
            _ = try await rig.devices.add(addition, to: .owner, under: first)
            #expect(rig.devices.devices(visibleTo: Account.owner.id, through: second).isEmpty)

            let again = try await rig.devices.add(addition, to: .owner, under: second)

            #expect(again.device.applications == [second])
            for app in [first, second] {
                #expect(rig.devices.devices(visibleTo: Account.owner.id, through: app).count == 1)
            }
            #expect(try await rig.store.devices().map(\.0) == [again.device])
        }
    }
}

extension DeviceService {
    /// Adds the sample device to the owner without a choice of its uiid.
    fileprivate func claimSample() async throws -> DeviceSnapshot {
        try await add(
            .init(id: .sample, credential: .key(.factory), facts: DeviceFacts(uiid: 1), isInterfaceChosen: false),
            to: .owner,
            under: nil
        )
    }
}
