import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import TestRandom
import Testing

/// Source: `uiid-catalogue.md` §9.
@Suite("Sub-devices")
struct SubDeviceTests {
    private static let childID = DeviceID(unchecked: "a480000001")
    private static let later = sampleTime.advanced(by: .seconds(10))

    // MARK: Presence and routing

    /// A gateway and a sub-device behind it, without a store.
    private struct Pair {
        let gateway: LiveDevice
        let child: LiveDevice
        let link = RecordingLink()

        init() throws {
            gateway = try LiveDevice.sample()
            let device = Device.sample(childID, parent: gateway.id)
            child = try LiveDevice(device, state: DeviceState(id: device.id), gateway: gateway)
        }

        func attach() { _ = gateway.attach(link, address: "192.0.2.7", at: sampleTime) }
    }

    @Test("A sub-device follows its gateway, once for each change")
    func followsGateway() throws {
        let pair = try Pair()
        #expect(pair.child.followGateway(at: sampleTime) == nil)

        pair.attach()
        let change = try #require(pair.child.followGateway(at: sampleTime))

        #expect((change.device, change.isOnline, change.time) == (pair.child.id, true, sampleTime))
        #expect(pair.child.followGateway(at: Self.later) == nil)
        #expect(pair.child.snapshot.onlineTime == sampleTime)
        #expect(pair.child.snapshot.address == "192.0.2.7")
        #expect(pair.gateway.followGateway(at: sampleTime) == nil)
    }

    @Test("Its own flag takes a sub-device off, and a gateway that goes does so whatever the flag says")
    func hasOwnFlag() throws {
        let pair = try Pair()
        pair.attach()
        _ = pair.child.followGateway(at: sampleTime)

        #expect(pair.child.setReachable(false, at: Self.later)?.isOnline == false)
        #expect(pair.child.setReachable(false, at: Self.later) == nil)
        #expect(pair.child.snapshot.offlineTime == Self.later)
        #expect(pair.child.setReachable(true, at: Self.later)?.isOnline == true)
        #expect(pair.gateway.detach(generation: 1))
        #expect(pair.child.followGateway(at: Self.later) == nil)
        #expect(pair.gateway.graceEnded(generation: 1, at: Self.later) != nil)
        #expect(pair.child.followGateway(at: Self.later)?.isOnline == false)
        #expect(pair.child.setReachable(true, at: Self.later) == nil)
        #expect(pair.gateway.setReachable(false, at: Self.later) == nil)
    }

    @Test("A command takes the gateway's link, waits with it, and ends when either is gone")
    func routes() throws {
        let pair = try Pair()
        let origin = RecordingOrigin()
        func send() { pair.child.dispatch(.sample(to: pair.child, from: origin)) }

        send()
        #expect(origin.names == ["offline"])
        pair.attach()
        _ = pair.child.followGateway(at: sampleTime)
        send()
        #expect(pair.link.commands.map(\.device.id) == [pair.child.id])
        _ = pair.gateway.detach(generation: 1)
        send()
        let back = try #require(pair.gateway.attach(RecordingLink(), address: "", at: Self.later))
        #expect(back.parked.map(\.device.id) == [pair.child.id])
        _ = pair.child.setReachable(false, at: Self.later)
        for command in back.parked { command.device.dispatch(command) }
        #expect(origin.names == ["offline", "offline"])
    }

    @Test("However coming, going and following interleave, the end is the gateway's", arguments: 0..<20)
    func settles(round: Int) async throws {
        let pair = try Pair()
        await withTaskGroup { group in
            for number in 0..<4 {
                group.addTask {
                    var random = SeededGenerator(seed: UInt64(round * 10 + number))
                    for _ in 0..<200 {
                        if Bool.random(using: &random) {
                            if let attached = pair.gateway.attach(RecordingLink(), address: "", at: sampleTime),
                                Bool.random(using: &random), pair.gateway.detach(generation: attached.generation)
                            {
                                _ = pair.gateway.graceEnded(generation: attached.generation, at: Self.later)
                            }
                        }
                        _ = pair.child.followGateway(at: sampleTime)
                    }
                }
            }
        }

        _ = pair.child.followGateway(at: sampleTime)
        #expect(pair.child.snapshot.isOnline == pair.gateway.snapshot.isOnline)
    }

    // MARK: Adding and removing

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

        @discardableResult
        func add(
            _ id: DeviceID,
            behind parent: DeviceID? = nil,
            to account: Account = .owner
        ) async throws -> DeviceSnapshot {
            let addition = DeviceService.Addition(
                id: id,
                credential: .key(.factory),
                facts: DeviceFacts(uiid: 1),
                parent: parent
            )
            return try await devices.add(addition, to: account, under: nil)
        }

        func report(_ ids: String..., uiid: Int = 1_009) -> SubDeviceReport {
            SubDeviceReport(
                entries: ids.map { .init(id: DeviceID(unchecked: $0), uiid: uiid, isReachable: nil) }
            )
        }

        var gateway: LiveDevice {
            get throws { try #require(registry.device(.sample)) }
        }
    }

