import NIOCore
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

/// What a network may no longer do that keeps many of its connections slow.
@Suite(.timeLimit(.minutes(1))) struct SlowPeersTests {
    private static let address = "127.0.0.1"

    /// Moves the clock until further connections of this machine are let in, or are not.
    private func advance(_ listener: RunningListener, untilOpen isOpen: Bool) async throws {
        for _ in 0..<100 {
            let place = listener.connections.enter(Self.address)
            place?.leave()
            if (place != nil) == isOpen { return }
            try await listener.advance(by: .milliseconds(300))
        }
        Issue.record("never so")
    }

    @Test("While as many of its requests are slow as may be nobody new is let in, and who has a connection goes on")
    func slowRequests() async throws {
        let limiter = ConnectionLimiter(maximumSlowPerAddress: 2)
        try await RunningListener.with(connections: limiter) { listener in
            let honest = try await RawClient.connect(port: listener.port)
            _ = try await honest.upgrade()
            let head = try await RawClient.connect(port: listener.port)
            try await head.send("GET /one HTTP/1.1\r\nHo")
            let body = try await RawClient.connect(port: listener.port)
            try await body.send("POST /two HTTP/1.1\r\nContent-Length: 2\r\n\r\na")
            try await advance(listener, untilOpen: false)

            let refused = try await RawClient.connect(port: listener.port)
            #expect(await refused.readToEnd().isEmpty)
            try await honest.send(RawClient.text("still here"))
            #expect(String(buffer: try await honest.readFrame().payload) == "still here")

            try await body.send("b")
            try await advance(listener, untilOpen: true)
            #expect(try await body.readAnswer().hasSuffix("POST /two ab plain 127.0.0.1 127.0.0.1 true"))
            let next = try await RawClient.connect(port: listener.port)
            try await next.send("GET /three HTTP/1.1\r\n\r\n")
            #expect(try await next.readAnswer().contains("GET /three"))
            for client in [honest, head, body, next] { await client.close() }
        }
        #expect(limiter.total == 0)
    }

    @Test("Who has a connection in hand and says nothing, as browsers do, counts after five seconds, not after one")
    func silent() async throws {
        let limiter = ConnectionLimiter(maximumSlowPerAddress: 1)
        try await RunningListener.with(connections: limiter) { listener in
            let client = try await RawClient.connect(port: listener.port)
            while limiter.total == 0 { await Task.yield() }
            for _ in 0..<6 {
                try await listener.advance(by: .milliseconds(600))
                let place = limiter.enter(Self.address)
                #expect(place != nil)
                place?.leave()
            }
            try await advance(listener, untilOpen: false)
            await client.close()
        }
    }

    @Test("The slow ones of one network are no matter to others, nor those of a trusted proxy to anybody")
    func byNetwork() {
        let limiter = ConnectionLimiter(maximumSlowPerAddress: 1)
        let slow = limiter.enter("2001:db8:0:1::1")
        slow?.changed(isSlow: true)
        limiter.enter(nil)?.changed(isSlow: true)
        #expect(limiter.enter("2001:db8:0:1::2") == nil)
        #expect(limiter.enter("2001:db8:0:2::1") != nil)
        #expect(limiter.enter(nil) != nil)
        slow?.changed(isSlow: false)
        #expect(limiter.enter("2001:db8:0:1::2") != nil)
    }

    @Test("In whatever order a slow connection leaves, it counts no longer")
    func leaves() {
        let limiter = ConnectionLimiter(maximumSlowPerAddress: 1)
        for leavesFirst in [true, false] {
            let slow = limiter.enter("a")
            slow?.changed(isSlow: true)
            #expect(limiter.enter("a") == nil)
            if leavesFirst { slow?.leave() }
            slow?.changed(isSlow: false)
            if !leavesFirst { slow?.leave() }
            #expect(limiter.total == 0)
        }
        let next = limiter.enter("a")
        next?.changed(isSlow: true)
        #expect(limiter.enter("a") == nil)
    }
}
