import CoolkitWire
import Logging
import NIOCore
import SwitchyardSQLite
import Synchronization
import Testing

@testable import SwitchyardCore

@Suite("Sensors that report by HTTPS")
struct SensorServiceTests {
    private static let address = "192.0.2.30"

    /// A sensor, its owner, and what the bus carried.
    private struct Rig: Sendable {
        let writing: StateWriterRig
        let clocks = ManualClocks()
        let registry = DeviceRegistry()
        let events = RecordedEvents()
        let bus = LocalBus()
        let sensors: SensorService
        let device: LiveDevice

        init(
            _ writing: StateWriterRig,
            settings: ProtocolSettings = ProtocolSettings(),
            perDevice: Int = 10,
            perAddress: Int = 30
        ) async throws {
            var settings = settings
            (settings.failedReportsPerDevice, settings.failedReportsPerAddress) = (perDevice, perAddress)
            self.writing = writing
            sensors = SensorService(
                registry: registry,
                writer: writing.writer,
                bus: bus,
                guesses: DeviceGuessLimits(settings, clock: clocks.monotonic),
                settings: settings,
                clock: clocks.wall,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            device = try await writing.addDevice("100000788a")
            registry.insert(device)
            _ = bus.subscribe { [events] in events.add($0) }
        }

        func report(
            _ params: String = #"{"switch":"on"}"#,
            sequence: String = "1570000000",
            device: String = "100000788a",
            key: APIKey = .factory
        ) -> SensorReport {
            let id = DeviceID(unchecked: device)
            return SensorReport(
                device: id,
                sequence: sequence,
                params: ByteBuffer(string: params),
                signature: DeviceDigest.sensorReport(apiKey: key, deviceID: id, deviceSequence: sequence)
            )
        }

        func take(_ report: SensorReport, from address: String = SensorServiceTests.address) async throws {
            try await sensors.take(report, from: address)
        }
    }

    private func withRig(
        _ settings: ProtocolSettings = ProtocolSettings(),
        perDevice: Int = 10,
        perAddress: Int = 30,
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await withTemporaryStore { store in
            let writing = try await StateWriterRig(store: store)
            let rig = try await Rig(writing, settings: settings, perDevice: perDevice, perAddress: perAddress)
            try await writing.run { try await body(rig) }
        }
    }

