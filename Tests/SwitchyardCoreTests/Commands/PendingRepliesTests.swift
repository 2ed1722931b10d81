import CoolkitWire
import SwitchyardCore
import Testing

/// Source of the rules: `coolkit-websocket.md` §1.1, sequence rules 3 to 5.
@Suite("Pending replies")
final class PendingRepliesTests {
    private let device: LiveDevice
    private let origin = RecordingOrigin()
    private var pending = PendingReplies(limit: 4)
    private var made: Int64 = 1_700_000_000_000

    init() throws { device = try LiveDevice.sample() }

    /// Enters a command and returns the sequence it goes out with.
    private func enter(_ sequence: String?, at time: Int64 = 0) -> String? {
        let command = DeviceCommand.sample(
            to: device,
            from: origin,
            sequence: sequence,
            issuedAt: MonotonicTime(milliseconds: time)
        )
        return pending.enter(command) {
            made += 1
            return SequenceText(made)
        }?.contents
    }

    @Test(
        "An app's own sequence is kept when a device can take it, else one is made",
        arguments: [
            ("1700000300100", "1700000300100"), ("1", "1"),
            (String(repeating: "9", count: 31), String(repeating: "9", count: 31)),
            (String(repeating: "9", count: 32), "1700000000001"), ("", "1700000000001"), (nil, "1700000000001"),
            ("é", "1700000000001"), ("a\"b", "1700000000001"),
        ]
    )
    func mapsSequences(sent: String?, forwarded: String) throws {
        #expect(enter(sent) == forwarded)

        let removed = pending.remove(SequenceText(forwarded))
        let command = try #require(removed)

        #expect(command.sequence == sent.map { SequenceText($0) })
        #expect(pending.isEmpty)
    }

    @Test("Two commands never wait under one sequence, not even one that was made")
    func keepsSequencesApart() {
        #expect(enter("1700000000002") == "1700000000002")
        #expect(enter("1700000000002") == "1700000000001")
        #expect(enter("1700000000002") == "1700000000003")

        let removals = [1, 2].map { _ in pending.remove(SequenceText("1700000000002")) != nil }
        #expect(removals == [true, false])
        #expect(pending.count == 2)
    }

    @Test("A full table takes no more, and none is lost by that")
    func isBounded() {
        for number in 0..<4 { #expect(enter("\(number)") != nil) }

        #expect(enter("5") == nil)

        #expect(pending.count == 4)
        _ = pending.remove(SequenceText("2"))
        #expect(enter("5") == "5")
    }

    @Test("Overdue commands come out once, at their deadline and not before")
    func expires() {
        _ = enter("a", at: 1_000)
        _ = enter("b", at: 0)
        _ = enter("c", at: 0)

        #expect(pending.nextDeadline == MonotonicTime(milliseconds: 8_000))
        #expect(pending.removeOverdue(at: MonotonicTime(milliseconds: 7_999)).isEmpty)
        let overdue = pending.removeOverdue(at: MonotonicTime(milliseconds: 8_000))

        #expect(overdue.map(\.sequence?.contents) == ["b", "c"])
        #expect(pending.nextDeadline == MonotonicTime(milliseconds: 9_000))
        #expect(pending.removeOverdue(at: MonotonicTime(milliseconds: 8_000)).isEmpty)
        #expect(pending.remove(SequenceText("b")) == nil)
    }

    @Test("The oldest comes out first, and all at the end")
    func takesOut() {
        #expect(pending.removeOldestUpdate(for: device) == nil)
        #expect(pending.nextDeadline == nil)
        for name in ["a", "b", "c"] { _ = enter(name) }

        #expect(pending.removeOldestUpdate(for: device)?.sequence?.contents == "a")
        #expect(pending.removeAll().map(\.sequence?.contents) == ["b", "c"])
        #expect(pending.isEmpty)
    }
}
