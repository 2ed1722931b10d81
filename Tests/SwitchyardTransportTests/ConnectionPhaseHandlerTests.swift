import NIOCore
import NIOEmbedded
import NIOTLS
import Testing

@testable import SwitchyardTransport

@Suite struct ConnectionPhaseHandlerTests {
    private let clock = ManualClock()
    private let channel = EmbeddedChannel()

    private func makePhases(isTLS: Bool) throws -> ConnectionPhaseHandler {
        let timers = LoopTimersGroup(clock: clock.clock).timers(for: channel.eventLoop)
        let phases = ConnectionPhaseHandler(limits: HTTPLimits(), timers: timers, isTLS: isTLS)
        try channel.pipeline.syncOperations.addHandler(phases)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return phases
    }

    private func advance(_ duration: Duration) {
        clock.advance(by: duration)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(LoopTimers.slotMilliseconds))
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

    @Test("A head that does not end is cut off at its limit")
    func longHead() throws {
        _ = try makePhases(isTLS: false)
        try channel.writeInbound(ByteBuffer(repeating: 0x41, count: 16_384))
        #expect(channel.isActive)
        _ = try? channel.writeInbound(ByteBuffer(repeating: 0x41, count: 1))
        #expect(!channel.isActive)
    }

    @Test("The body has fifteen seconds, an answer as long as it takes, the next request a minute, its head ten")
    func phases() throws {
        let phases = try makePhases(isTLS: false)
        advance(.seconds(9))
        phases.headEnded()
        advance(.seconds(14))
        phases.bodyEnded()
        advance(.seconds(600))
        phases.becameIdle()
        advance(.seconds(59))
        try channel.writeInbound(ByteBuffer(string: "G"))
        expectClosing(after: .seconds(10))
    }

    @Test("A peer that stops reading in the middle of an answer has sixty seconds; one that reads on has its time")
    func unreadAnswer() throws {
        let phases = try makePhases(isTLS: false)
        phases.headEnded()
        phases.bodyEnded()
        for isWritable in [false, true] {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
            advance(.seconds(isWritable ? 3_600 : 59))
            #expect(channel.isActive)
        }
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        expectClosing(after: .seconds(60))
    }
}
