import NIOCore
import Testing

@testable import SwitchyardHub

@Suite("Answer queue")
struct AnswerQueueTests {
    private func frame(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    private func texts(_ frames: [ByteBuffer]) -> [String] { frames.map { String(buffer: $0) } }

    @Test("An answer leaves at once when none waits")
    func passes() {
        var queue = AnswerQueue()

        let ready = queue.add(frame("a"))

        #expect(ready == frame("a"))
        #expect(queue.count == 0)
    }

    @Test("Answers leave in the order of their requests, whatever order the commits have")
    func keepsOrder() {
        var queue = AnswerQueue()
        let first = queue.addWaiting()
        let held = queue.add(frame("b"))
        let third = queue.addWaiting()
        let heldToo = queue.add(frame("d"))

        let afterThird = queue.complete(third, with: frame("c"))
        let afterFirst = queue.complete(first, with: frame("a"))

        #expect([held, heldToo] == [nil, nil])
        #expect(afterThird.isEmpty)
        #expect(texts(afterFirst) == ["a", "b", "c", "d"])
        #expect(queue.count == 0)
        let next = queue.add(frame("e"))
        #expect(next != nil)
    }

    @Test("A completed answer takes along only what is ready behind it")
    func stopsAtNextWaiting() {
        var queue = AnswerQueue()
        let first = queue.addWaiting()
        _ = queue.add(frame("b"))
        let third = queue.addWaiting()
        _ = queue.add(frame("d"))

        let ready = queue.complete(first, with: frame("a"))

        #expect(texts(ready) == ["a", "b"])
        #expect(queue.count == 2)
        let rest = queue.complete(third, with: frame("c"))
        #expect(texts(rest) == ["c", "d"])
    }

    @Test("A ticket counts once, and a strange one never")
    func countsOnce() {
        var queue = AnswerQueue()
        let ticket = queue.addWaiting()

        let strange = queue.complete(ticket + 1, with: frame("x"))
        let first = queue.complete(ticket, with: frame("a"))
        let again = queue.complete(ticket, with: frame("a"))

        #expect(texts(strange + first + again) == ["a"])
        let other = queue.addWaiting()
        #expect(other != ticket)
    }
}