    private func withRig(
        _ settings: ProtocolSettings = ProtocolSettings(),
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await withTemporaryStore { store in
            try await store.createAccount(.owner, passwordHash: "!")
            try await store.createAccount(.stranger, passwordHash: "!")
            let rig = Rig(store, settings: settings)
            try await rig.add(.sample)
            try await body(rig)
        }
    }

    @Test("A gateway's list makes devices of its owner; they are there after a restart")
    func takesLists() async throws {
        try await withRig { rig in
            try await rig.devices.take(rig.report("a480000001", "a480000002"), from: try rig.gateway)
            try await rig.devices.take(rig.report("a480000002", uiid: 1_770), from: try rig.gateway)

            let restarted = Rig(rig.store)
            try await restarted.devices.load()
            let seen = restarted.registry.subDevices(of: .sample).map(\.device)
            #expect(Set(seen.map(\.id.rawValue)) == ["a480000001", "a480000002"])
            #expect(seen.first { $0.id.rawValue == "a480000002" }?.facts.uiid == 1_770)
            #expect(seen.allSatisfy { $0.owner == Account.owner.id && $0.parent == .sample && $0.addedUnder == nil })
            #expect(Set(seen.map(\.factoryKey)).count == 2)
            #expect(restarted.registry.subDevices(of: .sample).allSatisfy { $0.gateway?.id == .sample })
        }
    }

    @Test("A sub-device is added behind a gateway of the account only, and stays behind it")
    func checksGateways() async throws {
        try await withRig(.changed { $0.maximumSubDevicesPerGateway = 1 }) { rig in
            let stranger = DeviceID(unchecked: "1000000009")
            try await rig.add(stranger, to: .stranger)
            try await rig.add(Self.childID, behind: .sample)

            await expect(.deviceNotFound) { try await rig.add(DeviceID(unchecked: "a5"), behind: stranger) }
            await expect(.deviceNotFound) { try await rig.add(DeviceID(unchecked: "a5"), behind: Self.childID) }
            await expect(.deviceNotFound) {
                try await rig.add(DeviceID(unchecked: "a5"), behind: DeviceID(unchecked: "a5"))
            }
            await expect(.busy) { try await rig.add(DeviceID(unchecked: "a5"), behind: .sample) }
            await expect(.alreadyExists) { try await rig.add(.sample, behind: Self.childID) }
            #expect(try await rig.add(Self.childID, behind: .sample).device.parent == .sample)
            #expect(try await rig.add(Self.childID).device.parent == .sample)
            #expect(try await rig.store.devices().count == 3)
        }
    }

    @Test("A removed gateway takes its sub-devices along, also those that are just being added", arguments: 0..<5)
    func removesTogether(round: Int) async throws {
        try await withRig { rig in
            try await rig.add(Self.childID, behind: .sample)
            await withTaskGroup { group in
                for number in 0..<10 {
                    group.addTask {
                        // Those that come too late are refused.
                        _ = try? await rig.add(DeviceID(unchecked: "a\(number)"), behind: .sample)
                    }
                }
                group.addTask { _ = try? await rig.devices.remove(.sample, by: Account.owner.id) }
            }

            #expect(try await rig.store.devices().isEmpty)
            #expect(rig.registry.allDevices().isEmpty)
            #expect(rig.registry.devices(of: Account.owner.id).isEmpty)
            #expect(rig.registry.subDevices(of: .sample).isEmpty)
        }
    }

    @Test("A list that would not fit into the account is refused as a whole")
    func boundsLists() async throws {
        try await withRig(.changed { $0.maximumDevicesPerAccount = 2 }) { rig in
            await expect(.invalidInput) {
                try await rig.devices.take(rig.report("a1", "a2"), from: try rig.gateway)
            }
            #expect(try await rig.store.devices().count == 1)

            try await rig.devices.take(rig.report("a1"), from: try rig.gateway)
            try await rig.devices.take(rig.report("a1", uiid: 66), from: try rig.gateway)
            #expect(try await rig.store.devices().count == 2)
        }
    }

    @Test("No more than 1024 lists wait to be taken over")
    func boundsWaitingLists() async throws {
        try await withRig { rig in
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let reports = SubDeviceReports(
                devices: rig.devices,
                writer: StateWriter(store: rig.store, flushInterval: .seconds(1), logger: logger) { _ in },
                bus: LocalBus(),
                logger: logger
            )
            let gateway = try rig.gateway
            func take(_ ticket: UInt64) -> Bool {
                reports.take(
                    rig.report("a1"),
                    from: gateway,
                    params: ByteBuffer(string: "[]"),
                    deviceSequence: nil,
                    link: RecordingLink(),
                    ticket: ticket
                )
            }

            #expect((1...1_025).map { take($0) } == [Bool](repeating: true, count: 1_024) + [false])
        }
    }

    @Test("A sub-device has no connection of its own")
    func refusesRegister() async throws {
        try await withRig { rig in
            try await rig.add(Self.childID, behind: .sample)
            let registration = DeviceRegistration(id: Self.childID, factoryKey: .factory, version: 8)

            guard case .refused = rig.registry.decide(registration, strictChipID: false) else {
                Issue.record("accepted")
                return
            }
        }
    }
}
