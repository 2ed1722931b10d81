import NIOCore

#if canImport(Musl)
import Musl
#elseif canImport(Glibc)
import Glibc
#endif

/// Whether a peer takes what it is sent fast enough to be worth the memory that waits for it.
///
/// A look each second compares what has arrived there with what had twelve seconds before. A peer that has taken
/// everything is never too slow, however long that is ago.
struct ReadingPace {
    static let interval = Duration.seconds(1)
    private static let intervals = 12
    /// A tenth of what the slowest real device (ESP8266 firmware) takes of a download.
    private static let leastBytesPerSecond = 1_000
    private static let leastBytes = leastBytesPerSecond * 12
    /// Half of what that device takes between two looks.
    private static let slowBytes = 5_000
    /// What TLS adds to a few answers: `sent` is without that.
    private static let slack = 512

    /// What had arrived at each look, oldest first; empty while nothing is on its way.
    private var arrived: [Int] = []
    /// What had been handed over at the last look.
    private var sent = 0
    /// Nothing has been there for long.
    private var isFirstLook = true
    /// Whether it took little of what was there for it, as a peer on a bad line may, and one that wants to keep us waiting does;
    /// until it has caught up.
    ///
    /// Who takes at once what we send slowly is not slow.
    private(set) var isSlow = false

    /// Whether looks are due.
    var isWatching: Bool { !arrived.isEmpty }

    /// Something is about to be sent to a peer that had taken everything.
    mutating func begin(sent: Int) {
        arrived = [sent]
        self.sent = sent
        isFirstLook = true
    }

    /// Looks once; true when the peer is to be closed.
    ///
    /// - Parameters:
    ///   - sent: all bytes handed over so far.
    ///   - waiting: those that the peer has not confirmed.
    mutating func look(sent: Int, waiting: Int) -> Bool {
        guard waiting > 0 else {
            arrived = []
            isSlow = false
            return false
        }
        let taken = sent - waiting
        let taking = taken - (arrived.last ?? 0)
        let wasThere = self.sent
        self.sent = sent
        if !isFirstLook {
            guard taking <= 0 || taken + Self.slack < wasThere else {
                // It has all that was there at the last look: what is on its way is new.
                arrived = [taken]
                isSlow = false
                return false
            }
            if taking < Self.slowBytes { isSlow = true }
        }
        isFirstLook = false
        arrived.append(taken)
        guard arrived.count > Self.intervals else { return false }
        let before = arrived.removeFirst()
        return taken - before < Self.leastBytes
    }
}

/// What is on its way to a peer: bytes that the channel keeps, and those in the kernel that are not confirmed.
enum SendQueue {
    /// Lets go of all that when the channel is closed.
    ///
    /// The kernel would keep it for minutes otherwise, for a peer that does not read, and that hears nothing of the end.
    static func abandon(of context: ChannelHandlerContext) {
        _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }

    static func waitingBytes(of context: ChannelHandlerContext) -> Int {
        // Without the option there is nothing that can wait.
        let kept = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        return kept + unconfirmedBytes(of: context)
    }

    private static func unconfirmedBytes(of context: ChannelHandlerContext) -> Int {
        #if os(Linux)
        let pipeline = context.pipeline.syncOperations
        let count = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            var bytes: CInt = 0
            // SIOCOUTQ of tcp(7), which has the number of TIOCOUTQ.
            return ioctl(socket, UInt(TIOCOUTQ), &bytes) == 0 ? Int(bytes) : 0
        }
        return count.flatMap(\.self) ?? 0
        #else
        return 0
        #endif
    }
}
