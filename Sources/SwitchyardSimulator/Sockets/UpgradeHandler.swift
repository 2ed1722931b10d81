import Crypto
import FoundationEssentials
import NIOCore

/// Sends the upgrade request and reads the answer; then hands the pipeline over and leaves it.
///
/// Lives on the connection's event loop. The outcome goes to `promise`, once.
final class UpgradeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The longest answer head accepted, in bytes.
    static let maximumHeadLength = 16_384

    private let address: ServerAddress
    private let request: ByteBuffer
    private let acceptedKey: String
    private let promise: EventLoopPromise<Void>
    private let addWebSocketHandlers: (ChannelPipeline.SynchronousOperations) throws -> Void
    private var received = ByteBuffer()
    private var isFinished = false

    /// - Parameter addWebSocketHandlers: adds the handlers that take over, called once after a good answer.
    init(
        address: ServerAddress,
        request: ByteBuffer,
        key: String,
        promise: EventLoopPromise<Void>,
        addWebSocketHandlers: @escaping (ChannelPipeline.SynchronousOperations) throws -> Void
    ) {
        self.address = address
        self.request = request
        self.acceptedKey = Self.acceptedKey(for: key)
        self.promise = promise
        self.addWebSocketHandlers = addWebSocketHandlers
    }

    /// The `Sec-WebSocket-Accept` that answers `key`.
    ///
    /// Source: RFC 6455 §4.2.2.
    static func acceptedKey(for key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isFinished else { return context.fireChannelRead(data) }
        var buffer = unwrapInboundIn(data)
        received.writeBuffer(&buffer)
        do {
            guard let length = received.lengthOfHTTPHead else {
                guard received.readableBytes <= Self.maximumHeadLength else {
                    throw SimulatorError(.upgradeRefused, "the answer to the upgrade has no end")
                }
                return
            }
            guard let head = received.readSlice(length: length) else { return }
            try check(String(buffer: head))
            try addWebSocketHandlers(context.pipeline.syncOperations)
        } catch {
            return fail(error, context: context)
        }
        isFinished = true
        promise.succeed()
        if received.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(received))
            context.fireChannelReadComplete()
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    /// Throws unless `head` is a 101 answer to our key.
    private func check(_ head: String) throws {
        let lines = head.split(whereSeparator: \.isNewline)
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw SimulatorError(.upgradeRefused, "the answer to the upgrade is not HTTP")
        }
        guard status == 101 else {
            throw SimulatorError(.upgradeRefused, "the server answered the upgrade with HTTP \(status)", number: status)
        }
        let key = lines.dropFirst().lazy.compactMap { line -> String? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "sec-websocket-accept" else { return nil }
            return parts[1].trimmingPrefix(while: \.isWhitespace).description
        }.first
        guard key == acceptedKey else {
            throw SimulatorError(.upgradeRefused, "the answer to the upgrade does not match the key that was sent")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isFinished else { return context.fireErrorCaught(error) }
        fail(address.failure(of: "connecting", error), context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isFinished {
            isFinished = true
            promise.fail(SimulatorError(.connectionFailed, "the server closed the connection before the upgrade"))
        }
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        guard !isFinished else { return }
        isFinished = true
        promise.fail(SimulatorError(.connectionFailed, "the connection ended before the upgrade"))
    }

    private func fail(_ error: any Error, context: ChannelHandlerContext) {
        guard !isFinished else { return }
        isFinished = true
        promise.fail(error)
        context.close(promise: nil)
    }
}

extension ByteBuffer {
    /// The length of the HTTP head at the front, with its empty line; `nil` while that has not arrived.
    fileprivate var lengthOfHTTPHead: Int? {
        let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        return readableBytesView.firstRange(of: end).map { $0.upperBound - readerIndex }
    }
}
