import NIOCore
import NIOTLS
import SwitchyardCore

/// Holds each phase of a connection before the upgrade to its limit: TLS handshake, head, body, idle.
///
/// Sits behind the TLS layer and sees bytes; `HTTPRequestGuard` tells it where requests and responses begin and end.
/// All limits run on the loop's wheel, one entry a connection. While a request is being answered nothing runs here, that
/// time is the API's, unless the peer does not take what it is sent.
final class ConnectionPhaseHandler: ChannelInboundHandler, RemovableChannelHandler, TimerTarget {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Phase {
        case handshake
        case head
        case body
        case answering
        case idle
        case closing
    }

    private let limits: HTTPLimits
    private let timers: LoopTimers
    private var phase: Phase
    private var context: ChannelHandlerContext?
    private var timer: LoopTimer?
    private var deadline: MonotonicTime?
    /// Set while the server stops.
    private var cutOff: Scheduled<Void>?
    /// Bytes since the current head began.
    private var headBytes = 0
    /// Whether all of the current answer has been handed over.
    private var isAnswerComplete = false
    /// What is left of the time for a handshake that waits for us.
    private var handshakeTimeLeft: Duration?
    /// Called when the TLS handshake is over.
    var handshakeEnded: () -> Void = {}

    init(limits: HTTPLimits, timers: LoopTimers, isTLS: Bool) {
        self.limits = limits
        self.timers = timers
        phase = isTLS ? .handshake : .head
    }

    // MARK: Told by the admission of handshakes

    /// The handshake waits for us: that time is not the peer's.
    func handshakeWaits() {
        guard let deadline, phase == .handshake else { return }
        handshakeTimeLeft = .milliseconds(deadline.milliseconds - timers.now.milliseconds)
        self.deadline = nil
    }

    func handshakeGoesOn() {
        guard let handshakeTimeLeft, phase == .handshake else { return }
        self.handshakeTimeLeft = nil
        enter(.handshake, for: handshakeTimeLeft)
    }

    // MARK: Told by the request guard

    func headEnded() { enter(.body, for: limits.body) }

    func bodyEnded() {
        phase = .answering
        isAnswerComplete = false
        deadline = nil
    }

    /// An answer has been handed over; the peer has as long to take it in as it may idle.
    func answerEnded() {
        guard phase == .answering else { return }
        isAnswerComplete = true
        deadline = timers.now.advanced(by: limits.idle)
        schedule()
    }

    /// All requests so far are answered, and the answers have left.
    func becameIdle() { enter(.idle, for: limits.idle) }

    /// Gives the peer a moment to read our last words, then closes.
    func closeSoon() {
        enter(.closing, for: .seconds(2))
    }

    // MARK: In the pipeline

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        enter(phase, for: phase == .handshake ? limits.tlsHandshake : limits.head)
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if phase == .idle {
            headBytes = 0
            enter(.head, for: limits.head)
        }
        guard phase == .head else { return context.fireChannelRead(data) }
        headBytes += unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
        // The head is still not whole.
        if phase == .head, headBytes > limits.maximumHeadBytes { context.close(promise: nil) }
    }

    /// A peer that takes nothing of a long answer (a download) has as long as it may idle.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if phase == .answering, !isAnswerComplete {
            deadline = context.channel.isWritable ? nil : timers.now.advanced(by: limits.idle)
            schedule()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event, phase == .handshake {
            enter(.head, for: limits.head)
            handshakeEnded()
            handshakeEnded = {}
        }
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        if isWithoutRequest {
            context.close(promise: nil)
        } else {
            // By the loop's own time: stopping ends within its limit whatever the wheel's clock says.
            cutOff = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.drain)) { [weak self] in
                self?.context?.close(promise: nil)
            }
            context.fireUserInboundEventTriggered(event)
        }
    }

    private var isWithoutRequest: Bool {
        switch phase {
        case .handshake, .head, .idle: true
        case .body, .answering, .closing: false
        }
    }

    // MARK: Time

    func timerFired(now: MonotonicTime) {
        guard let deadline else { return }
        guard deadline <= now else { return schedule() }
        self.deadline = nil
        context?.close(promise: nil)
    }

    private func enter(_ next: Phase, for duration: Duration) {
        phase = next
        deadline = timers.now.advanced(by: duration)
        schedule()
    }

    /// Puts the entry on the wheel unless one that fires early enough is there already.
    private func schedule() {
        guard let deadline, context != nil else { return }
        let timer = self.timer ?? LoopTimer(target: self)
        self.timer = timer
        if !timer.isScheduled || deadline < timer.scheduledTime { timers.schedule(timer, at: deadline) }
    }

    private func finish() {
        context = nil
        handshakeEnded = {}
        deadline = nil
        if let timer { timers.cancel(timer) }
        timer = nil
        cutOff?.cancel()
        cutOff = nil
    }
}
