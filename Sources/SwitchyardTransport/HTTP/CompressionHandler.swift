import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Compresses answers for clients that ask, with the compressor of `NIOHTTPCompression`.
///
/// It stands next to `HTTPRequestGuard`. A request that asks brings a compressor into the pipeline, in front of everything that
/// answers, and the compressor leaves it when all answers have: an idle connection keeps no buffers. What the client would
/// have is settled here, and the compressor is told one coding or none.
///
/// The responder gives head, body and end of an answer with a length in one write, so the compressor has all of it before it is
/// flushed, and the answer keeps a `Content-Length`. One that comes piece by piece has none, and is not compressed.
final class CompressionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let policy: CompressionPolicy
    private var compressor: HTTPResponseCompressor?
    /// For each request that is not answered, whether its answer may be compressed.
    private var unanswered = CircularBuffer<Bool>(initialCapacity: 2)

    init(policy: CompressionPolicy) { self.policy = policy }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isAllowed = policy.mayCompressAnswer(to: head)
        var coding = isAllowed ? ContentCoding.agreed(head.headers["accept-encoding"]) : nil
        if coding != nil, compressor == nil, !insertCompressor(context: context) { coding = nil }
        unanswered.append(isAllowed)
        guard compressor != nil else { return context.fireChannelRead(data) }
        head.headers.remove(name: "accept-encoding")
        if let coding { head.headers.add(name: "Accept-Encoding", value: coding.rawValue) }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Not while an answer is due whose request the compressor has not seen: it pairs them by their order.
    private func insertCompressor(context: ChannelHandlerContext) -> Bool {
        guard unanswered.isEmpty else { return false }
        let policy = policy
        let compressor = HTTPResponseCompressor(initialByteBufferCapacity: 0) { head, _ in
            policy.concerns(head) ? .compressIfPossible : .doNotCompress
        }
        do {
            try context.pipeline.syncOperations.addHandler(compressor, position: .after(self))
        } catch {
            // The connection is closing; what is answered yet goes out as it is.
            return false
        }
        self.compressor = compressor
        return true
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where unanswered.first == true:
            if head.headers.contains(name: "content-encoding") || policy.concerns(head) {
                head.headers.add(name: "Vary", value: "Accept-Encoding")
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            if !unanswered.isEmpty { unanswered.removeFirst() }
            context.write(data, promise: promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        guard unanswered.isEmpty, let compressor else { return }
        self.compressor = nil
        context.pipeline.syncOperations.removeHandler(compressor, promise: nil)
    }
}
