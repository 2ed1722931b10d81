import NIOCore
import NIOEmbedded
import NIOPosix
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

/// One connection with a slow request: when it is read.
@Suite struct SlowRequestHandlerTests {
    /// Stands where the socket is.
    private final class Socket: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var reads = 0

        func read(context: ChannelHandlerContext) { reads += 1 }
    }

    /// Stands where the request is taken.
    private final class Taker: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundIn = ByteBuffer

        var hasEnough = false
        /// As TLS does while a record is not whole.
        var asksForMore = false

        func read(context: ChannelHandlerContext) {
            if !hasEnough { context.read() }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if asksForMore { context.read() }
        }
    }

    /// How often nothing was there.
    private final class Waits {
        var count = 0
    }

    private let channel = EmbeddedChannel()
    private let clock = ManualClock()
    private let socket = Socket()
    private let taker = Taker()
    private let timers: LoopTimersGroup
    private let slow: SlowRequestHandler
    private let waits = Waits()

    init() throws {
        timers = LoopTimersGroup(clock: clock.clock)
        let waits = waits
        slow = SlowRequestHandler(requests: timers.loopParts(for: channel.eventLoop).slowRequests) { waits.count += 1 }
        try channel.pipeline.syncOperations.addHandlers([socket, slow, taker])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func turn() { channel.embeddedEventLoop.advanceTime(by: .milliseconds(1)) }

    @Test("It is read in its turn and not when somebody asks")
    func turns() throws {
        channel.read()
        #expect(socket.reads == 0)
        turn()
        #expect(socket.reads == 1)
        channel.read()
        turn()
        #expect(socket.reads == 1)
        try channel.writeInbound(ByteBuffer(string: "a"))
        #expect(socket.reads == 1)
        turn()
        #expect(socket.reads == 2)
    }

    @Test("A part of a TLS record gets no second read in the same turn")
    func partOfRecord() throws {
        taker.asksForMore = true
        for reads in 1...3 {
            turn()
            #expect(socket.reads == reads)
            try channel.writeInbound(ByteBuffer(string: "a"))
            #expect(socket.reads == reads)
        }
    }

    @Test("While nobody takes its bytes it is not read, and its turn comes again later")
    func hasEnough() {
        taker.hasEnough = true
        turn()
        #expect(socket.reads == 0)
        taker.hasEnough = false
        clock.advance(by: .milliseconds(200))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(100))
        // It is looked at, and then read: in the same turn if that is quick.
        turn()
        turn()
        #expect(socket.reads == 1)
    }

    @Test("Once released it is listened to as ever")
    func released() {
        slow.release()
        channel.read()
        #expect(socket.reads == 1)
        turn()
        #expect(socket.reads == 1)
        #expect(throws: (any Error).self) {
            try channel.pipeline.syncOperations.handler(type: SlowRequestHandler.self)
        }
    }

    // MARK: Over a socket

    private final class Recorder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        let log: EventLog
        let timers: LoopTimersGroup

        init(_ log: EventLog, _ timers: LoopTimersGroup) {
            self.log = log
            self.timers = timers
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            if text == "slow" {
                let slow = SlowRequestHandler(requests: timers.loopParts(for: context.eventLoop).slowRequests) {}
                #expect(throws: Never.self) {
                    try context.pipeline.syncOperations.addHandler(slow, position: .first)
                }
            }
            log.add(text)
        }

        func channelInactive(context: ChannelHandlerContext) { log.add("closed") }
    }

    @Test("What a slow peer sends waits in the kernel until it is looked at; that it has left is heard at once")
    func overSocket() async throws {
        let clock = ManualClock()
        let log = EventLog()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let timers = LoopTimersGroup(clock: clock.clock)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Recorder(log, timers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)

        let (slow, prompt) = (try await RawClient.connect(port: port), try await RawClient.connect(port: port))
        try await slow.send("slow")
        #expect(await log.next() == "slow")
        try await slow.send("later")
        // The loop hears of the one before it would of the other.
        try await prompt.send("at once")
        #expect(await log.next() == "at once")
        clock.advance(by: .milliseconds(200))
        #expect(await log.next() == "later")
        await slow.close()
        #expect(await log.next() == "closed")

        await prompt.close()
        try await server.close()
        try await group.shutdownGracefully()
    }
}
