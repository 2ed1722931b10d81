import CoolkitWire
import NIOCore
import SwitchyardCore
import Testing

@Suite("Live device")
struct LiveDeviceTests {
    private let device: LiveDevice
    private let origin = RecordingOrigin()
    private let first = RecordingLink()
    private let second = RecordingLink()
    private static let later = sampleTime.advanced(by: .seconds(10))

    init() throws { device = try LiveDevice.sample() }

    private func attach(_ link: any DeviceLink, at time: UnixTime = sampleTime) throws -> LiveDevice.Attachment {
        try #require(device.attach(link, address: "192.0.2.1", at: time))
    }

    // MARK: Links

    @Test("The first link brings the device online")
    func comesOnline() throws {
        #expect(!device.snapshot.isOnline)

        let attachment = try attach(first)

        #expect(attachment.cameOnline)
        #expect(attachment.replaced == nil)
        #expect(attachment.parked.isEmpty)
        #expect(device.link === first)
        #expect(device.snapshot.isOnline)
        #expect(device.snapshot.onlineTime == sampleTime)
        #expect(device.snapshot.address == "192.0.2.1")
        #expect(device.presence(at: Self.later).isOnline)
    }

    @Test("A second link takes over in silence, and the end of the first changes nothing")
    func isTakenOver() throws {
        let old = try attach(first)
        let new = try attach(second, at: Self.later)

        #expect(new.replaced === first)
        #expect(!new.cameOnline)
        #expect(device.snapshot.onlineTime == sampleTime)
        #expect(!device.detach(generation: old.generation))
        #expect(device.graceEnded(generation: old.generation, at: Self.later) == nil)
        #expect(device.link === second)
        #expect(device.snapshot.isOnline)
    }

    @Test("A lost link counts as online until the grace is over, and then is offline once")
    func goesOffline() throws {
        let attachment = try attach(first)

        #expect(device.graceEnded(generation: attachment.generation, at: Self.later) == nil)
        #expect(device.detach(generation: attachment.generation))
        #expect(!device.detach(generation: attachment.generation))
        #expect(device.snapshot.isOnline)

        let (presence, lost) = try #require(device.graceEnded(generation: attachment.generation, at: Self.later))

        #expect(!presence.isOnline)
        #expect((presence.device, presence.owner, presence.time) == (device.id, Account.owner.id, Self.later))
        #expect(lost.isEmpty)
        #expect(!device.snapshot.isOnline)
        #expect(device.snapshot.offlineTime == Self.later)
        #expect(device.graceEnded(generation: attachment.generation, at: Self.later) == nil)
    }

    @Test("A device that comes back within the grace was never away")
    func comesBack() throws {
        let old = try attach(first)
        _ = device.detach(generation: old.generation)

        let new = try attach(second, at: Self.later)

        #expect(!new.cameOnline)
        #expect(new.replaced == nil)
        #expect(device.graceEnded(generation: old.generation, at: Self.later) == nil)
        #expect(device.snapshot.isOnline)
        #expect(device.snapshot.onlineTime == sampleTime)
    }

    // MARK: Commands

    @Test("A command goes to the link, waits for a lost one, and fails when there is none")
    func dispatches() throws {
        device.dispatch(.sample(to: device, from: origin, sequence: "0"))
        #expect(origin.names == ["offline"])
        let attachment = try attach(first)

        device.dispatch(.sample(to: device, from: origin, sequence: "1"))
        _ = device.detach(generation: attachment.generation)
        device.dispatch(.sample(to: device, from: origin, sequence: "2"))

        #expect(first.commands.map(\.sequence?.contents) == ["1"])
        #expect(origin.names == ["offline"])
        let back = try attach(second)
        #expect(back.parked.map(\.sequence?.contents) == ["2"])
        #expect(try attach(first).parked.isEmpty)
    }

