import NIOCore
import NIOWebSocket

/// Turns frames into events, answers pings and Close frames, and masks what goes out.
///
/// Lives on the connection's event loop. `deliver` is called there too; when it returns false, nobody reads any more or
/// the reader's buffer is full, and the connection is closed.
final class WebSocketEventHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketOutgoing
    typealias OutboundOut = WebSocketFrame

    /// How long the server may take to answer our Close frame.
    static let farewellLimit = TimeAmount.seconds(1)

    private let style: UpgradeStyle
    private let deliver: @Sendable (WebSocketEvent) -> Bool
    private var closeWasSent = false
    private var peerCloseCode: UInt16?
    private var isFinished = false

    init(style: UpgradeStyle, deliver: @escaping @Sendable (WebSocketEvent) -> Bool) {
        self.style = style
        self.deliver = deliver
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.maskKey == nil else { return close(context: context, code: 1_002) }
        switch frame.opcode {
        case .text:
            guard let text = try? frame.data.getUTF8ValidatedString(at: frame.data.readerIndex, length: frame.length)
            else {
                // The reason of the failure is always the same: the bytes are not UTF-8.
                return close(context: context, code: 1_007)
            }
            emit(.text(text), context: context)
        case .ping:
            write(.frame(.pong, frame.data), context: context, promise: nil)
            emit(.ping, context: context)
        case .pong:
            emit(.pong, context: context)
        case .connectionClose:
            var data = frame.data
            peerCloseCode = data.readInteger(as: UInt16.self)
            // After the answer the server closes; should it not, we do.
            close(context: context, code: peerCloseCode)
        case .binary:
            close(context: context, code: 1_003)
        default:
            close(context: context, code: 1_002)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        write(unwrapOutboundIn(data), context: context, promise: promise)
    }

    private func write(_ outgoing: WebSocketOutgoing, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?)
    {
        switch outgoing {
        case .close(let code):
            sendClose(context: context, code: code)
            promise?.succeed()
            closeAfterFarewell(context: context)
        case .frame(let opcode, let data):
            guard !closeWasSent else {
                promise?.fail(SimulatorError(.connectionClosed, "the connection is being closed"))
                return
            }
            let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: style.makeMask(), data: data)
            context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
        }
    }

    /// Sends a Close frame unless one was sent, then closes the connection.
    private func close(context: ChannelHandlerContext, code: UInt16?) {
        sendClose(context: context, code: code)
        context.close(promise: nil)
    }

    /// Leaves the server the time to answer our Close frame, then closes whether it did or not.
    private func closeAfterFarewell(context: ChannelHandlerContext) {
        let channel = context.channel
        let task = context.eventLoop.scheduleTask(in: Self.farewellLimit) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in task.cancel() }
    }

    private func sendClose(context: ChannelHandlerContext, code: UInt16?) {
        guard !closeWasSent else { return }
        closeWasSent = true
        var data = context.channel.allocator.buffer(capacity: 2)
        if let code { data.writeInteger(code) }
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: style.makeMask(), data: data)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    private func emit(_ event: WebSocketEvent, context: ChannelHandlerContext) {
        guard !isFinished, !deliver(event) else { return }
        close(context: context, code: 1_008)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An I/O error needs no farewell: the channel closes by itself.
        guard !(error is IOError) else { return }
        close(context: context, code: 1_002)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func finish() {
        guard !isFinished else { return }
        isFinished = true
        _ = deliver(.closed(code: peerCloseCode))
    }
}

/// What a connection can be asked to send.
enum WebSocketOutgoing: Sendable {
    case frame(WebSocketOpcode, ByteBuffer)
    case close(code: UInt16?)
}

extension UpgradeStyle {
    /// The mask of one frame; the OPL firmware always uses the same.
    ///
    /// Source: `coolkit-device-side.md` §4.
    fileprivate func makeMask() -> WebSocketMaskingKey? {
        switch self {
        case .standard, .sonoff155: .random()
        case .opl: WebSocketMaskingKey([0xB2, 0x39, 0x85, 0xA6])
        }
    }
}
