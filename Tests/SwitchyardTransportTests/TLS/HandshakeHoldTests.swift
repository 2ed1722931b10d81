import NIOCore
import NIOEmbedded
import NIOTLS
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

/// One connection in front of its TLS handler: what is held, and when it goes on.
@Suite struct HandshakeHoldTests {
    /// Stands where the TLS handler would.
    private final class Witness: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        var received: [String] = []
        /// What ends the handshake.
        var completes: String?

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.append(String(buffer: unwrapInboundIn(data)))
            guard received.last == completes else { return }
            context.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        }
    }

    private final class Rig {
        let channel = EmbeddedChannel()
        let clock = ManualClock()
        let witness = Witness()
        var begun = 0

        init() throws {
            let parts = LoopTimersGroup(clock: clock.clock).loopParts(for: channel.eventLoop)
            let place = try #require(ConnectionLimiter().enter(nil))
            let phases = ConnectionPhaseHandler(limits: HTTPLimits(), loopParts: parts, place: place, isTLS: true)
            let admission = HandshakeAdmissionHandler(
                admission: parts.handshakes,
                timers: parts.timers,
                phases: phases
            ) { [unowned self] channel in
                begun += 1
                try channel.pipeline.syncOperations.addHandler(witness, position: .before(phases))
            }
            phases.handshakeEnded = { [unowned admission] in admission.handshakeEnded() }
            try channel.pipeline.syncOperations.addHandlers([admission, phases])
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func receive(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

        func advance(_ duration: Duration) {
            clock.advance(by: duration)
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(LoopTimers.slotMilliseconds))
            turn()
        }

        /// Its turn comes.
        func turn() { channel.embeddedEventLoop.advanceTime(by: .milliseconds(1)) }
    }

    private static let hello = "\u{16}\u{03}\u{01}\u{00}\u{05}hello"

    @Test("TLS begins when the first record is whole and the connection's turn has come")
    func begins() throws {
        let rig = try Rig()
        for character in Self.hello.dropLast() {
            try rig.receive(String(character))
            rig.turn()
        }
        #expect(rig.begun == 0)
        try rig.receive("o")
        #expect(rig.begun == 0)
        rig.turn()
        #expect(rig.begun == 1)
        #expect(rig.witness.received == [Self.hello])
    }

    @Test("What is no TLS goes to the library, which refuses it")
    func noTLS() throws {
        let rig = try Rig()
        try rig.receive("GET / HTTP/1.1\r\n")
        rig.turn()
        #expect(rig.witness.received == ["GET / HTTP/1.1\r\n"])
    }

    @Test("The peer's next flight waits for its turn, too; after the handshake nothing waits")
    func goesOn() throws {
        let rig = try Rig()
        try rig.receive(Self.hello)
        rig.turn()
        try rig.receive("finished")
        try rig.receive(", more")
        #expect(rig.witness.received.count == 1)
        rig.turn()
        #expect(rig.witness.received == [Self.hello, "finished, more"])
        rig.channel.pipeline.fireUserInboundEventTriggered(
            TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil)
        )
        try rig.receive("data")
        #expect(rig.witness.received.last == "data")
        #expect(throws: (any Error).self) {
            try rig.channel.pipeline.syncOperations.handler(type: HandshakeAdmissionHandler.self)
        }
    }

    @Test(
        "A record of the next flight waits in no queue before it is whole, what follows it stays behind, and is data in the end"
    )
    func wholeRecords() throws {
        let rig = try Rig()
        let (first, second) = ("\u{14}\u{03}\u{03}\u{00}\u{01}x", "\u{16}\u{03}\u{03}\u{00}\u{04}last")
        try rig.receive(Self.hello)
        rig.turn()
        for character in first.dropLast() {
            try rig.receive(String(character))
            rig.turn()
        }
        #expect(rig.witness.received == [Self.hello])
        try rig.receive("x" + second.prefix(3))
        rig.turn()
        #expect(rig.witness.received == [Self.hello, first])
        rig.witness.completes = second
        try rig.receive(second.dropFirst(3) + "\u{17}\u{03}\u{03}\u{00}\u{09}da")
        rig.turn()
        #expect(rig.witness.received == [Self.hello, first, second, "\u{17}\u{03}\u{03}\u{00}\u{09}da"])
        try rig.receive("ta")
        #expect(rig.witness.received.last == "ta")
    }

    @Test("A flight that trickles in is cut off after five seconds, wherever in a record it is")
    func slowFlight() throws {
        let rig = try Rig()
        try rig.receive(Self.hello)
        rig.turn()
        try rig.receive("\u{16}\u{03}\u{03}\u{40}\u{00}")
        for _ in 0..<4 {
            try rig.receive("x")
            rig.advance(.seconds(1))
        }
        #expect(rig.channel.isActive)
        rig.advance(.milliseconds(1_200))
        #expect(!rig.channel.isActive)
        #expect(rig.witness.received == [Self.hello])
    }

    @Test("A peer that comes with one small record after another is closed")
    func tinyRecords() throws {
        let rig = try Rig()
        try rig.receive(Self.hello)
        rig.turn()
        for _ in 0..<15 {
            try rig.receive("\u{16}\u{03}\u{03}\u{00}\u{01}x")
            rig.turn()
        }
        #expect(rig.channel.isActive)
        try rig.receive("\u{16}\u{03}\u{03}\u{00}\u{01}x")
        #expect(!rig.channel.isActive)
    }

    @Test("A ClientHello that trickles in is cut off after five seconds")
    func slow() throws {
        let rig = try Rig()
        for character in Self.hello.prefix(4) {
            try rig.receive(String(character))
            rig.advance(.seconds(1))
        }
        #expect(rig.channel.isActive)
        rig.advance(.milliseconds(1_200))
        #expect(!rig.channel.isActive)
        #expect(rig.begun == 0)
    }

    @Test("A peer that closes its side before its turn is dropped, and TLS does not begin")
    func halfClosed() throws {
        let rig = try Rig()
        try rig.receive(Self.hello)
        rig.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!rig.channel.isActive)
        rig.turn()
        #expect(rig.begun == 0)
    }

    @Test("What a peer sends before its turn is bounded")
    func bounded() throws {
        let rig = try Rig()
        try rig.receive(Self.hello)
        for _ in 0..<7 { try rig.receive(String(repeating: "x", count: 8_192)) }
        #expect(rig.channel.isActive)
        _ = try? rig.receive(String(repeating: "x", count: 8_192))
        #expect(!rig.channel.isActive)
    }
}
