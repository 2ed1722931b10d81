import NIOCore
import NIOEmbedded
import NIOTLS
import Testing

@testable import SwitchyardTransport

@Suite struct ConnectionPhaseHandlerTests {
    private let clock = ManualClock()
    private let channel = EmbeddedChannel()
    private let limiter = ConnectionLimiter(maximumSlowPerAddress: 1)

    private func makePhases(
        isTLS: Bool,
        waitingBytes: @escaping () -> Int = { 0 }
    ) throws -> ConnectionPhaseHandler {
        let parts = LoopTimersGroup(clock: clock.clock).loopParts(for: channel.eventLoop)
        let place = try #require(limiter.enter("192.0.2.1"))
        let phases = ConnectionPhaseHandler(
            limits: HTTPLimits(),
            loopParts: parts,
            place: place,
            isTLS: isTLS
        ) { _ in waitingBytes() }
        try channel.pipeline.syncOperations.addHandler(phases)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return phases
    }

    private func advance(_ duration: Duration) {
        clock.advance(by: duration)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(LoopTimers.slotMilliseconds))
        // What is due is closed on the loop's next turn.
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    }

    /// Expects the channel to be open just before `duration` has passed, and closed just after.
    private func expectClosing(after duration: Duration, sourceLocation: SourceLocation = #_sourceLocation) {
        advance(duration - .milliseconds(200))
        #expect(channel.isActive, sourceLocation: sourceLocation)
        advance(.milliseconds(400))
        #expect(!channel.isActive, sourceLocation: sourceLocation)
    }

    @Test("A TLS handshake has five seconds")
    func handshake() throws {
        _ = try makePhases(isTLS: true)
        expectClosing(after: .seconds(5))
    }

    @Test("After the handshake the head has ten seconds")
    func headAfterHandshake() throws {
        _ = try makePhases(isTLS: true)
        advance(.seconds(4))
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        expectClosing(after: .seconds(10))
    }

    @Test("A head that trickles in has ten seconds in all")
    func slowHead() throws {
        _ = try makePhases(isTLS: false)
        for _ in 0..<9 {
            try channel.writeInbound(ByteBuffer(string: "A"))
            advance(.seconds(1))
        }
        #expect(channel.isActive)
        advance(.milliseconds(1_200))
        #expect(!channel.isActive)
    }

    @Test("What comes when the time is over, and the turn to be closed is not, goes no further")
    func overdue() throws {
        _ = try makePhases(isTLS: false)
        clock.advance(by: .milliseconds(10_300))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(LoopTimers.slotMilliseconds))
        #expect(channel.isActive)
        _ = try? channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1"))
        #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
        // It became slow at the same moment, which has its turn, too.
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(2))
        #expect(!channel.isActive)
    }

    @Test("The body of a request that came during a long answer has its own time")
    func bodyDuringAnswer() throws {
        let phases = try makePhases(isTLS: false)
        phases.headEnded()
        phases.bodyEnded()
        advance(.seconds(60))
        phases.headEnded()
        expectClosing(after: .milliseconds(14_500))
    }

    @Test("A head that does not end is cut off at its limit")
    func longHead() throws {
        _ = try makePhases(isTLS: false)
        try channel.writeInbound(ByteBuffer(repeating: 0x41, count: 16_384))
        #expect(channel.isActive)
        _ = try? channel.writeInbound(ByteBuffer(repeating: 0x41, count: 1))
        #expect(!channel.isActive)
    }

    @Test("An answer may take as long as it takes, the next request a minute, its head ten seconds")
    func phases() throws {
        let phases = try makePhases(isTLS: false)
        advance(.seconds(9))
        phases.headEnded()
        advance(.seconds(5))
        #expect(channel.isActive)
        phases.bodyEnded()
        advance(.seconds(600))
        phases.becameIdle()
        advance(.seconds(59))
        try channel.writeInbound(ByteBuffer(string: "G"))
        expectClosing(after: .seconds(10))
    }

    @Test(
        "A head that begins while an answer is due has ten seconds from that answer on",
        arguments: ["GET / HT", "G", "GET / HTTP/1.1\r\nHost: x\r\nA: b"]
    )
    func headDuringAnswer(part: String) throws {
        let phases = try makePhases(isTLS: false)
        try channel.pipeline.syncOperations.addHandler(RequestSyntaxHandler(rules: .init(), phases: phases))
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        phases.headEnded()
        phases.bodyEnded()

        try channel.writeInbound(ByteBuffer(string: part))
        advance(.seconds(30))
        phases.becameIdle()

        expectClosing(after: .seconds(10))
    }

    @Test("A whole request that came while an answer was due leaves the peer its time to idle")
    func requestDuringAnswer() throws {
        let phases = try makePhases(isTLS: false)
        try channel.pipeline.syncOperations.addHandler(RequestSyntaxHandler(rules: .init(), phases: phases))
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET"))
        try channel.writeInbound(ByteBuffer(string: " / HTTP/1.1\r\nHost: x\r\n\r\n"))
        phases.headEnded()
        phases.bodyEnded()

        phases.becameIdle()

        expectClosing(after: .seconds(60))
    }

    @Test("A slow handshake, a slow head and a slow body have fifteen seconds together", arguments: [0, 9])
    func wholeRequest(headSeconds: Int) throws {
        let phases = try makePhases(isTLS: true)
        advance(.seconds(4))
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        advance(.seconds(headSeconds))
        phases.headEnded()
        advance(.seconds(10 - headSeconds))
        #expect(channel.isActive)
        advance(.seconds(1))
        #expect(!channel.isActive)
    }

    @Test("A peer that takes its answer too slowly is closed, and one that is as slow as a real device is not")
    func slowReader() throws {
        var waiting = 0
        let phases = try makePhases(isTLS: false) { waiting }
        phases.headEnded()
        phases.bodyEnded()
        for bytesPerLook in [2_000, 10] {
            waiting = 200_000
            try channel.writeOutbound(ByteBuffer(repeating: 0, count: 200_000))
            for _ in 0..<12 {
                #expect(channel.isActive)
                waiting -= bytesPerLook
                advance(.milliseconds(1_100))
            }
            #expect(channel.isActive == (bytesPerLook == 2_000))
            // The rest is taken at once, and the looks end.
            waiting = 0
            advance(.milliseconds(1_100))
        }
    }

    @Test("An idle peer that has not taken its answer is closed, and one that has may idle")
    func slowReaderOfSmallAnswer() throws {
        var waiting = 100
        let phases = try makePhases(isTLS: false) { waiting }
        phases.headEnded()
        phases.bodyEnded()
        try channel.writeOutbound(ByteBuffer(repeating: 0, count: 100))
        phases.becameIdle()
        advance(.seconds(4))
        waiting = 0
        advance(.seconds(4))
        waiting = 100
        advance(.seconds(40))
        #expect(channel.isActive)

        try channel.writeOutbound(ByteBuffer(repeating: 0, count: 100))
        for _ in 0..<13 { advance(.milliseconds(1_100)) }
        #expect(!channel.isActive)
    }

    /// Whether somebody new of the same address would be let in.
    private var isOpenForMore: Bool {
        let place = limiter.enter("192.0.2.1")
        place?.leave()
        return place != nil
    }

    @Test("A peer that takes less than 5 kB/s of its answer counts as slow, until it has caught up or is gone")
    func slowReaderCounts() throws {
        var waiting = 200_000
        let phases = try makePhases(isTLS: false) { waiting }
        phases.headEnded()
        phases.bodyEnded()
        try channel.writeOutbound(ByteBuffer(repeating: 0, count: 200_000))
        // At the first look nothing has been there for long.
        for (taken, isSlow) in [(4_500, false), (5_500, false), (4_500, true), (5_500, true), (waiting, false)] {
            waiting -= min(taken, waiting)
            advance(.milliseconds(1_100))
            #expect(isOpenForMore == !isSlow, "\(taken)")
        }

        waiting = 200_000
        try channel.writeOutbound(ByteBuffer(repeating: 0, count: 200_000))
        for _ in 0..<2 { advance(.milliseconds(1_100)) }
        #expect(!isOpenForMore)
        _ = try channel.finish(acceptAlreadyClosed: true)
        #expect(isOpenForMore)
    }

    @Test("A peer on a long line whose last small answer is always on its way is neither slow nor closed")
    func longLine() throws {
        let phases = try makePhases(isTLS: false) { 330 }
        for _ in 0..<40 {
            phases.headEnded()
            phases.bodyEnded()
            try channel.writeOutbound(ByteBuffer(repeating: 0, count: 300))
            phases.becameIdle()
            advance(.milliseconds(1_100))
            #expect(isOpenForMore)
        }
        #expect(channel.isActive)
    }

    @Test("A peer that takes at once what the server sends slowly, as firmware to old devices, is not slow")
    func throttledDownload() throws {
        // The last piece is always still on its way.
        let phases = try makePhases(isTLS: false) { 1_400 }
        phases.headEnded()
        phases.bodyEnded()
        for _ in 0..<30 {
            for _ in 0..<3 { try channel.writeOutbound(ByteBuffer(repeating: 0, count: 1_400)) }
            advance(.milliseconds(1_100))
            #expect(isOpenForMore)
        }
        #expect(channel.isActive)
    }

    /// Whether the connection is read in turns.
    private var isSlow: Bool {
        (try? channel.pipeline.syncOperations.handler(type: SlowRequestHandler.self)) != nil
    }

    @Test("A request that is not whole after half a second is read in turns until it is")
    func slowRequest() throws {
        let phases = try makePhases(isTLS: false)
        try channel.writeInbound(ByteBuffer(string: "P"))
        advance(.milliseconds(400))
        #expect(!isSlow)
        advance(.milliseconds(300))
        #expect(isSlow)
        phases.headEnded()
        #expect(isSlow)
        phases.bodyEnded()
        #expect(!isSlow)

        // One that comes while this one is answered.
        phases.headEnded()
        advance(.milliseconds(700))
        #expect(isSlow)
        phases.bodyEnded()

        // The next one has its own half a second.
        phases.becameIdle()
        advance(.seconds(20))
        try channel.writeInbound(ByteBuffer(string: "G"))
        #expect(!isSlow)
        advance(.milliseconds(700))
        #expect(isSlow)
        expectClosing(after: .milliseconds(9_300))
    }

    @Test("A request that is whole at once is never read in turns")
    func promptRequest() throws {
        let phases = try makePhases(isTLS: true)
        advance(.seconds(3))
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        advance(.milliseconds(200))
        phases.headEnded()
        phases.bodyEnded()
        for _ in 0..<4 { advance(.seconds(1)) }
        #expect(!isSlow)
    }
}
