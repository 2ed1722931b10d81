import NIOCore
import NIOEmbedded
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite struct OverdueConnectionsTests {
    private final class Connection: OverdueConnections.Connection {
        var closings = 0

        func closeOverdue() { closings += 1 }
    }

    @Test("A turn closes one of those that are due, in their order, and all of them in the end")
    func bounded() {
        let loop = EmbeddedEventLoop()
        let overdue = OverdueConnections(chores: LoopChores(eventLoop: loop, clock: .system) { 0 })
        let connections = (0..<5_000).map { _ in Connection() }
        for connection in connections { overdue.add(connection) }
        #expect(connections.allSatisfy { $0.closings == 0 })
        for turns in 1...5_000 {
            loop.advanceTime(by: .milliseconds(1))
            #expect(connections[turns - 1].closings == 1)
            #expect(overdue.count == 5_000 - turns)
        }
        #expect(connections.allSatisfy { $0.closings == 1 })
    }
}
