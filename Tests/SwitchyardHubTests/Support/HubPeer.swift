import CoolkitWire
import NIOCore
import NIOPosix

/// A peer of a `HubLoop`, on a real socket.
final class HubPeer {
    struct Ended: Error {}

    private let channel: any Channel
    private var frames: AsyncStream<String>.Iterator

    /// - Parameter device: answers each `update` at once, as that device.
    init(_ loop: HubLoop, acknowledgingAs device: DeviceID? = nil) async throws {
        let (stream, source) = AsyncStream<String>.makeStream()
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Frames(source, acknowledgingAs: device))
                }
            }
            .connect(host: "127.0.0.1", port: loop.port).get()
        frames = stream.makeAsyncIterator()
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(HubSocket.frame(opcode: 1, Array(text.utf8)))
    }

    /// The next text of the server, or `close <code>`.
    func next() async throws -> String {
        guard let frame = await frames.next(isolation: #isolation) else { throw Ended() }
        return frame
    }

    func close() async {
        // Closed already is as good.
        try? await channel.close()
    }

    private final class Frames: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let source: AsyncStream<String>.Continuation
        private let device: DeviceID?
        private var received = ByteBuffer()

        init(_ source: AsyncStream<String>.Continuation, acknowledgingAs device: DeviceID?) {
            self.source = source
            self.device = device
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.writeImmutableBuffer(unwrapInboundIn(data))
            while let frame = HubSocket.nextFrame(in: &received) {
                source.yield(frame)
                guard let device, let found = frame.firstMatch(of: /"action":"update".*"sequence":"(\d+)"/) else {
                    continue
                }
                let answer = #"{"error":0,"deviceid":"\#(device)","sequence":"\#(found.1)"}"#
                context.writeAndFlush(wrapOutboundOut(HubSocket.frame(opcode: 1, Array(answer.utf8))), promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { source.finish() }
    }
}
