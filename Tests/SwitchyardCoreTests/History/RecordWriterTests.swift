import CoolkitWire
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import SwitchyardCore

/// A store that notes its commits, and refuses the one whose turn it is.
private final class CommitLog: Sendable {
    private let state = Mutex<(commits: [[HistoryEntry]], asked: Int)>(([], 0))
    private let refused: Int?

    init(refusing refused: Int? = nil) { self.refused = refused }

    var commits: [[HistoryEntry]] { state.withLock { $0.commits } }

    func store(_ entries: [HistoryEntry]) -> SwitchyardError? {
        state.withLock { state in
            state.asked += 1
            if state.asked == refused { return SwitchyardError(.storageFailed, "full") }
            state.commits.append(entries)
            return nil
        }
    }
}

@Suite("Records that nobody waits for")
struct RecordWriterTests {
    private static let devices = (1...3).map { DeviceID(unchecked: "100000000\($0)") }

    private func entry(_ number: Int) -> HistoryEntry {
        let device = Self.devices[number % Self.devices.count]
        return HistoryEntry(device: device, time: sampleTime, actor: .device, params: Array("{\"n\":\(number)}".utf8))
    }

    /// Lets a writer write as many entries of three devices in turn, and flush as often.
    private func write(_ count: Int, groupsByDevice: Bool, flushing times: Int = 1, to log: CommitLog) async throws {
        let writer = RecordWriter<HistoryEntry>(
            "entries",
            counter: "lost",
            queue: RecordQueue(maximumCount: 10_000, maximumBytes: 1_000_000_000),
            groupsByDevice: groupsByDevice,
            interval: .seconds(1),
            timer: ManualTimer(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            store: log.store
        )
        for number in 0..<count { writer.enqueue(entry(number)) }
        try await withRunning(Writing(writer: writer)) {
            for _ in 0..<times { await writer.flush() }
        }
    }

    @Test("What has gathered is committed device by device, each in its order, a bounded number at a time")
    func groups() async throws {
        let log = CommitLog()
        try await write(900, groupsByDevice: true, to: log)

        #expect(log.commits.map(\.count) == [256, 256, 256, 132])
        let written = log.commits.flatMap { $0 }
        for (index, device) in Self.devices.enumerated() {
            let own = (0..<900).filter { $0 % 3 == index }.map(entry)
            #expect(written.firstIndex { $0.device == device }.map { Array(written[$0...].prefix(300)) } == own)
        }
    }

    @Test("Else they are written as they came")
    func keepsOrder() async throws {
        let log = CommitLog()
        try await write(600, groupsByDevice: false, to: log)

        #expect(log.commits.flatMap { $0 } == (0..<600).map(entry))
    }

    @Test("What a commit was refused for, and what was to come after it, is written once when the store recovers")
    func goesOn() async throws {
        let log = CommitLog(refusing: 2)
        try await write(900, groupsByDevice: true, flushing: 2, to: log)

        let written = log.commits.flatMap { $0 }
        #expect(written.count == 900)
        for (index, device) in Self.devices.enumerated() {
            let own = (0..<900).filter { $0 % 3 == index }.map(entry)
            #expect(written.filter { $0.device == device } == own)
        }
    }
}

/// A writer as a service.
private struct Writing: Service {
    let writer: RecordWriter<HistoryEntry>

    func run() async throws { await writer.run() }
}
