package import NIOCore
import SwitchyardCore

/// One WebSocket connection: the channel handler behind the TLS layer, RFC 6455 and nothing above it.
///
/// Confined to its event loop: every call and every callback is made there. Frames are handed to the delegate
/// synchronously as they are read; what the delegate sends leaves in one flush at the end of the read or of the
/// loop's turn, unless `oneFramePerFlush` is set. Between messages it holds no buffer.
package final class WebSocketConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = Never
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    enum State {
        /// Not yet in an active pipeline.
        case opening
        case open
        /// Our close frame is out; data is ignored, the peer's close frame is waited for.
        case closing
        /// The channel has been told to close; nothing is read or written any more.
        case dropped
        /// The channel is gone and the delegate knows.
        case closed
    }

    package let info: ConnectionInfo
    package let eventLoop: any EventLoop
    /// How far its event loop is behind.
    package let load: LoopLoad
    /// Device sessions: each frame has its own flush, and with it its own TLS record.
    ///
    /// Source: coolkit-websocket.md §12, firmware decodes only the first frame of each read.
    package var oneFramePerFlush = false

    let limits: WebSocketLimits
    private let drain: Duration
    let timers: LoopTimers
    let flushes: FlushQueue
    var delegate: (any WebSocketDelegate)?
    var state = State.opening
    var context: ChannelHandlerContext?
    var outbound = OutboundState()
    /// The one entry this connection has on the wheel; made when a deadline is first set.
    var timer: LoopTimer?
    var deadline: MonotonicTime?
    /// Set while the server stops.
    var cutOff: Scheduled<Void>?
    private var reader: WebSocketReader
    private var isReading = false
    private var isPaused = false
    private var readIsOutstanding = false

    init(
        info: ConnectionInfo,
        channel: any Channel,
        limits: WebSocketLimits,
        drain: Duration = .seconds(2),
        loopParts: LoopTimersGroup.LoopParts,
        delegate: any WebSocketDelegate
    ) {
        self.info = info
        self.eventLoop = channel.eventLoop
        self.limits = limits
        self.drain = drain
        self.timers = loopParts.timers
        self.flushes = loopParts.flushes
        self.load = loopParts.load
        self.delegate = delegate
        reader = WebSocketReader(limits: limits, allocator: channel.allocator)
    }

    /// Whether frames can be sent.
    package var isOpen: Bool { state == .open }

    // MARK: Back-pressure

    /// Stops taking bytes from the socket; messages that were read already are still handed over.
    package func pauseReading() { isPaused = true }

    /// Goes on reading.
    package func resumeReading() {
        guard isPaused else { return }
        isPaused = false
        guard readIsOutstanding else { return }
        readIsOutstanding = false
        context?.read()
    }

    package func read(context: ChannelHandlerContext) {
        if isPaused {
            readIsOutstanding = true
        } else {
            context.read()
        }
    }

    // MARK: Life in the pipeline

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { open() }
    }

    package func channelActive(context: ChannelHandlerContext) { open() }

    package func channelInactive(context: ChannelHandlerContext) { finish() }

    package func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func open() {
        guard state == .opening else { return }
        state = .open
        delegate?.opened(self)
    }

    /// The one place where a connection ends, whatever ended it.
    private func finish() {
        guard state != .closed else { return }
        let wasOpened = state != .opening
        state = .closed
        context = nil
        deadline = nil
        if let timer { timers.cancel(timer) }
        timer = nil
        cutOff?.cancel()
        cutOff = nil
        guard let delegate else { return }
        self.delegate = nil
        if wasOpened { delegate.closed(self) }
    }

    /// Whatever breaks a socket or TLS session closes the channel by itself.
    ///
    /// Closing it here too would put NIOSSL into a closing state whose timer outlives the connection and holds its
    /// buffers (measured: 45 KiB for the whole shutdown timeout).
    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is WebSocketUpgradeError { closeTransport() }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            startShuttingDown(drain: drain)
        case ChannelEvent.inputClosed:
            closeTransport()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { outbound.becameWritable() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Reading

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state == .open || state == .closing else { return }
        var bytes = unwrapInboundIn(data)
        isReading = true
        while state == .open || state == .closing, let event = reader.next(&bytes) { received(event) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if state == .open { delegate?.readCompleted(self) }
        isReading = false
        flushQueued()
        context.fireChannelReadComplete()
    }

    private func received(_ event: consuming WebSocketReader.Event) {
        switch consume event {
        case .text(let text):
            delegate?.receivedText(text, on: self)
        case .binary(let data):
            delegate?.receivedBinary(data, on: self)
        case .ping(var payload):
            WebSocketFrame.seal(&payload, opcode: .pong)
            write(payload)
            delegate?.receivedControl(on: self)
        case .pong:
            delegate?.receivedControl(on: self)
        case .close(let code):
            receivedClose(code: code)
        case .failure(let code, let reason):
            close(code: code, reason: reason)
        }
    }

    /// Whether the end of the read flushes what is written now.
    var flushesAfterRead: Bool { isReading }

    /// Looks only for the peer's close frame from now on.
    func drainReader() { reader.drain() }
}

/// A failure after the 101 was sent: the connection is of no use.
struct WebSocketUpgradeError: Error {}
