import SwitchyardSimulator
import Testing

@Suite struct InboxTests {
    @Test("Elements are taken in order, or picked out")
    func order() async throws {
        let inbox = Inbox<Int>(capacity: 10)
        for number in 1...4 { #expect(inbox.deliver(number)) }

        #expect(try await inbox.next { $0.isMultiple(of: 2) } == 2)
        #expect(try await inbox.next { _ in true } == 1)
        #expect(inbox.drain() == [3, 4])
    }

    @Test("An element goes to the waiter that wants it")
    func waiting() async throws {
        let inbox = Inbox<Int>(capacity: 0)

        async let even = inbox.next { $0.isMultiple(of: 2) }
        async let odd = inbox.next { !$0.isMultiple(of: 2) }
        // A capacity of zero refuses until the waiter is there.
        while !inbox.deliver(4) { await Task.yield() }
        while !inbox.deliver(3) { await Task.yield() }

        #expect(try await even == 4)
        #expect(try await odd == 3)
    }

    @Test("A full inbox takes only what is vital")
    func capacity() {
        let inbox = Inbox<Int>(capacity: 1)

        #expect(inbox.deliver(1))
        #expect(!inbox.deliver(2))
        #expect(inbox.deliver(3, isVital: true))
        #expect(inbox.drain() == [1, 3])
    }

    @Test("A finished inbox gives what it has, then its error")
    func finishing() async throws {
        let inbox = Inbox<Int>(capacity: 2)
        #expect(inbox.deliver(1))
        inbox.finish(throwing: SimulatorError(.connectionClosed, "over"))

        #expect(!inbox.deliver(2))
        #expect(try await inbox.next { _ in true } == 1)
        await #expect(throws: SimulatorError(.connectionClosed, "over")) { try await inbox.next { _ in true } }
    }

    @Test("A cancelled waiter is released, and what comes later is kept for others")
    func cancellation() async throws {
        let inbox = Inbox<Int>(capacity: 1)

        let waiting = Task { try await inbox.next { _ in true } }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }

        #expect(inbox.deliver(1))
        #expect(try await inbox.next { _ in true } == 1)
    }

    @Test("A deadline names what was waited for")
    func deadline() async {
        let inbox = Inbox<Int>(capacity: 1)

        await #expect(
            throws: SimulatorError(.timedOut, "waited 0.001 seconds for a number, in vain")
        ) {
            try await withDeadline(.milliseconds(1), waitingFor: "a number") { try await inbox.next { _ in true } }
        }
    }
}
