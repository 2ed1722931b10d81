import NIOCore

/// Sends what is written in small pieces, one each millisecond.
final class Pieces: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let bytes: Int
    private var waiting = ByteBuffer()
    private var isSending = false

    init(bytes: Int) { self.bytes = bytes }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var data = unwrapOutboundIn(data)
        waiting.writeBuffer(&data)
        promise?.succeed()
    }

    func flush(context: ChannelHandlerContext) {
        if !isSending { sendNext(context) }
    }

    private func sendNext(_ context: ChannelHandlerContext) {
        guard let piece = waiting.readSlice(length: min(bytes, waiting.readableBytes)), piece.readableBytes > 0 else {
            isSending = false
            return
        }
        isSending = true
        context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        // Handlers are called on their loop.
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { self.sendNext(context) }
    }
}
