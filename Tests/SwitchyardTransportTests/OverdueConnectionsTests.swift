import NIOCore
import NIOEmbedded
import Testing

@testable import SwitchyardTransport

@Suite struct OverdueConnectionsTests {
    private final class Connection: OverdueConnections.Connection {
        var closings = 0

        func closeOverdue() { closings += 1 }
    }

    @Test("A turn closes two of those that are due, in their order, and all of them in the end")
    func bounded() {
        let loop = EmbeddedEventLoop()
        let overdue = OverdueConnections(eventLoop: loop)
        let connections = (0..<5_000).map { _ in Connection() }
        for connection in connections { overdue.add(connection) }
        #expect(connections.allSatisfy { $0.closings == 0 })
        for turns in 1...2_500 {
            loop.advanceTime(by: .milliseconds(1))
            #expect(connections[(2 * turns - 2)..<(2 * turns)].allSatisfy { $0.closings == 1 })
            #expect(overdue.count == 5_000 - 2 * turns)
        }
    }
}
