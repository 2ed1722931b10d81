import NIOCore
import NIOTLS
import SwitchyardCore

/// Holds each phase of a connection before the upgrade to its limit: TLS handshake, head, body, idle.
///
/// Sits behind the TLS layer and sees bytes; `HTTPRequestGuard` tells it where requests and responses begin and end.
/// All limits run on the loop's wheel, one entry a connection. While a request is being answered the time is the API's;
/// but whenever something is on its way to the peer, `ReadingPace` looks at how fast it is taken. A request that takes more
/// than a moment to arrive is read by `SlowRequests`.
final class ConnectionPhaseHandler: ChannelDuplexHandler, RemovableChannelHandler, TimerTarget,
    OverdueConnections.Connection, SlowRequests.Newcomer
{
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

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
    /// When the connection came, or the first byte of a later request.
    private var requestBegan: MonotonicTime
    private var pace = ReadingPace()
    private var nextLook: MonotonicTime?
    private var sentBytes = 0
    private let slowRequests: SlowRequests
    private let overdue: OverdueConnections
    /// Since when the request on its way is waited for.
    private var awaitedSince = MonotonicTime(milliseconds: 0)
    /// When it is slow.
    private var slowAt: MonotonicTime?
    /// It does, and waits for its turn to be held.
    private var isAnnounced = false
    /// In the pipeline while it is held.
    private var slow: SlowRequestHandler?
    private let waitingBytes: (ChannelHandlerContext) -> Int
    private var slowness: Slowness
    /// Its time is over and it waits to be closed: nothing is read from it any more.
    private var isOverdue = false
    /// What it was sent is not waited for either.
    private var isAbandoned = false
    /// Set while the server stops.
    private var cutOff: Scheduled<Void>?
    /// Bytes since the current head began.
    private var headBytes = 0
    /// Whether a part of a head waits for the rest.
    private var isWithinHead = false
    /// What is left of the time for a handshake that waits for us.
    private var handshakeTimeLeft: Duration?
    /// What speaks TLS, once there is something.
    var tls: (any ChannelHandler)?
    /// Called when the TLS handshake is over.
    var handshakeEnded: () -> Void = {}

    init(
        limits: HTTPLimits,
        loopParts: LoopTimersGroup.LoopParts,
        place: ConnectionLimiter.Place,
        isTLS: Bool,
        waitingBytes: @escaping (ChannelHandlerContext) -> Int = SendQueue.waitingBytes
    ) {
        self.limits = limits
        slowness = Slowness(place: place)
        timers = loopParts.timers
        slowRequests = loopParts.slowRequests
        overdue = loopParts.overdue
        self.waitingBytes = waitingBytes
        requestBegan = timers.now
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
        // As if the connection had come later by the wait.
        requestBegan = deadline.map { $0.advanced(by: .zero - limits.tlsHandshake) } ?? requestBegan
    }

    // MARK: Told by the request guard

    func headEnded() {
        // Its body has its own time, when the answer before it took long.
        if phase == .answering { requestBegan = timers.now }
        phase = .body
        deadline = requestBegan.advanced(by: limits.request)
        // One that came while another was answered.
        if slow == nil, slowAt == nil, !isAnnounced { awaitRequest() }
        schedule()
    }

    func bodyEnded() {
        phase = .answering
        deadline = nil
        isHere()
    }

    /// All requests so far are answered, and the answers have left; a head that has begun meanwhile has its time from now on.
    func becameIdle() {
        guard isWithinHead else { return enter(.idle, for: limits.idle) }
        headBytes = 0
        requestBegan = timers.now
        enter(.head, for: limits.head)
    }

    // MARK: Told by the request syntax

    /// Whether a part of a head has come, and not all of it.
    func hasBegunHead(_ isWithinHead: Bool) {
        self.isWithinHead = isWithinHead
        if isWithinHead, phase == .idle { becameIdle() }
    }

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
        guard !isOverdue else { return }
        if phase == .idle {
            headBytes = 0
            requestBegan = timers.now
            enter(.head, for: limits.head)
        }
        guard phase == .head else { return context.fireChannelRead(data) }
        headBytes += unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
        // The head is still not whole.
        if phase == .head, headBytes > limits.maximumHeadBytes { context.close(promise: nil) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if !pace.isWatching {
            pace.begin(sent: sentBytes)
            nextLook = timers.now.advanced(by: ReadingPace.interval)
            schedule()
        }
        sentBytes += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event, phase == .handshake, !isOverdue {
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
        if let slowAt, slowAt <= now { isSlow() }
        if isOver(now) {
            deadline = nil
            nextLook = nil
            isOverdue = true
            overdue.add(self)
        } else {
            schedule()
        }
    }

    func closeOverdue() {
        guard let context else { return }
        if isAbandoned { SendQueue.abandon(of: context) }
        if isAwaited, let tls, let beyond = try? context.pipeline.syncOperations.context(handler: tls) {
            // Who keeps us waiting gets no farewell from TLS, and we wait for none.
            beyond.close(promise: nil)
        } else {
            context.close(promise: nil)
        }
    }

    /// Whether it is the peer's turn, in the middle of something, or it had time to read our last words.
    private var isAwaited: Bool {
        switch phase {
        case .handshake, .head, .body, .closing: true
        case .answering, .idle: isAbandoned
        }
    }

    private func isOver(_ now: MonotonicTime) -> Bool {
        if let deadline, deadline <= now { return true }
        guard let nextLook, nextLook <= now, let context else { return false }
        if pace.look(sent: sentBytes, waiting: waitingBytes(context)) {
            isAbandoned = true
            return true
        }
        slowness.isReaderAwaited = pace.isSlow
        self.nextLook = pace.isWatching ? now.advanced(by: ReadingPace.interval) : nil
        return false
    }

    private func enter(_ next: Phase, for duration: Duration) {
        phase = next
        deadline = timers.now.advanced(by: duration)
        if next == .head {
            // A peer that was slow in its handshake has less time for its head.
            deadline = deadline.map { min($0, requestBegan.advanced(by: limits.request)) }
            awaitRequest()
        }
        schedule()
    }

    private func awaitRequest() {
        awaitedSince = timers.now
        slowAt = awaitedSince.advanced(by: limits.prompt)
    }

    /// Puts the entry on the wheel unless one that fires early enough is there already.
    private func schedule() {
        guard context != nil, let next = [deadline, nextLook, slowAt].compactMap(\.self).min() else { return }
        let timer = self.timer ?? LoopTimer(target: self)
        self.timer = timer
        if !timer.isScheduled || next < timer.scheduledTime { timers.schedule(timer, at: next) }
    }

    private func isSlow() {
        slowAt = nil
        guard slow == nil, !isAnnounced else { return }
        isAnnounced = true
        slowRequests.announce(self)
    }

    func isTakenOn() {
        guard isAnnounced, let context else { return }
        isAnnounced = false
        let handler = SlowRequestHandler(requests: slowRequests) { [weak self] in self?.requestIsAwaited() }
        // It fails when the connection is closing: then nothing more is read.
        guard (try? context.pipeline.syncOperations.addHandler(handler, position: .first)) != nil else { return }
        slow = handler
    }

    /// The request is whole, or no longer waited for.
    private func isHere() {
        slowAt = nil
        isAnnounced = false
        slow?.release()
        slow = nil
        slowness.isRequestAwaited = false
    }

    /// What has come of it was read, and more is not there.
    private func requestIsAwaited() {
        let isSilent = phase == .head && headBytes == 0
        let patience = isSilent ? limits.patienceWithSilence : limits.patience
        if awaitedSince.advanced(by: patience) <= timers.now { slowness.isRequestAwaited = true }
    }

    private func finish() {
        context = nil
        tls = nil
        handshakeEnded = {}
        deadline = nil
        nextLook = nil
        slowness.isReaderAwaited = false
        isHere()
        if let timer { timers.cancel(timer) }
        timer = nil
        cutOff?.cancel()
        cutOff = nil
    }
}
