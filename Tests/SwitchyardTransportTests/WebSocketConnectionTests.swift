import Foundation
import NIOCore
import NIOEmbedded
import NIOWebSocket
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite struct WebSocketConnectionTests {
    /// Writes down what it hears; `onText` may do more.
    private final class Delegate: WebSocketDelegate {
        var events: [String] = []
        var onText: ((ByteBuffer, WebSocketConnection) -> Void)?

        func opened(_ connection: WebSocketConnection) { events.append("opened") }
        func receivedText(_ text: ByteBuffer, on connection: WebSocketConnection) {
            events.append("text \(String(buffer: text))")
            onText?(text, connection)
        }
        func receivedBinary(_ data: consuming ByteBuffer, on connection: WebSocketConnection) {
            events.append("binary \(data.readableBytes)")
        }
        func receivedControl(on connection: WebSocketConnection) { events.append("control") }
        func readCompleted(_ connection: WebSocketConnection) { events.append("readCompleted") }
        func deadlinePassed(_ connection: WebSocketConnection, now: MonotonicTime) { events.append("deadline") }
        func closed(_ connection: WebSocketConnection) { events.append("closed") }
    }

    /// Counts what passes on its way to the socket.
    private final class FlushCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var flushes = 0
        func flush(context: ChannelHandlerContext) {
            flushes += 1
            context.flush()
        }
    }

    private let clock = ManualClock()
    private let channel = EmbeddedChannel()
    private let delegate = Delegate()
    private let counter = FlushCounter()
    private let connection: WebSocketConnection

    init() throws {
        var limits = WebSocketLimits()
        limits.maximumMessageBytes = 1_024
        limits.maximumQueuedFrames = 4
        connection = WebSocketConnection(
            info: ConnectionInfo(channel: channel, listener: .plain),
            channel: channel,
            limits: limits,
            loopParts: LoopTimersGroup(clock: clock.clock).loopParts(for: channel.eventLoop),
            delegate: delegate
        )
        try channel.pipeline.syncOperations.addHandler(counter)
        try channel.pipeline.syncOperations.addHandler(connection)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func advance(_ duration: Duration) {
        clock.advance(by: duration)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(LoopTimers.slotMilliseconds))
    }

    /// What has been written, as the oracle decodes it: opcode and payload.
    private func sent() throws -> [String] {
        let decoder = EmbeddedChannel(
            handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20))
        )
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { try decoder.writeInbound(bytes) }
        var frames: [String] = []
        while let frame = try decoder.readInbound(as: OracleFrame.self) {
            var data = frame.data
            if frame.opcode == .connectionClose {
                frames.append("close \(data.readInteger(as: UInt16.self).map(String.init) ?? "empty")")
            } else {
                frames.append(
                    "\(frame.opcode == .text ? "text" : frame.opcode == .pong ? "pong" : "other") \(String(buffer: data))"
                )
            }
        }
        return frames
    }

    private func payload(_ text: String) -> ByteBuffer {
        var buffer = WebSocketFrame.makeBuffer(capacity: text.utf8.count, allocator: ByteBufferAllocator())
        buffer.writeString(text)
        return buffer
    }

    @Test(
        "Frames of every length of header are what NIO's decoder expects",
        arguments: [0, 1, 125, 126, 65_535, 65_536]
    )
    func sealing(length: Int) throws {
        let text = String(repeating: "x", count: length)
        connection.send(text: payload(text))
        connection.send(text: ByteBuffer(string: text))
        connection.flushNow()
        #expect(try sent() == ["text " + text, "text " + text])
    }

    @Test("A message is handed over, its answers leave in one flush when the read is complete")
    func oneFlush() throws {
        delegate.onText = { text, connection in connection.send(text: text) }
        var bytes = RawClient.text("a")
        bytes.writeImmutableBuffer(RawClient.text("b"))
        try channel.writeInbound(bytes)
        #expect(delegate.events == ["opened", "text a", "text b", "readCompleted"])
        #expect(counter.flushes == 1)
        #expect(try sent() == ["text a", "text b"])
    }

    @Test("What is sent outside of a read leaves in one flush at the end of the loop's turn")
    func turnFlush() throws {
        connection.send(text: payload("a"))
        connection.send(text: payload("b"))
        #expect(counter.flushes == 0)
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 1)
        #expect(try sent() == ["text a", "text b"])
    }

    @Test("For a device each frame has its own flush")
    func framePerFlush() throws {
        connection.oneFramePerFlush = true
        connection.send(text: payload("a"))
        connection.send(text: payload("b"))
        #expect(counter.flushes == 2)
    }

    @Test("A ping is answered with its payload and told of")
    func ping() throws {
        try channel.writeInbound(RawClient.frame(9, Array("echo".utf8)))
        try channel.writeInbound(RawClient.frame(10, []))
        #expect(try sent() == ["pong echo"])
        #expect(delegate.events == ["opened", "control", "readCompleted", "control", "readCompleted"])
    }

    @Test("The peer's close is answered with its code, or with none if it had none", arguments: [1_000, 4_321, nil])
    func peerCloses(code: UInt16?) throws {
        let payload: [UInt8] = code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? []
        try channel.writeInbound(RawClient.frame(8, payload))
        #expect(try sent() == ["close \(code.map(String.init) ?? "empty")"])
        #expect(!channel.isActive)
        #expect(delegate.events.last == "closed")
        #expect(delegate.events.filter { $0 == "closed" }.count == 1)
    }

    @Test("Our close is sent once, data after it is ignored, and the peer's close ends the transport")
    func weClose() throws {
        connection.close(code: 1_008, reason: "no")
        connection.close(code: 1_011, reason: "again")
        connection.send(text: payload("late"))
        try channel.writeInbound(RawClient.text("ignored"))
        #expect(try sent() == ["close 1008"])
        #expect(!connection.isOpen)
        #expect(channel.isActive)
        try channel.writeInbound(RawClient.frame(8, [0x03, 0xF0]))
        #expect(try sent().isEmpty)
        #expect(!channel.isActive)
        #expect(delegate.events == ["opened", "closed"])
    }

    @Test("A peer that does not answer our close is dropped after a second")
    func closeTimeout() throws {
        connection.close(code: 1_000, reason: "")
        advance(.milliseconds(900))
        #expect(channel.isActive)
        advance(.milliseconds(200))
        #expect(!channel.isActive)
        #expect(delegate.events == ["opened", "closed"])
    }

    @Test("A breach of the protocol is answered with its code and nothing more is handed over")
    func breach() throws {
        var bytes = RawClient.frame(1, Array(repeating: 0x41, count: 1_025))
        bytes.writeImmutableBuffer(RawClient.text("after"))
        try channel.writeInbound(bytes)
        #expect(try sent() == ["close 1009"])
        #expect(delegate.events == ["opened"])
    }

    @Test("A peer that does not read is closed with 1013 once the limit of waiting frames is passed")
    func slowReader() throws {
        channel.isWritable = false
        for index in 1...4 { connection.send(text: payload("\(index)")) }
        #expect(connection.isOpen)
        connection.send(text: payload("5"))
        #expect(!connection.isOpen)
        channel.isWritable = true
        #expect(try sent() == ["text 1", "text 2", "text 3", "text 4", "close 1013"])
    }

    @Test("A peer that catches up in between may have as many frames wait again")
    func catchingUp() {
        for _ in 0..<3 {
            channel.isWritable = false
            for index in 1...4 { connection.send(text: payload("\(index)")) }
            channel.isWritable = true
            channel.pipeline.fireChannelWritabilityChanged()
        }
        #expect(connection.isOpen)
    }

    @Test("Many unflushed bytes are flushed before the turn ends, so that back-pressure can show")
    func earlyFlush() {
        for _ in 0..<20 { connection.send(text: payload(String(repeating: "x", count: 1_000))) }
        #expect(counter.flushes == 1)
    }

    @Test("A deadline that is moved out in time does not fire; once passed it fires once")
    func deadline() {
        connection.setDeadline(clock.now.advanced(by: .seconds(2)))
        advance(.seconds(1))
        connection.setDeadline(clock.now.advanced(by: .seconds(3)))
        advance(.milliseconds(2_900))
        #expect(delegate.events == ["opened"])
        advance(.milliseconds(200))
        #expect(delegate.events == ["opened", "deadline"])
        advance(.seconds(60))
        #expect(delegate.events == ["opened", "deadline"])
    }

    @Test("A deadline that is moved in or taken away is honoured")
    func nearerDeadline() {
        connection.setDeadline(clock.now.advanced(by: .seconds(100)))
        connection.setDeadline(clock.now.advanced(by: .seconds(1)))
        advance(.milliseconds(1_100))
        #expect(delegate.events == ["opened", "deadline"])
        connection.setDeadline(clock.now.advanced(by: .seconds(1)))
        connection.setDeadline(nil)
        advance(.seconds(2))
        #expect(delegate.events == ["opened", "deadline"])
    }

    @Test("A delegate that drops the connection in a message hears of nothing after it but the end")
    func dropInMessage() throws {
        delegate.onText = { _, connection in connection.closeTransport() }
        var bytes = RawClient.text("a")
        bytes.writeImmutableBuffer(RawClient.text("b"))
        // The channel is closed while it reads.
        _ = try? channel.writeInbound(bytes)
        #expect(delegate.events == ["opened", "text a", "closed"])
    }

    @Test("An I/O error is left to the channel")
    func ioError() {
        channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNRESET, reason: "read"))
        #expect(channel.isActive)
        channel.pipeline.fireChannelInactive()
        #expect(delegate.events == ["opened", "closed"])
    }

    @Test("A close reason is cut to what fits into a control frame, between characters")
    func longReason() throws {
        connection.close(code: 1_000, reason: String(repeating: "€", count: 100))
        let frame = try #require(try channel.readOutbound(as: ByteBuffer.self))
        #expect(frame.readableBytes == 2 + 2 + 123)
        #expect(frame.getString(at: frame.readerIndex + 4, length: 123) == String(repeating: "€", count: 41))
    }

    @Test("A connection that stops tells its delegate and closes with 1001")
    func quiesce() throws {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(try sent() == ["close 1001"])
    }

    @Test("While reading is paused no read reaches the channel; resuming makes up for it")
    func pause() {
        let reads = ReadCounter()
        #expect(throws: Never.self) {
            try channel.pipeline.syncOperations.addHandler(reads, position: .before(connection))
        }
        connection.pauseReading()
        channel.pipeline.read()
        channel.pipeline.read()
        #expect(reads.count == 0)
        connection.resumeReading()
        #expect(reads.count == 1)
        channel.pipeline.read()
        #expect(reads.count == 2)
    }

    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var count = 0
        func read(context: ChannelHandlerContext) { count += 1 }
    }
}
