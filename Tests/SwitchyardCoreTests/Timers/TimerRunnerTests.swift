import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import Synchronization
import Testing

/// Source: `coolkit-websocket.md` §9, `serverTimers`.
///
/// The clocks begin at 2023-11-14T22:13:20, a Tuesday.
@Suite("Timers run by the server")
struct TimerRunnerTests {
    /// A device with a link, and a runner whose looks at the clock the test makes itself.
    private final class Rig: Sendable {
        let registry = DeviceRegistry()
        let bus = LocalBus()
        let clocks = ManualClocks()
        let link = RecordingLink()
        let device: LiveDevice
        let runner: TimerRunner
        private let told = Told()

        private final class Told: Sendable {
            let changes = Mutex<[String]>([])
        }

        init(_ store: SQLiteStore, timers: String = "[]") throws {
            device = try LiveDevice.sample(params: #"{"timers":\#(timers)}"#)
            registry.insert(device)
            _ = device.attach(link, address: "", at: sampleTime)
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            runner = TimerRunner(
                registry: registry,
                commands: DeviceCommands(registry: registry, settings: ProtocolSettings(), clock: clocks.monotonic),
                writer: StateWriter(store: store, flushInterval: .seconds(1), logger: logger) { _ in },
                bus: bus,
                wallClock: clocks.wall,
                logger: logger
            )
            _ = runner.begin()
            _ = bus.subscribe { [told] event in
                guard case .stateChanged(let change) = event else { return }
                told.changes.withLock { $0.append(String(buffer: change.params)) }
            }
        }

        /// Takes a new list over, as after a command or a report.
        func set(_ timers: String) throws {
            let params = ByteBuffer(string: #"{"timers":\#(timers)}"#)
            _ = try device.merge(params)
            bus.publish(
                .stateChanged(
                    StateChange(
                        of: device,
                        params: params,
                        source: .device(deviceSequence: nil, seq: nil)
                    )
                )
            )
            told.changes.withLock { $0 = [] }
        }

        /// Moves the clock and looks; what was sent, and acknowledged at once.
        func advance(by duration: Duration, acknowledging: Bool = true) -> [String] {
            clocks.advance(by: duration)
            runner.runDue()
            let commands = link.takeCommands()
            if acknowledging { for command in commands { command.finish(.acknowledged(DeviceAck())) } }
            return commands.map { String(buffer: $0.params) }
        }

        var changes: [String] { told.changes.withLock { $0 } }
    }

    private func withRig(timers: String = "[]", _ body: (Rig) throws -> Void) async throws {
        try await withTemporaryStore { store in try body(try Rig(store, timers: timers)) }
    }

    private static let once =
        #"{"enabled":1,"type":"once","at":"2023-11-14T22:14:00.000Z","mId":"1","do":{"switch":"on"}}"#
    private static let minutely = #"{"enabled":1,"type":"repeat","at":"* * * * *","do":{"n":1}}"#

    @Test("A once timer runs at its time, is disabled in the stored state, and apps hear of it")
    func runsOnce() async throws {
        try await withRig(timers: "[\(Self.minutely.replacing("* * * * *", with: "0 0 * * 0")),\(Self.once)]") { rig in
            #expect(rig.advance(by: .seconds(39)) == [])
            #expect(rig.advance(by: .seconds(1)) == [#"{"switch":"on"}"#])

            let disabled = Self.once.replacing(#""enabled":1"#, with: #""enabled":0"#)
            #expect(rig.changes.count == 1)
            #expect(rig.changes.first?.hasSuffix(",\(disabled)]}") == true)
            #expect(rig.device.paramsText.contains(disabled))
            #expect(rig.advance(by: .seconds(60)) == [])
        }
    }

    @Test("A once timer that nobody acknowledged stays as it was")
    func staysEnabled() async throws {
        try await withRig(timers: "[\(Self.once)]") { rig in
            #expect(rig.advance(by: .seconds(40), acknowledging: false).count == 1)
            #expect(rig.changes.isEmpty)
            #expect(rig.advance(by: .seconds(60)) == [])
        }
    }

    @Test("A timer that its owner changed while it ran is left alone")
    func leavesChanged() async throws {
        try await withRig(timers: "[\(Self.once)]") { rig in
            rig.clocks.advance(by: .seconds(40))
            rig.runner.runDue()
            try rig.set("[]")
            for command in rig.link.takeCommands() { command.finish(.acknowledged(DeviceAck())) }

            #expect(rig.changes.isEmpty)
            #expect(rig.device.paramsText == #"{"timers":[]}"#)
        }
    }

    @Test("Repeat runs each time, once each; what fell due long before is not made up for")
    func repeats() async throws {
        try await withRig(timers: "[\(Self.minutely)]") { rig in
            #expect(rig.advance(by: .seconds(40)).count == 1)
            #expect(rig.advance(by: .seconds(59)).count == 0)
            #expect(rig.advance(by: .seconds(1)).count == 1)
            #expect(rig.advance(by: .zero).count == 0)
            // Ten minutes away: of ten the one of a minute ago and the one of now.
            #expect(rig.advance(by: .seconds(600)).count == 2)
        }
    }

    @Test("A timer that fell due while the server was away is not run")
    func skipsMissed() async throws {
        let past = Self.once.replacing("22:14:00", with: "22:13:19")
        try await withRig(timers: "[\(past)]") { rig in
            #expect(rig.advance(by: .seconds(1)) == [])
            #expect(rig.device.paramsText.contains(#""enabled":1"#))
        }
    }

    @Test("A clock that is set back a little runs nothing twice; one that is corrected goes on from there")
    func survivesClockChanges() async throws {
        try await withRig(timers: "[\(Self.minutely)]") { rig in
            #expect(rig.advance(by: .seconds(40)).count == 1)
            #expect(rig.advance(by: .seconds(-10)) == [])
            #expect(rig.advance(by: .seconds(10)) == [])
            #expect(rig.advance(by: .seconds(-3_600)) == [])
            #expect(rig.advance(by: .seconds(60)).count == 1)
        }
    }

    @Test("A new list is taken over; a device that is removed has none")
    func followsChanges() async throws {
        try await withRig { rig in
            #expect(rig.advance(by: .seconds(1)) == [])
            try rig.set("[\(Self.once)]")
            try rig.set("[\(Self.minutely)]")
            #expect(rig.advance(by: .seconds(39)) == [#"{"n":1}"#])
            rig.registry.remove(
                rig.device.id,
                leaving: .sample(rig.device.id)
            )
            rig.bus.publish(.deviceRemoved(rig.device.id, owner: Account.owner.id))
            #expect(rig.advance(by: .seconds(60)) == [])
        }
    }

    @Test("A device that asks for its timers runs them itself")
    func leavesToDevice() async throws {
        try await withRig(timers: "[\(Self.minutely)]") { rig in
            rig.device.noteTimersQueried()

            #expect(rig.advance(by: .seconds(40)) == [])
        }
    }

    @Test("A timer whose device is offline does nothing, then or later")
    func needsDevice() async throws {
        try await withRig(timers: "[\(Self.once)]") { rig in
            #expect(rig.device.detach(generation: 1))
            _ = rig.device.graceEnded(generation: 1, at: sampleTime)

            #expect(rig.advance(by: .seconds(40)) == [])
            _ = rig.device.attach(rig.link, address: "", at: sampleTime)
            #expect(rig.advance(by: .seconds(1)) == [])
            #expect(rig.changes.isEmpty)
        }
    }

    @Test("A countdown without an end counts from when it was set, and apps learn the end")
    func countsDown() async throws {
        try await withRig { rig in
            _ = rig.advance(by: .seconds(10))
            try rig.set(
                #"[{"enabled":1,"coolkit_timer_type":"delay","type":"once","period":"2","do":{"switch":"off"}}]"#
            )
            #expect(rig.advance(by: .zero) == [])
            #expect(rig.changes.first?.contains(#""at":"2023-11-14T22:15:30.000Z""#) == true)
            #expect(rig.advance(by: .seconds(119)) == [])
            #expect(rig.advance(by: .seconds(1)) == [#"{"switch":"off"}"#])
        }
    }

    @Test("Of a list that is too long the first 64 are run")
    func boundsLists() async throws {
        let timers = [String](repeating: Self.minutely, count: 65).joined(separator: ",")
        try await withRig(timers: "[\(timers)]") { rig in
            #expect(rig.advance(by: .seconds(40)).count == 64)
        }
    }
}
