import NIOCore
import SwitchyardCore

/// Keeps what a peer says of its TLS handshake until the loop's `HandshakeAdmission` lets the connection go on.
///
/// The first handler of a TLS connection. The TLS handler with its buffers is added when a whole ClientHello record is
/// here and its turn has come: a peer that is silent, slow or one of too many costs a few hundred bytes. Nothing more is
/// read meanwhile. What follows goes on by whole records, too: a peer that sends one byte by byte stands in no queue, and its
/// time runs on. `ConnectionPhaseHandler` closes those that keep us waiting, and tells when the handshake is over; then this
/// handler leaves.
final class HandshakeAdmissionHandler: ChannelDuplexHandler, RemovableChannelHandler, HandshakeAdmission.Waiting {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// The ClientHello is not whole.
        case hello
        /// In the queue with it.
        case waitingToBegin
        /// Our flight is on its way, and the peer's next is to come.
        case handshaking
        /// In the queue with a record or more of the next flight.
        case waitingToGoOn
        case ended
    }

    /// What a peer may have sent before it is its turn: what is with the kernel when it closes its side comes at once.
    private static let heldAtMost = 65_536
    /// The turns one handshake may take: with a second ClientHello and its flights cut anywhere, a client needs a few.
    private static let turnsAtMost = 16
    /// How much of the wait for its turns is not charged to the peer, so that nobody stays for long.
    private static let waitForgiven = Duration.seconds(10)

    private let admission: HandshakeAdmission
    private let timers: LoopTimers
    private let phases: ConnectionPhaseHandler
    private let begin: (any Channel) throws -> Void
    private var context: ChannelHandlerContext?
    private var state = State.hello
    private var held = ByteBuffer()
    private var isReadHeld = false
    private var hasInputEnded = false
    private(set) var waitingSince = MonotonicTime(milliseconds: 0)
    private var turns = 0
    private var waited = Duration.zero

    /// - Parameter begin: adds the TLS handler behind this one, and what comes after it.
    init(
        admission: HandshakeAdmission,
        timers: LoopTimers,
        phases: ConnectionPhaseHandler,
        begin: @escaping (any Channel) throws -> Void
    ) {
        self.admission = admission
        self.timers = timers
        self.phases = phases
        self.begin = begin
    }

    // MARK: In the pipeline

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .ended else { return context.fireChannelRead(data) }
        var bytes = unwrapInboundIn(data)
        // The bytes are copied: the buffer that they came in is larger, and is used again.
        held.writeBuffer(&bytes)
        guard held.readableBytes <= Self.heldAtMost else { return context.close(promise: nil) }
        switch state {
        case .hello where TLSRecord.wholeBytes(held, isFirst: true) > 0: wait(toGoOn: false)
        case .handshaking where TLSRecord.wholeBytes(held, isFirst: false) > 0: wait(toGoOn: true)
        case .hello, .handshaking, .waitingToBegin, .waitingToGoOn, .ended: break
        }
    }

    /// While nothing goes on to the TLS handler, it need not know.
    func channelReadComplete(context: ChannelHandlerContext) {
        if !isHeld { context.fireChannelReadComplete() }
    }

    func read(context: ChannelHandlerContext) {
        if isWaiting { isReadHeld = true } else { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        switch state {
        case .hello, .waitingToBegin: context.close(promise: nil)
        case .waitingToGoOn: hasInputEnded = true
        case .handshaking, .ended: context.fireUserInboundEventTriggered(event)
        }
    }

    private var isHeld: Bool {
        switch state {
        case .hello, .waitingToBegin, .waitingToGoOn: true
        case .handshaking, .ended: false
        }
    }

    // MARK: Its turn

    var isWaiting: Bool { state == .waitingToBegin || state == .waitingToGoOn }

    private func wait(toGoOn hasBegun: Bool) {
        turns += 1
        guard turns <= Self.turnsAtMost else { return drop() }
        state = hasBegun ? .waitingToGoOn : .waitingToBegin
        waitingSince = timers.now
        // The wait is ours, and is not to be charged to the peer.
        if waited < Self.waitForgiven { phases.handshakeWaits() }
        admission.enter(self, hasBegun: hasBegun)
    }

    func proceed() {
        guard let context else { return }
        let channel = context.channel
        let isFirst = state == .waitingToBegin
        waited += .milliseconds(timers.now.milliseconds - waitingSince.milliseconds)
        phases.handshakeGoesOn()
        do {
            if isFirst { try begin(channel) }
        } catch {
            return context.close(promise: nil)
        }
        state = .handshaking
        var rest = held
        held = ByteBuffer()
        guard let records = rest.readSlice(length: TLSRecord.wholeBytes(rest, isFirst: isFirst)) else { return }
        context.fireChannelRead(wrapInboundOut(records))
        if state != .ended {
            held.writeBuffer(&rest)
        } else if rest.readableBytes > 0, channel.isActive {
            // That was the end of the handshake, and this handler has left the pipeline.
            channel.pipeline.syncOperations.fireChannelRead(NIOAny(rest))
        }
        channel.pipeline.fireChannelReadComplete()
        if hasInputEnded { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        if isReadHeld {
            isReadHeld = false
            channel.read()
        }
    }

    func drop() { context?.close(promise: nil) }

    /// The handshake is over: nothing is held any more.
    func handshakeEnded() {
        guard state != .ended, let context else { return }
        end()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func end() {
        state = .ended
        context = nil
        held = ByteBuffer()
    }
}

/// The outer form of what TLS sends.
///
/// Source: RFC 8446 §5.1, §5.2.
enum TLSRecord {
    private static let headerBytes = 5
    private static let handshake: UInt8 = 22
    /// Change of cipher, alert, handshake, data.
    private static let types: ClosedRange<UInt8> = 20...23
    private static let largestPlain = 16_384
    /// Of an encrypted one in TLS 1.2, where it may be larger than in 1.3 (RFC 5246 §6.2.3).
    private static let largest = 16_384 + 2_048

    /// How many bytes of whole records these begin with; all of them when there is what will never be one: that is for the TLS
    /// library to refuse.
    static func wholeBytes(_ bytes: ByteBuffer, isFirst: Bool) -> Int {
        var whole = 0
        while let type: UInt8 = bytes.getInteger(at: bytes.readerIndex + whole) {
            let isHello = isFirst && whole == 0
            guard isHello ? type == handshake : types.contains(type) else { return bytes.readableBytes }
            guard let length: UInt16 = bytes.getInteger(at: bytes.readerIndex + whole + headerBytes - 2) else { break }
            guard length <= (isHello ? largestPlain : largest) else { return bytes.readableBytes }
            guard bytes.readableBytes - whole >= headerBytes + Int(length) else { break }
            whole += headerBytes + Int(length)
        }
        return whole
    }
}
