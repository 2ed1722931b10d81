import CoolkitWire
import Testing

@testable import SwitchyardCore

@Suite("Queue of records")
struct RecordQueueTests {
    private func entry(_ number: Int, device: String = "1", bytes: Int = 0) -> HistoryEntry {
        let padding = String(repeating: "x", count: bytes)
        return HistoryEntry(
            device: DeviceID(unchecked: device),
            time: sampleTime,
            actor: .device,
            params: Array("{\"n\":\(number),\"x\":\"\(padding)\"}".utf8)
        )
    }

    @Test("Entries leave in the order they came, as many as are asked for")
    func order() {
        var queue = RecordQueue<HistoryEntry>(maximumCount: 10, maximumBytes: 100_000)
        let entries = (1...5).map { entry($0) }

        for entry in entries { #expect(queue.append(entry) == 0) }

        #expect(queue.take(2) == Array(entries[..<2]))
        #expect(queue.count == 3)
        #expect(queue.take(9) == Array(entries[2...]))
        #expect(queue.isEmpty)
        #expect(queue.take(1) == [])
    }

    @Test("When it is full the oldest go, by number")
    func fullByCount() {
        var queue = RecordQueue<HistoryEntry>(maximumCount: 3, maximumBytes: 100_000)

        let dropped = (1...5).map { queue.append(entry($0)) }

        #expect(dropped == [0, 0, 0, 1, 1])
        #expect(queue.take(9) == (3...5).map { entry($0) })
    }

    @Test("When it is full the oldest go, by bytes; one entry that is too large alone goes at once")
    func fullByBytes() {
        var queue = RecordQueue<HistoryEntry>(maximumCount: 100, maximumBytes: 1_000)

        #expect(queue.append(entry(1, bytes: 200)) == 0)
        #expect(queue.append(entry(2, bytes: 200)) == 0)
        #expect(queue.append(entry(3, bytes: 300)) == 1)
        #expect(queue.append(entry(4, bytes: 5_000)) == 3)
        #expect(queue.isEmpty)
        #expect(queue.append(entry(5)) == 0)
        #expect(queue.take(9) == [entry(5)])
    }

    @Test("What is put back comes first, and is the first to go when there is no room")
    func putBack() {
        var queue = RecordQueue<HistoryEntry>(maximumCount: 4, maximumBytes: 100_000)
        for number in 1...3 { _ = queue.append(entry(number)) }
        let taken = queue.take(2)
        for number in 4...5 { _ = queue.append(entry(number)) }

        #expect(queue.putBack(taken) == 1)

        #expect(queue.take(9) == (2...5).map { entry($0) })
    }

    @Test("A device that is gone leaves nothing, and others keep their place")
    func removes() {
        var queue = RecordQueue<HistoryEntry>(maximumCount: 4, maximumBytes: 100_000)
        _ = queue.append(entry(1, device: "a"))
        _ = queue.take(1)
        for number in 2...5 { _ = queue.append(entry(number, device: number.isMultiple(of: 2) ? "a" : "b")) }

        queue.removeAll(of: DeviceID(unchecked: "a"))
        queue.removeAll(of: DeviceID(unchecked: "c"))

        #expect(queue.count == 2)
        #expect(queue.take(9) == [entry(3, device: "b"), entry(5, device: "b")])
    }

    @Test("Over a long time it holds no more than its bound", arguments: [1, 2, 7])
    func longRun(maximum: Int) {
        var queue = RecordQueue<HistoryEntry>(maximumCount: maximum, maximumBytes: 100_000)
        var left = 0

        for number in 0..<1_000 {
            left += queue.append(entry(number))
            if number.isMultiple(of: 3) { left += queue.take(2).count }
            #expect(queue.count <= maximum)
        }

        #expect(left + queue.count == 1_000)
        #expect(queue.take(maximum).last == entry(999) || queue.isEmpty)
    }
}
