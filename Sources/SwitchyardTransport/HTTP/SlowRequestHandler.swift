import NIOCore

#if canImport(Musl)
import Musl
#elseif canImport(Glibc)
import Glibc
#endif

/// Keeps the loop from listening to a connection whose request is slow to arrive: `SlowRequests` says when it is read.
///
/// Stands ahead of everything, TLS included, while a request is slow; that the peer has closed is heard all the same.
final class SlowRequestHandler: ChannelDuplexHandler, RemovableChannelHandler, SlowRequests.Peer {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// With `SlowRequests`.
        case waiting
        /// The read of its turn is asked for.
        case asking
        /// That read is on its way.
        case reading
        case released
    }

    private let requests: SlowRequests
    private let waits: () -> Void
    private var context: ChannelHandlerContext?
    private var state = State.waiting

    /// - Parameter waits: called when its peer was looked at, and had sent nothing.
    init(requests: SlowRequests, waits: @escaping () -> Void) {
        self.requests = requests
        self.waits = waits
    }

    /// The request is whole, or given up: the loop listens to the connection again.
    func release() {
        guard state != .released, let context else { return }
        state = .released
        let channel = context.channel
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        listen(true, channel)
    }

    // MARK: In the pipeline

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Also withdraws the read that is asked for already.
        listen(false, context.channel)
        requests.enter(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    /// One read a turn: TLS asks for another one when a record is not whole.
    func read(context: ChannelHandlerContext) {
        guard state == .asking else { return }
        state = .reading
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        guard state == .reading else { return }
        state = .waiting
        requests.enter(self)
    }

    private func end() {
        state = .released
        context = nil
    }

    private func listen(_ listens: Bool, _ channel: any Channel) {
        // It fails when the channel is closed: then there is nothing to listen to.
        try? channel.syncOptions?.setOption(.autoRead, value: listens)
    }

    // MARK: Its turn

    var isHeld: Bool { state != .released }

    var hasBytes: Bool { context.map(ReceiveQueue.hasBytes) ?? false }

    func isWaitedFor() { waits() }

    func readOnce() {
        guard state == .waiting, let context else { return }
        state = .asking
        // From the far end, so that who has enough of the body already may keep it.
        context.pipeline.syncOperations.read()
        guard state == .asking else { return }
        state = .waiting
        requests.rest(self)
    }
}

/// What has arrived from a peer and was not read.
enum ReceiveQueue {
    /// Whether there is anything; true where that cannot be told.
    static func hasBytes(of context: ChannelHandlerContext) -> Bool {
        #if os(Linux)
        let pipeline = context.pipeline.syncOperations
        let isThere = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            var bytes: CInt = 0
            return ioctl(socket, UInt(FIONREAD), &bytes) != 0 || bytes > 0
        }
        return isThere.flatMap(\.self) ?? true
        #else
        return true
        #endif
    }
}
