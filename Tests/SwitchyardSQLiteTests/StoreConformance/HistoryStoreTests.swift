import CoolkitWire
import SwitchyardCore
import Testing

@Suite("History store")
struct HistoryStoreTests {
    private func entry(
        _ params: String,
        of device: Device,
        at seconds: Int = 10,
        by actor: HistoryEntry.Actor = .device
    ) -> HistoryEntry {
        HistoryEntry(
            device: device.id,
            time: sampleTime.advanced(by: .seconds(seconds)),
            actor: actor,
            params: Array(params.utf8)
        )
    }

    @Test(
        "Entries come back as they were, newest first, numbered for each device",
        arguments: StoreImplementation.allCases
    )
    func keeps(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let (first, second) = (
                try await store.addDevice(1, owner: owner), try await store.addDevice(2, owner: owner)
            )
            let entries = [
                entry(#"{"a":1.0,"b":"ü€😀"}"#, of: first),
                entry(#"[{"a":1},{"b":2}]"#, of: second, by: .account(owner.apiKey)),
                entry(#"{"a":2}"#, of: first, at: 5, by: .operatorOfServer),
            ]

            try await store.appendHistory([], keeping: 10)
            try await store.appendHistory(entries, keeping: 10)

            #expect(
                try await store.history(of: first.id, HistoryQuery(limit: 10)) == [
                    HistoryRecord(number: 2, entry: entries[2]), HistoryRecord(number: 1, entry: entries[0]),
                ]
            )
            #expect(
                try await store.history(of: second.id, HistoryQuery(limit: 10)) == [
                    HistoryRecord(number: 1, entry: entries[1])
                ]
            )
        }
    }

    @Test("A query has bounds of time and number, and a limit", arguments: StoreImplementation.allCases)
    func queries(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let device = try await store.addDevice(1, owner: try await store.addAccount(1))
            try await store.appendHistory((1...6).map { entry("{\"n\":\($0)}", of: device, at: $0) }, keeping: 10)
            func numbers(_ query: HistoryQuery) async throws -> [Int64] {
                try await store.history(of: device.id, query).map(\.number)
            }
            let (second, fourth) = (sampleTime.advanced(by: .seconds(2)), sampleTime.advanced(by: .seconds(4)))

            #expect(try await numbers(HistoryQuery(limit: 2)) == [6, 5])
            #expect(try await numbers(HistoryQuery(before: 5, limit: 2)) == [4, 3])
            #expect(try await numbers(HistoryQuery(from: second, to: fourth, limit: 9)) == [4, 3, 2])
            #expect(try await numbers(HistoryQuery(from: second, to: fourth, before: 4, limit: 1)) == [3])
            #expect(try await numbers(HistoryQuery(before: 1, limit: 9)) == [])
        }
    }

    @Test("Each device keeps its newest, and numbers go on", arguments: StoreImplementation.allCases)
    func keepsNewest(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let device = try await store.addDevice(1, owner: try await store.addAccount(1))
            for start in [1, 4] {
                let batch = (start..<start + 3).map { entry("{\"n\":\($0)}", of: device) }
                try await store.appendHistory(batch, keeping: 2)
            }

            #expect(try await store.history(of: device.id, HistoryQuery(limit: 9)).map(\.number) == [6, 5])
        }
    }

    @Test("Those of one device go a few at a time, up to a moment", arguments: StoreImplementation.allCases)
    func removesOfDevice(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let (device, other) = (
                try await store.addDevice(1, owner: owner), try await store.addDevice(2, owner: owner)
            )
            let entries = (1...5).map { entry("{\"n\":\($0)}", of: device, at: $0) }
            try await store.appendHistory(entries + [entry("{}", of: other, at: 3)], keeping: 10)
            let limit = sampleTime.advanced(by: .seconds(4))
            func remove(_ count: Int) async throws -> Int {
                try await store.removeHistory(of: device.id, until: limit, atMost: count)
            }

            #expect(try await remove(3) == 3)
            #expect(try await store.history(of: device.id, HistoryQuery(limit: 9)).map(\.number) == [5, 4])
            #expect(try await remove(3) == 1)
            #expect(try await remove(3) == 0)
            #expect(try await store.history(of: device.id, HistoryQuery(limit: 9)).map(\.number) == [5])
            #expect(try await store.history(of: other.id, HistoryQuery(limit: 9)).count == 1)
        }
    }

    @Test("Old entries go a few at a time", arguments: StoreImplementation.allCases)
    func removesOld(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let device = try await store.addDevice(1, owner: try await store.addAccount(1))
            try await store.appendHistory((1...5).map { entry("{\"n\":\($0)}", of: device, at: $0) }, keeping: 10)
            let limit = sampleTime.advanced(by: .seconds(4))

            #expect(try await store.removeHistory(before: limit, atMost: 2) == 2)
            #expect(try await store.removeHistory(before: limit, atMost: 2) == 1)
            #expect(try await store.removeHistory(before: limit, atMost: 2) == 0)
            #expect(try await store.history(of: device.id, HistoryQuery(limit: 9)).map(\.number) == [5, 4])
        }
    }

    @Test(
        "A device that is gone takes its history along; one that is added again begins anew",
        arguments: StoreImplementation.allCases
    )
    func followsDevice(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let device = try await store.addDevice(1, owner: owner)
            try await store.appendHistory([entry(#"{"n":1}"#, of: device)], keeping: 10)
            try await store.removeDevice(device.id, at: sampleTime)
            try await store.appendHistory([entry(#"{"n":2}"#, of: device)], keeping: 10)
            _ = try await store.addDevice(1, owner: owner)
            // From before it was added.
            try await store.appendHistory([entry(#"{"n":3}"#, of: device, at: 0)], keeping: 10)

            #expect(try await store.history(of: device.id, HistoryQuery(limit: 9)) == [])
            let last = entry(#"{"n":4}"#, of: device)
            try await store.appendHistory([last], keeping: 10)
            #expect(
                try await store.history(of: device.id, HistoryQuery(limit: 9)) == [
                    HistoryRecord(number: 1, entry: last)
                ]
            )
            _ = try await store.removeAccount(owner.id, at: sampleTime)
            #expect(try await store.history(of: device.id, HistoryQuery(limit: 9)) == [])
        }
    }

    @Test(
        "One entry that is no JSON refuses the batch, which then changed nothing",
        arguments: ["no", "1", "{", "{}{}", ""]
    )
    func refuses(params: String) async throws {
        try await StoreImplementation.sqlite.withStore { store in
            let device = try await store.addDevice(1, owner: try await store.addAccount(1))

            await expect(.invalidInput) {
                try await store.appendHistory([entry("{}", of: device), entry(params, of: device)], keeping: 9)
            }

            #expect(try await store.history(of: device.id, HistoryQuery(limit: 9)) == [])
        }
    }

    @Test("The mark of the last report is stored with the state", arguments: StoreImplementation.allCases)
    func lastReport(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let device = try await store.addDevice(1, owner: try await store.addAccount(1))
            let mark = ReportMark(sequence: "1570000000", time: sampleTime)
            try await store.saveStates([DeviceState(id: device.id, lastReport: mark)])
            #expect(try await store.devices().map(\.1.lastReport) == [mark])

            try await store.saveStates([DeviceState(id: device.id)])
            #expect(try await store.devices().map(\.1.lastReport) == [nil])
        }
    }
}
