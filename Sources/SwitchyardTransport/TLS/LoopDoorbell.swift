import NIOCore
import NIOPosix

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Calls its owner back on an event loop after the loop has looked at its sockets once more.
///
/// `EventLoop.execute` does not: a loop runs tasks until there are none, and a task that adds the next one keeps it from
/// its sockets. So a byte goes through a pipe that the loop waits for like any socket; it is found with everything else
/// that is ready by then. Confined to its loop. The pipe is made at the first ring and closed with the loop.
final class LoopDoorbell {
    private enum Line {
        case none
        case opening
        case open(any Channel)
        /// No descriptors are left, or the loop has none to wait for: a test's.
        case unavailable
    }

    /// The rest of a turn is over by then in all likelihood.
    private static let substitute = TimeAmount.milliseconds(1)

    private let eventLoop: any EventLoop
    private var line = Line.none
    private var isRung = false
    /// Called once for each time it rang.
    var answer: () -> Void = {}

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Asks for a call on the loop's next turn; asking again before it came changes nothing, and returns false.
    @discardableResult
    func ring() -> Bool {
        eventLoop.assertInEventLoop()
        guard !isRung else { return false }
        isRung = true
        switch line {
        case .none: open()
        case .opening: break
        case .open(let channel): channel.writeAndFlush(ByteBuffer(integer: UInt8(1)), promise: nil)
        case .unavailable: ringLater()
        }
        return true
    }

    fileprivate func heard() {
        guard isRung else { return }
        isRung = false
        answer()
    }

    private func open() {
        guard let bootstrap = NIOPipeBootstrap(validatingGroup: eventLoop), let ends = Self.makePipe() else {
            line = .unavailable
            return ringLater()
        }
        line = .opening
        let bell = NIOLoopBound(self, eventLoop: eventLoop)
        // This runs on the loop, and the future is the loop's.
        bootstrap
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Clapper(bell: bell.value))
                }
            }
            .takingOwnershipOfDescriptors(input: ends.input, output: ends.output)
            .assumeIsolated().whenComplete { result in self.opened(result, ends) }
    }

    private func opened(_ result: Result<any Channel, any Error>, _ ends: (input: CInt, output: CInt)) {
        switch result {
        case .success(let channel):
            line = .open(channel)
            channel.writeAndFlush(ByteBuffer(integer: UInt8(1)), promise: nil)
        case .failure:
            // What was not taken over is still ours.
            _ = close(ends.input)
            _ = close(ends.output)
            line = .unavailable
            ringLater()
        }
    }

    private func ringLater() {
        // `ring` has asserted that this is the loop.
        eventLoop.assumeIsolated().scheduleTask(in: Self.substitute) { [weak self] in self?.heard() }
    }

    private static func makePipe() -> (input: CInt, output: CInt)? {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}

/// Hears the byte at the end of the pipe.
private final class Clapper: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private weak var bell: LoopDoorbell?

    init(bell: LoopDoorbell) { self.bell = bell }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { bell?.heard() }
}
