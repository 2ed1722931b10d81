import CoolkitWire
import SwitchyardSQLite
import Synchronization
import Testing

@testable import SwitchyardCore

/// Source of the rules: `coolkit-websocket.md` §4, `autoAdopt`.
@Suite("Devices in no account")
struct UnclaimedDevicesTests {
    private let unclaimed = UnclaimedDevices()

    private static func settings(_ autoAdopt: Bool = true, maximum: Int = 3, perAddress: Int = 2) -> ProtocolSettings {
        .changed {
            $0.autoAdopt = autoAdopt
            $0.maximumAdoptedDevices = maximum
            $0.maximumAdoptedDevicesPerAddress = perAddress
        }
    }

    private func arrive(
        _ id: String = "1",
        key: String = "key",
        chipID: String? = nil,
        model: String? = nil,
        from address: String = "192.0.2.1",
        with settings: ProtocolSettings = settings()
    ) -> UnclaimedDevices.Arrival {
        let registration = DeviceRegistration(
            id: DeviceID(unchecked: id),
            factoryKey: APIKey(unchecked: key),
            version: 8,
            chipID: chipID,
            model: model
        )
        return unclaimed.arrived(registration, from: address, at: sampleTime, settings: settings)
    }

    private func enter(_ id: String = "1", key: String = "key", chipID: String = "") {
        unclaimed.set([
            FactoryRecord(
                id: DeviceID(unchecked: id),
                factoryKey: APIKey(unchecked: key),
                chipID: chipID,
                source: .operator,
                createdAt: sampleTime
            )
        ])
    }

    @Test("Without autoAdopt nothing is kept; of a device on the operator's list it is noted that it was here")
    func withoutAdoption() {
        #expect(arrive(with: Self.settings(false)) == .unknown(isKnown: false))
        #expect(unclaimed.all().isEmpty)

        enter()
        #expect(arrive(key: "wrong", with: Self.settings(false)) == .unknown(isKnown: false))
        #expect(unclaimed.record(DeviceID(unchecked: "1"))?.lastSeenAt == nil)
        #expect(arrive(with: Self.settings(false)) == .unknown(isKnown: true))
        #expect(unclaimed.record(DeviceID(unchecked: "1"))?.lastSeenAt == sampleTime)
        #expect(unclaimed.record(DeviceID(unchecked: "1"))?.address == "192.0.2.1")
    }

    @Test("With it unknown devices are kept, within the bounds in all and for each address")
    func bounds() {
        #expect(arrive("1") == .kept)
        #expect(arrive("2") == .kept)
        #expect(arrive("3") == .unknown(isKnown: false))
        #expect(arrive("3", from: "192.0.2.2") == .kept)
        #expect(arrive("4", from: "192.0.2.3") == .unknown(isKnown: false))
        // One that is known comes back at any time, also from elsewhere.
        #expect(arrive("1", from: "192.0.2.2") == .kept)

        unclaimed.remove(DeviceID(unchecked: "2"))
        #expect(arrive("4", from: "192.0.2.3") == .kept)
        unclaimed.claimed(DeviceID(unchecked: "4"))
        #expect(unclaimed.record(DeviceID(unchecked: "4")) == nil)
        #expect(arrive("5", from: "192.0.2.2") == .unknown(isKnown: false))
        #expect(arrive("5", from: "192.0.2.1") == .kept)
        #expect(unclaimed.all().count == 3)
        #expect(unclaimed.operatorCount == 0)
    }

    @Test("The operator's record binds: another key or chipid is refused, and its facts stay")
    func bindsRecords() {
        enter(chipID: "C1")

        #expect(arrive(key: "wrong") == .refused)
        #expect(arrive(chipID: "C2") == .refused)
        #expect(arrive(chipID: "C1", model: "M") == .kept)
        #expect(arrive() == .kept)
        #expect(unclaimed.record(DeviceID(unchecked: "1"))?.model == "")
        unclaimed.claimed(DeviceID(unchecked: "1"))
        #expect(unclaimed.record(DeviceID(unchecked: "1")) != nil)
    }

    @Test("A record that a device has left gives way to another key, but not while that device is there")
    func replacesAdopted() throws {
        #expect(arrive(key: "first", model: "M") == .kept)
        let id = DeviceID(unchecked: "1")
        let connection = try #require(unclaimed.connect(id) {})

        #expect(arrive(key: "second") == .unknown(isKnown: false))
        connection.cancel()
        #expect(arrive(key: "second") == .kept)
        #expect(unclaimed.record(id)?.factoryKey.rawValue == "second")
        #expect(unclaimed.record(gsmID: DeviceDigest.gsm(deviceID: id, apiKey: APIKey(unchecked: "first"))) == nil)
        #expect(unclaimed.record(gsmID: DeviceDigest.gsm(deviceID: id, apiKey: APIKey(unchecked: "second")))?.id == id)
    }

    @Test("A newer connection of a device closes the older one; a removed record closes its connection")
    func connections() throws {
        let closed = Mutex<[Int]>([])
        let id = DeviceID(unchecked: "1")
        #expect(unclaimed.connect(id) {} == nil)
        _ = arrive()

        let first = try #require(unclaimed.connect(id) { closed.withLock { $0.append(1) } })
        _ = try #require(unclaimed.connect(id) { closed.withLock { $0.append(2) } })
        #expect(closed.withLock { $0 } == [1])
        // The end of the older one does not take the newer one out.
        first.cancel()
        #expect(unclaimed.all().map(\.isConnected) == [true])
        unclaimed.remove(id)
        #expect(closed.withLock { $0 } == [1, 2])
    }

    @Test("An import keeps when a device was seen, and an operator's record never counts as adopted")
    func imports() {
        _ = arrive("1")
        enter("1", key: "imported")

        #expect(unclaimed.record(DeviceID(unchecked: "1"))?.lastSeenAt == sampleTime)
        #expect(unclaimed.record(DeviceID(unchecked: "1"))?.source == .operator)
        #expect(unclaimed.operatorCount == 1)
        #expect(arrive("2") == .kept)
        #expect(arrive("3") == .kept)
    }

    // MARK: In the store

    @Test("What a device left is written, and what has gone meanwhile is not")
    func writes() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            try await rig.run {
                for id in ["1", "2"] {
                    _ = arrive(id)
                    rig.writer.storeRecord(of: DeviceID(unchecked: id), in: unclaimed)
                }
                await rig.timer.fire()
                await rig.timer.fire()
                unclaimed.remove(DeviceID(unchecked: "2"))
                rig.writer.storeRecord(of: DeviceID(unchecked: "2"), in: unclaimed)
            }

            #expect(try await store.factoryRecords() == unclaimed.all().map(\.record))
            #expect(unclaimed.all().map(\.record.id.rawValue) == ["1"])
        }
    }
}