    @Test("No more than 32 commands wait for a lost link; the grace's end hands them out to be failed")
    func boundsParked() throws {
        let attachment = try attach(first)
        _ = device.detach(generation: attachment.generation)

        for number in 0..<40 { device.dispatch(.sample(to: device, from: origin, sequence: "\(number)")) }

        #expect(origin.names == Array(repeating: "busy", count: 8))
        let ended = try #require(device.graceEnded(generation: attachment.generation, at: Self.later))
        #expect(ended.lost.map(\.sequence?.contents) == (0..<32).map { "\($0)" })
        device.dispatch(.sample(to: device, from: origin))
        #expect(origin.names.last == "offline")
    }

    @Test("Commands that wait for too long come out by their deadline, as long as their link is the lost one")
    func expiresParked() throws {
        let attachment = try attach(first)
        let generation = attachment.generation
        #expect(device.removeOverdueParked(generation: generation, at: MonotonicTime(milliseconds: 0)) == nil)
        _ = device.detach(generation: generation)
        device.dispatch(.sample(to: device, from: origin, sequence: "a", timeout: .seconds(1)))
        device.dispatch(.sample(to: device, from: origin, sequence: "b", timeout: .seconds(2)))

        let early = try #require(
            device.removeOverdueParked(generation: generation, at: MonotonicTime(milliseconds: 999))
        )
        let due = try #require(
            device.removeOverdueParked(generation: generation, at: MonotonicTime(milliseconds: 1_000))
        )

        #expect(early.overdue.isEmpty)
        #expect(early.next == MonotonicTime(milliseconds: 1_000))
        #expect(due.overdue.map(\.sequence?.contents) == ["a"])
        #expect(due.next == MonotonicTime(milliseconds: 2_000))
        #expect(try attach(second).parked.map(\.sequence?.contents) == ["b"])
        #expect(device.removeOverdueParked(generation: generation, at: MonotonicTime(milliseconds: 9_000)) == nil)
    }

    @Test("A command that was lost with its session is sent once more while it is young, and not a third time")
    func resendsOnce() throws {
        _ = try attach(second)
        let command = DeviceCommand.sample(to: device, from: origin)
        let grace = Duration.seconds(3)

        device.commandLost(command, within: grace, at: MonotonicTime(milliseconds: 2_999))
        let again = try #require(second.takeCommands().first)
        #expect(again.wasResent)
        #expect(origin.outcomes.isEmpty)

        device.commandLost(again, within: grace, at: MonotonicTime(milliseconds: 2_999))
        #expect(origin.names == ["timed out"])
        device.commandLost(command, within: grace, at: MonotonicTime(milliseconds: 3_000))
        device.commandLost(command, within: .zero, at: MonotonicTime(milliseconds: 0))
        #expect(origin.names == ["timed out", "timed out", "timed out"])
        #expect(second.commands.isEmpty)
    }

    @Test("A command that was lost when its device went offline fails as offline")
    func failsLostOffline() {
        device.commandLost(.sample(to: device, from: origin), within: .seconds(3), at: MonotonicTime(milliseconds: 0))

        #expect(origin.names == ["offline"])
    }

    // MARK: State

    @Test("A merge is worth saving until that revision is in the store")
    func tracksRevisions() throws {
        let report = ByteBuffer(string: #"{"switch":"on"}"#)

        #expect(try device.merge(report).needsSaving)
        #expect(try device.merge(report).needsSaving)
        let (state, revision) = try #require(device.stateForSaving())
        #expect(String(decoding: state.params, as: UTF8.self) == #"{"switch":"on"}"#)
        #expect(try device.merge(ByteBuffer(string: #"{"switch":"off"}"#)).needsSaving)
        device.markSaved(revision)
        #expect(try device.merge(ByteBuffer(string: #"{"switch":"off"}"#)).needsSaving)
        device.markSaved(try #require(device.stateForSaving()).revision)
        device.markSaved(revision)
        #expect(!(try device.merge(ByteBuffer(string: #"{"switch":"off"}"#)).needsSaving))
    }

    @Test("Coming and going is worth saving, too")
    func savesPresence() throws {
        let report = ByteBuffer(string: #"{"switch":"on"}"#)
        _ = try device.merge(report)
        device.markSaved(try #require(device.stateForSaving()).revision)

        let attachment = try attach(first)

        #expect(try device.merge(report).needsSaving)
        #expect(device.stateForSaving()?.0.onlineTime == sampleTime)
        #expect(device.stateForSaving()?.0.address == "192.0.2.1")
        device.markSaved(try #require(device.stateForSaving()).revision)
        _ = device.detach(generation: attachment.generation)
        _ = device.graceEnded(generation: attachment.generation, at: Self.later)
        #expect(device.stateForSaving()?.0.offlineTime == Self.later)
        #expect(try device.merge(report).needsSaving)
    }

    @Test("Params that are too large or malformed change nothing")
    func refusesParams() throws {
        _ = try device.merge(ByteBuffer(string: #"{"a":1}"#))
        let large = "{\"b\":\"\(String(repeating: "x", count: 65_536))\"}"

        #expect(throws: ParamsError.tooLarge) { try device.merge(ByteBuffer(string: large)) }
        #expect(throws: ParamsError.malformed) { try device.merge(ByteBuffer(string: "[1]")) }

        #expect(device.paramsText == #"{"a":1}"#)
    }

    @Test(
        "The first report tells what kind of device it is, unless somebody said so",
        arguments: [
            (AppID(unchecked: "app"), 4), (nil, 1),
        ]
    )
    func guessesInterface(addedUnder: AppID?, uiid: Int) throws {
        let device = try LiveDevice.sample(.sample(addedUnder: addedUnder))
        let report = ByteBuffer(
            string: #"{"switches":[{"switch":"on","outlet":0},{"outlet":1},{"outlet":2},{"outlet":3}]}"#
        )

        let merge = try device.merge(report)

        #expect(device.device.facts.uiid == uiid)
        #expect(merge.learnedFacts == (uiid == 4))
        #expect(!(try device.merge(ByteBuffer(string: #"{"power":"1"}"#)).learnedFacts))
    }

    @Test("Queries find what is known: everything, the named, or nothing")
    func queries() throws {
        #expect(device.params(named: []) == nil)
        #expect(device.params(named: ["switch"]) == nil)
        _ = try device.merge(ByteBuffer(string: #"{"switch":"on","rssi":-55}"#))

        #expect(device.params(named: []).map { String(buffer: $0) } == #"{"switch":"on","rssi":-55}"#)
        #expect(device.params(named: ["rssi", "timers"]).map { String(buffer: $0) } == #"{"rssi":-55}"#)
        #expect(device.params(named: ["timers"]) == nil)
    }

    /// Source: `coolkit-device-side.md` §6.
    @Test(
        "Old firmware gets all outlets in each command",
        arguments: [
            ("1.5.5", nil, true), ("2.9", nil, true), ("3.0.0", nil, false), ("", nil, false), ("x.1", nil, false),
            ("3.0.0", true, true), ("1.5.5", false, false),
        ] as [(String, Bool?, Bool)]
    )
    func completesSwitches(romVersion: String, isSet: Bool?, isCompleted: Bool) throws {
        let device = try LiveDevice.sample(
            .sample(
                facts: DeviceFacts(uiid: 2, romVersion: romVersion),
                options: DeviceOptions(fullSwitchesArray: isSet)
            ),
            params: #"{"switches":[{"switch":"off","outlet":0},{"switch":"off","outlet":1}]}"#
        )
        let command = ByteBuffer(string: #"{"switches":[{"switch":"on","outlet":1}]}"#)

        let sent = String(buffer: device.paramsForDevice(command))

        let completed = #"{"switches":[{"switch":"off","outlet":0},{"switch":"on","outlet":1}]}"#
        #expect(sent == (isCompleted ? completed : String(buffer: command)))
    }
}
