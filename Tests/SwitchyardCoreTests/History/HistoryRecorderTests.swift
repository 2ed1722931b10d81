import CoolkitWire
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import Testing

@Suite("History")
struct HistoryRecorderTests {
    private static let partner = APIKey(unchecked: "bbbb1111-bbbb-4ccc-8ddd-eeee22220002")

    private func withRig(
        _ settings: HistorySettings = HistorySettings(),
        queueLimit: Int = HistoryRecorder.queueLimit,
        _ body: (HistoryRig) async throws -> Void
    ) async throws {
        try await withTemporaryStore { store in
            try await body(try await HistoryRig(store: store, settings: settings, queueLimit: queueLimit))
        }
    }

    @Test("Every change is kept with its time, what it was, and who made it")
    func keeps() async throws {
        try await withRig { rig in
            let device = try await rig.addDevice()
            func command(_ key: APIKey? = nil) -> StateChange.Source {
                .command(sequence: nil, actingAPIKey: key, session: nil)
            }
            try await rig.run {
                rig.publish(#"{"switch":"on","battery":2.900}"#, of: device)
                rig.clocks.advance(by: .seconds(1))
                rig.publish(#"{"switch":"off"}"#, of: device, source: command())
                rig.publish(#"[{"a":1},{"b":2}]"#, of: device, source: command(Self.partner))
                rig.publish(#"{"pulse":"on"}"#, of: device, source: command(), isByOperator: true)

                let page = try await rig.service.page(of: device.id, HistoryQuery(limit: 10))

                #expect(page.next == nil)
                #expect(page.records.map(\.number) == [4, 3, 2, 1])
                #expect(page.records.map(\.entry.time) == [1, 1, 1, 0].map { sampleTime.advanced(by: .seconds($0)) })
                #expect(
                    page.records.map(\.entry.actor) == [
                        .operatorOfServer, .account(Self.partner), .account(Account.owner.apiKey), .device,
                    ]
                )
                try await rig.expect(
                    [
                        #"{"pulse":"on"}"#, #"[{"a":1},{"b":2}]"#, #"{"switch":"off"}"#,
                        #"{"switch":"on","battery":2.900}"#,
                    ],
                    of: device
                )
            }
        }
    }

    @Test("What changes nothing, and what is no change, is not kept")
    func leavesOut() async throws {
        try await withRig { rig in
            let device = try await rig.addDevice()
            try await rig.run {
                rig.publish(#"{"switch":"on"}"#, of: device, entersHistory: false)
                rig.bus.publish(.presenceChanged(device.presence(at: sampleTime)))

                try await rig.expect([], of: device)
            }
        }
    }

    @Test("A merge enters the history when it changes something, unless the device's opsHistory is off")
    func entersHistory() throws {
        let device = try LiveDevice.sample()
        let (on, off) = (ByteBuffer(string: #"{"switch":"on"}"#), ByteBuffer(string: #"{"switch":"off"}"#))

        #expect(try device.merge(on).entersHistory)
        #expect(!(try device.merge(on).entersHistory))
        device.update { $0.settings[.opsHistory] = false }
        #expect(!(try device.merge(off).entersHistory))
        device.update { $0.settings[.opsHistory] = true }
        #expect(try device.merge(on).entersHistory)
    }

    @Test("Switched off it keeps nothing")
    func switchedOff() async throws {
        try await withRig(.changed { $0.isEnabled = false }) { rig in
            let device = try await rig.addDevice()
            try await rig.run {
                rig.publish(#"{"switch":"on"}"#, of: device)

                try await rig.expect([], of: device)
            }
        }
    }

    @Test("Of each device the newest are kept, as many as are set")
    func boundedByCount() async throws {
        try await withRig(.changed { $0.maximumPerDevice = 3 }) { rig in
            let (first, second) = (try await rig.addDevice("1"), try await rig.addDevice("2"))
            try await rig.run {
                for number in 1...5 { rig.publish("{\"n\":\(number)}", of: first) }
                rig.publish(#"{"n":0}"#, of: second)

                try await rig.expect([5, 4, 3].map { "{\"n\":\($0)}" }, of: first)
                rig.publish(#"{"n":6}"#, of: first)
                try await rig.expect([6, 5, 4].map { "{\"n\":\($0)}" }, of: first)
                try await rig.expect([#"{"n":0}"#], of: second)
            }
        }
    }

    @Test("What is older than it may be is not shown, and then removed")
    func boundedByAge() async throws {
        try await withRig(.changed { ($0.maximumAge, $0.maximumPerDevice) = (.seconds(3_600), 1_000) }) { rig in
            let device = try await rig.addDevice()
            try await rig.run {
                for number in 1...1_200 { rig.publish("{\"n\":\(number)}", of: device) }
                await rig.recorder.flush()
                rig.clocks.advance(by: .seconds(3_601))
                rig.publish(#"{"n":0}"#, of: device)

                try await rig.expect([#"{"n":0}"#], of: device)
                let before = try await rig.store.history(of: device.id, HistoryQuery(limit: 2_000)).count
                #expect(before == 1_000)
                await rig.recorder.prune()
                let left = try await rig.store.history(of: device.id, HistoryQuery(limit: 2_000)).count
                #expect(left == 1)
            }
        }
    }

    @Test("When nothing is written the queue keeps the newest, and holds no more than its bound")
    func boundedQueue() async throws {
        try await withRig(queueLimit: 4) { rig in
            let device = try await rig.addDevice()
            let subscription = rig.recorder.subscribe(to: rig.bus)
            for number in 1...10 { rig.publish("{\"n\":\(number)}", of: device) }
            subscription.cancel()

            try await rig.run {
                try await rig.expect([10, 9, 8, 7].map { "{\"n\":\($0)}" }, of: device)
            }
        }
    }

    @Test("What the store refuses is written when it recovers")
    func recovers() async throws {
        try await withRig { rig in
            let device = try await rig.addDevice()
            let large = String(repeating: "x", count: 60_000)
            try await rig.run {
                try await rig.setRoom(isLeft: false)
                rig.publish("{\"large\":\"\(large)\"}", of: device)
                try await rig.expect([], of: device)

                try await rig.setRoom(isLeft: true)
                rig.publish(#"{"n":2}"#, of: device)
                try await rig.expect([#"{"n":2}"#, "{\"large\":\"\(large)\"}"], of: device)
            }
        }
    }

    @Test("An entry that can never be stored holds up no other")
    func isolatesBadEntry() async throws {
        try await withRig { rig in
            let device = try await rig.addDevice()
            try await rig.run {
                rig.publish(#"{"n":1}"#, of: device)
                rig.publish("no", of: device)
                rig.publish(#"{"n":3}"#, of: device)

                try await rig.expect([#"{"n":3}"#, #"{"n":1}"#], of: device)
            }
        }
    }

    @Test("A graceful stop writes what is queued")
    func flushesAtEnd() async throws {
        try await withRig { rig in
            let device = try await rig.addDevice()
            try await rig.run {
                for number in 1...600 { rig.publish("{\"n\":\(number)}", of: device) }
            }

            let left = try await rig.store.history(of: device.id, HistoryQuery(limit: 1_000)).count
            #expect(left == 600)
        }
    }

    @Test("A removed device takes its history with it, what is still queued too")
    func removedDevice() async throws {
        try await withRig { rig in
            let device = try await rig.addDevice()
            try await rig.run {
                rig.publish(#"{"n":1}"#, of: device)
                await rig.recorder.flush()
                try await rig.store.removeDevice(device.id, at: rig.clocks.wall.now)
                rig.publish(#"{"n":2}"#, of: device)
                rig.bus.publish(.deviceRemoved(device.id, owner: Account.owner.id))
                let again = Device.sample(device.id)
                try await rig.store.createDevice(again, state: DeviceState(id: again.id))

                try await rig.expect([], of: device)
            }
        }
    }

    @Test("Pages follow each other by number; who may not see the device is told that there is none")
    func pages() async throws {
        try await withRig { rig in
            let device = try await rig.addDevice()
            try await rig.run {
                for number in 1...5 {
                    rig.publish("{\"n\":\(number)}", of: device)
                    rig.clocks.advance(by: .seconds(1))
                }
                let owner = Account.owner.id
                let first = try await rig.service.page(of: device.id, HistoryQuery(limit: 2), visibleTo: owner)
                let second = try await rig.service.page(
                    of: device.id,
                    HistoryQuery(before: first.next, limit: 3),
                    visibleTo: owner
                )
                let between = try await rig.service.page(
                    of: device.id,
                    HistoryQuery(
                        from: sampleTime.advanced(by: .seconds(1)),
                        to: sampleTime.advanced(by: .seconds(2)),
                        limit: 100
                    ),
                    visibleTo: owner
                )

                #expect(first.records.map(\.number) == [5, 4])
                #expect(first.next == 4)
                #expect(second.records.map(\.number) == [3, 2, 1])
                #expect(second.next == nil)
                #expect(between.records.map(\.number) == [3, 2])
            }
            let query = HistoryQuery(limit: 1)
            await expect(.deviceNotFound) {
                _ = try await rig.service.page(of: device.id, query, visibleTo: Account.stranger.id)
            }
            await expect(.deviceNotFound) { _ = try await rig.service.page(of: DeviceID(unchecked: "9"), query) }
            for limit in [0, 101] {
                await expect(.invalidInput) {
                    _ = try await rig.service.page(of: device.id, HistoryQuery(limit: limit))
                }
            }
        }
    }
}