    @Test("A report is in the store when it is answered, with the times that the server adds")
    func stores() async throws {
        try await withRig { rig in
            try await rig.take(rig.report(#"{"switch":"on", "battery":2.900,"actionTime":"x"}"#))

            let time = sampleTime.iso8601
            #expect(
                try await rig.writing.stored(rig.device)
                    == #"{"switch":"on","battery":2.900,"actionTime":"\#(time)","lastUpdateTime":"\#(time)"}"#
            )
            let state = try await rig.writing.store.devices().map(\.1).first
            #expect(state?.lastReport == ReportMark(sequence: "1570000000", time: sampleTime))
            #expect(state?.address == Self.address)
            #expect(rig.device.snapshot.isOnline)
            #expect(rig.device.snapshot.onlineTime == sampleTime)
        }
    }

    @Test("Apps hear that it is online, and its report as one of the device")
    func tells() async throws {
        try await withRig { rig in
            try await rig.take(rig.report())
            rig.clocks.advance(by: .seconds(60))
            try await rig.take(rig.report(#"{"switch":"on","type":4}"#, sequence: "1570000060"))

            let (first, second) = (sampleTime.iso8601, sampleTime.advanced(by: .seconds(60)).iso8601)
            #expect(
                rig.events.texts == [
                    "online",
                    #""1570000000" {"switch":"on","actionTime":"\#(first)","lastUpdateTime":"\#(first)"} true"#,
                    #""1570000060" {"switch":"on","type":4,"lastUpdateTime":"\#(second)"} true"#,
                ]
            )
        }
    }

    @Test("actionTime moves when the door does, lastUpdateTime with each report")
    func times() async throws {
        try await withRig { rig in
            var times: [[String?]] = []
            for (number, position) in ["on", "on", "off"].enumerated() {
                try await rig.take(rig.report(#"{"switch":"\#(position)"}"#, sequence: "\(number)"))
                let params = try JSON(parsing: rig.device.snapshot.params)
                times.append(["actionTime", "lastUpdateTime"].map { params[$0]?.stringValue })
                rig.clocks.advance(by: .seconds(10))
            }

            let moments = [0, 10, 20].map { sampleTime.advanced(by: .seconds($0)).iso8601 }
            #expect(times == [[moments[0], moments[0]], [moments[0], moments[1]], [moments[2], moments[2]]])
        }
    }

    @Test("A repeated report is answered and changes nothing")
    func repeats() async throws {
        try await withRig { rig in
            try await rig.take(rig.report())
            let before = try await rig.writing.stored(rig.device)
            rig.clocks.advance(by: .seconds(5))

            try await rig.take(rig.report())

            #expect(try await rig.writing.stored(rig.device) == before)
            #expect(rig.events.texts.count == 2)
        }
    }

    @Test("A door that opens and closes within a second is closed, though both reports have the same d_seq")
    func sameSecond() async throws {
        try await withRig { rig in
            try await rig.take(rig.report())

            try await rig.take(rig.report(#"{"switch":"off"}"#))

            #expect(try await rig.writing.stored(rig.device)?.contains(#""switch":"off""#) == true)
            #expect(rig.events.texts.count == 3)
        }
    }

    @Test("A retry that comes while the first is being stored is answered when that is stored", arguments: [1, 8])
    func repeatsAtOnce(count: Int) async throws {
        try await withRig { rig in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0...count {
                    tasks.addTask {
                        try await rig.take(rig.report())
                        let stored = try await rig.writing.stored(rig.device)
                        #expect(stored?.contains(#""switch":"on""#) == true)
                    }
                }
                try await tasks.waitForAll()
            }

            #expect(rig.events.texts.count == 2)
        }
    }

    @Test("A report teaches what the device is; a chipid that is known stays")
    func learns() async throws {
        try await withRig { rig in
            let report = #"{"switch":"on","fwVersion":"1000.2.917","chipID":"884a18120525","mac":"884a18120525"}"#
            try await rig.take(rig.report(report))
            try await rig.take(rig.report(#"{"chipid":"other","mac":7,"fwVersion":""}"#, sequence: "2"))

            let facts = rig.device.device.facts
            #expect(facts.mac == "884a18120525" && facts.chipID == "884a18120525")
            #expect(facts.romVersion == "1000.2.917")
            #expect(facts.uiid == 102)
            await rig.writing.timer.fire()
            await rig.writing.timer.fire()
            try await rig.take(rig.report(sequence: "3"))
            #expect(try await rig.writing.store.devices().map(\.0.facts) == [facts])
        }
    }

    @Test("A bad signature and an unknown device are refused, and nothing changes")
    func refuses() async throws {
        try await withRig { rig in
            let before = rig.device.snapshot
            let foreign = APIKey(unchecked: "d0d0d0d0-1111-4222-8333-444455550002")
            await expect(.signatureWrong) { try await rig.take(rig.report(key: foreign)) }
            let good = rig.report()
            let moved = SensorReport(
                device: good.device,
                sequence: "1570000001",
                params: good.params,
                signature: good.signature
            )
            await expect(.signatureWrong) { try await rig.take(moved) }
            await expect(.deviceNotFound) { try await rig.take(rig.report(device: "1000000009")) }

            #expect(rig.device.snapshot.params == before.params)
            #expect(!rig.device.snapshot.isOnline)
            #expect(rig.events.texts.isEmpty)
        }
    }

    @Test("The example of the test vectors is signed right")
    func vector() {
        let report = SensorReport(
            device: DeviceID(unchecked: "100000788a"),
            sequence: "1570000000",
            params: ByteBuffer(string: "{}"),
            signature: "bc75234e2a97ae5ee080acefb62139d9a525b15d9ecf0b5cfe7f3005119035e6"
        )

        #expect(report.isSigned(with: APIKey(unchecked: "4b21ebbe-8870-4d4a-93f2-000000000001")))
    }

    @Test("After too many bad signatures an address is refused for this device alone, until a minute has passed")
    func limitsPerDevice() async throws {
        try await withRig(perDevice: 2) { rig in
            let bad = rig.report(key: APIKey(unchecked: "wrong"))
            for _ in 0..<2 { await expect(.signatureWrong) { try await rig.take(bad) } }

            await expect(.busy) { try await rig.take(rig.report()) }
            try await rig.take(rig.report(), from: "192.0.2.31")
            rig.clocks.advance(by: .seconds(60))
            try await rig.take(rig.report(sequence: "2"))
        }
    }

    @Test("An address that goes through ids hears of a sensor what it hears of none; a right key is taken")
    func hidesIDs() async throws {
        try await withRig(.changed { $0.unknownDevicesPerAddress = 2 }) { rig in
            let wrong = APIKey(unchecked: "wrong")
            for id in ["1000000001", "1000000002"] {
                await expect(.deviceNotFound) { try await rig.take(rig.report(device: id)) }
            }

            for id in ["1000000003", "100000788a"] {
                await expect(.busy) { try await rig.take(rig.report(device: id, key: wrong)) }
            }

            // What it knows it may hear again; what it has the key of it may report.
            await expect(.deviceNotFound) { try await rig.take(rig.report(device: "1000000001")) }
            try await rig.take(rig.report())
            await expect(.signatureWrong) { try await rig.take(rig.report(key: wrong), from: "192.0.2.99") }
        }
    }

    @Test("After too many refused reports an address is refused for every device")
    func limitsPerAddress() async throws {
        try await withRig(perAddress: 2) { rig in
            for id in ["1000000008", "1000000009"] {
                await expect(.deviceNotFound) { try await rig.take(rig.report(device: id)) }
            }

            await expect(.busy) { try await rig.take(rig.report()) }
            try await rig.take(rig.report(), from: "192.0.2.31")
        }
    }

    @Test("State that would be too large is refused whole")
    func tooLarge() async throws {
        try await withRig { rig in
            let large = #"{"switch":"on","x":"\#(String(repeating: "x", count: 65_500))"}"#

            await expect(.invalidInput) { try await rig.take(rig.report(large)) }

            #expect(rig.device.paramsText == "{}")
            try await rig.take(rig.report())
        }
    }

    @Test("When the store refuses, the report is too; its retry is answered when it is stored")
    func recovers() async throws {
        try await withRig { rig in
            let large = rig.report(#"{"x":"\#(String(repeating: "x", count: 60_000))"}"#)
            try await rig.writing.setRoom(isLeft: false)
            await expect(.storageFailed) { try await rig.take(large) }
            await expect(.storageFailed) { try await rig.take(large) }

            try await rig.writing.setRoom(isLeft: true)
            try await rig.take(large)

            #expect(try await rig.writing.stored(rig.device) == rig.device.paramsText)
        }
    }

    // MARK: Presence

    @Test("A sensor is online by its last report for as long as is set, then offline")
    func lapses() async throws {
        try await withRig(.changed { $0.sensorOfflineAfter = .seconds(100) }) { rig in
            try await rig.take(rig.report())
            rig.clocks.advance(by: .seconds(99))
            rig.sensors.sweep()
            #expect(rig.device.snapshot.isOnline)
            try await rig.take(rig.report(sequence: "2"))
            rig.clocks.advance(by: .seconds(100))
            rig.sensors.sweep()
            rig.sensors.sweep()

            #expect(!rig.device.snapshot.isOnline)
            #expect(rig.device.snapshot.offlineTime == rig.clocks.wall.now)
            #expect(rig.events.texts.filter { $0.hasSuffix("line") } == ["online", "offline"])
            try await rig.take(rig.report(sequence: "3"))
            #expect(rig.events.texts.filter { $0.hasSuffix("line") } == ["online", "offline", "online"])
        }
    }

    @Test("The sweep comes often enough, and not too often")
    func sweepInterval() async throws {
        for (limit, interval) in [(60, 1), (600, 10), (7_200, 60), (86_400, 60)] {
            try await withRig(.changed { $0.sensorOfflineAfter = .seconds(limit) }) { rig in
                #expect(rig.sensors.sweepInterval == .seconds(interval))
            }
        }
    }

    @Test(
        "After a restart a sensor is online if its last report is young enough",
        arguments: [(99, true), (100, false)]
    )
    func restores(age: Int, isOnline: Bool) async throws {
        try await withRig(.changed { $0.sensorOfflineAfter = .seconds(100) }) { rig in
            try await rig.take(rig.report())
            let (stored, state) = try #require(try await rig.writing.store.devices().first)
            let again = try LiveDevice(stored, state: state)
            rig.registry.insert(again)
            rig.clocks.advance(by: .seconds(age))

            rig.sensors.restorePresence()

            #expect(again.snapshot.isOnline == isOnline)
            let count = rig.events.texts.count
            try await rig.take(rig.report())
            #expect(rig.events.texts.count == count)
        }
    }

    @Test("A command to a sensor without a socket ends as offline at once, though it is online")
    func commands() async throws {
        try await withRig { rig in
            try await rig.take(rig.report())
            let origin = RecordingOrigin()

            rig.device.dispatch(.sample(to: rig.device, from: origin))

            #expect(origin.outcomes.count == 1)
            #expect(origin.outcomes.first?.error?.code == .deviceOffline)
        }
    }

    @Test("A device that also has a socket is no more online by a report, and its socket goes on")
    func withSocket() async throws {
        try await withRig(.changed { $0.sensorOfflineAfter = .seconds(100) }) { rig in
            let link = RecordingLink()
            let time = rig.clocks.wall.now
            let attachment = try #require(rig.device.attach(link, address: "192.0.2.40", at: time))
            try await rig.take(rig.report())

            #expect(!rig.events.texts.contains("online"))
            #expect(rig.device.link === link)
            #expect(rig.device.snapshot.address == "192.0.2.40")
            rig.clocks.advance(by: .seconds(200))
            rig.sensors.sweep()
            #expect(rig.device.snapshot.isOnline)

            try await rig.take(rig.report(sequence: "2"))
            #expect(rig.device.detach(generation: attachment.generation))
            let ended = try #require(rig.device.graceEnded(generation: attachment.generation, at: rig.clocks.wall.now))
            #expect(ended.0.isOnline && rig.device.snapshot.isOnline)
            rig.clocks.advance(by: .seconds(100))
            rig.sensors.sweep()
            #expect(!rig.device.snapshot.isOnline)
        }
    }
}

/// What a bus carried, as text.
private final class RecordedEvents: Sendable {
    private let all = Mutex<[String]>([])

    var texts: [String] { all.withLock { $0 } }

    func add(_ event: ServerEvent) {
        switch event {
        case .presenceChanged(let change): all.withLock { $0.append(change.isOnline ? "online" : "offline") }
        case .stateChanged(let change):
            guard case .device(let sequence?, nil) = change.source else { return }
            let text = "\(String(buffer: sequence)) \(String(buffer: change.params)) \(change.entersHistory)"
            all.withLock { $0.append(text) }
        default: break
        }
    }
}
