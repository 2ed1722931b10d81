import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Factory record store")
struct FactoryRecordStoreTests {
    private func record(
        _ number: Int,
        key: String = "key",
        source: FactoryRecord.Source = .operator,
        lastSeenAt: UnixTime? = nil
    ) -> FactoryRecord {
        FactoryRecord(
            id: DeviceID(unchecked: "100000000\(number)"),
            factoryKey: APIKey(unchecked: key),
            model: "PSF-B0\(number)-GL",
            uiid: number == 1 ? nil : number,
            chipID: "00c0ffe\(number)",
            source: source,
            createdAt: sampleTime,
            lastSeenAt: lastSeenAt,
            address: lastSeenAt == nil ? "" : "192.0.2.\(number)"
        )
    }

    private func records(_ store: any Store) async throws -> [FactoryRecord] {
        try await store.factoryRecords().sorted { $0.id.rawValue < $1.id.rawValue }
    }

    @Test("Records come back as they were stored, and are replaced", arguments: StoreImplementation.allCases)
    func stores(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            try await store.importFactoryRecords([record(1), record(2)])
            #expect(try await records(store) == [record(1), record(2)])

            try await store.importFactoryRecords([record(2, key: "another")])
            #expect(try await records(store) == [record(1), record(2, key: "another")])

            try await store.removeFactoryRecord(record(1).id)
            try await store.removeFactoryRecord(record(9).id)
            #expect(try await records(store) == [record(2, key: "another")])
        }
    }

    @Test(
        "When a device was seen outlives an import; what it says does not change the operator's record",
        arguments: StoreImplementation.allCases
    )
    func notes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            try await store.importFactoryRecords([record(1)])
            try await store.noteArrivals([
                record(1, key: "other", lastSeenAt: sampleTime), record(2, source: .adopted, lastSeenAt: sampleTime),
                // Removed meanwhile: an operator's record is not made anew.
                record(3, lastSeenAt: sampleTime),
            ])
            #expect(
                try await records(store) == [
                    record(1, lastSeenAt: sampleTime), record(2, source: .adopted, lastSeenAt: sampleTime),
                ]
            )

            // An adopted record that arrives late does not take an import back.
            try await store.importFactoryRecords([record(2, key: "imported")])
            try await store.noteArrivals([record(2, key: "late", source: .adopted, lastSeenAt: sampleTime)])
            #expect(
                try await records(store) == [
                    record(1, lastSeenAt: sampleTime), record(2, key: "imported", lastSeenAt: sampleTime),
                ]
            )
        }
    }

    @Test(
        "Adopted records are changed, forgotten, and go when an account adds the device",
        arguments: StoreImplementation.allCases
    )
    func forgets(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let account = try await store.addAccount(1)
            try await store.noteArrivals([])
            try await store.noteArrivals((1...3).map { record($0, source: .adopted, lastSeenAt: sampleTime) })
            try await store.noteArrivals([record(3, key: "newer", source: .adopted, lastSeenAt: sampleTime)])
            try await store.importFactoryRecords([record(4)])

            _ = try await store.addDevice(1, owner: account)
            _ = try await store.addDevice(4, owner: account)
            try await store.forgetAdopted([record(2).id, record(4).id, record(9).id])

            #expect(
                try await records(store) == [
                    record(3, key: "newer", source: .adopted, lastSeenAt: sampleTime), record(4),
                ]
            )
        }
    }
}
