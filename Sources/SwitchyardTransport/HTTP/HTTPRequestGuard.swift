import NIOCore
import NIOHTTP1

/// Watches requests and responses go by between the HTTP codec and everything that answers.
///
/// It answers itself what no router should see: what `RequestSyntax` refuses, bodies past the transport's bound, and
/// WebSocket requests that are malformed, refused or come too late (a connection can change its protocol with its
/// first request only). After such an answer the connection is closed. It keeps bodies out of answers to `HEAD`, and ends
/// kept-alive connections when the listener stops.
final class HTTPRequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Requests pass.
        case passing
        /// The current request is swallowed; then this status is answered.
        case refusing(HTTPResponseStatus, HTTPHeaders)
        /// An answer of our own has been given; nothing passes any more.
        case finished
    }

    private let connection: AcceptedConnection
    private let phases: ConnectionPhaseHandler
    private var state = State.passing
    private var isFirstRequest = true
    private var isReadingRequest = false
    private var unanswered = 0
    /// Whether the head of the answer that is due next has been handed over.
    private var hasAnswerBegun = false
    /// An answer of our own has taken the place of the router's, which is thrown away.
    private var ignoresRouter = false
    /// For each request that was let through and is not answered, whether it is `HEAD`: its answer may have been made, and
    /// compressed, with a body.
    private var wantsHeadOnly = CircularBuffer<Bool>(initialCapacity: 2)
    /// The peer has spoken HTTP/1.0, which has no chunks: an answer without a length ends with the connection (RFC 9112 §6.3).
    private var knowsNoChunks = false
    private var bodyBytes = 0
    /// Whether the connection ends with the answers that are due: the listener stops, or the peer wants it so.
    private var closesAfterAnswers = false

    init(connection: AcceptedConnection, phases: ConnectionPhaseHandler) {
        self.connection = connection
        self.phases = phases
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch state {
        case .passing:
            switch part {
            case .head(let head): readHead(head, context: context, data: data)
            case .body(let bytes): readBody(bytes, context: context, data: data)
            case .end: readEnd(context: context, data: data)
            }
        case .refusing(let status, let headers):
            if case .end = part { answer(status, headers: headers, context: context) }
        case .finished: break
        }
    }

    private func readHead(_ head: HTTPRequestHead, context: ChannelHandlerContext, data: NIOAny) {
        phases.headEnded()
        bodyBytes = 0
        isReadingRequest = true
        let isFirst = isFirstRequest
        isFirstRequest = false
        if let (status, headers) = refusal(of: head, isFirst: isFirst) {
            state = .refusing(status, headers)
            // A peer that asks before it sends a body hears the answer now.
            if Self.asksToGoOn(head) { answer(status, headers: headers, context: context) }
            return
        }
        if !head.isKeepAlive { closesAfterAnswers = true }
        if head.version == .http1_0 { knowsNoChunks = true }
        if unanswered == 0 { invite(head, context: context) }
        unanswered += 1
        wantsHeadOnly.append(head.method == .HEAD)
        context.fireChannelRead(data)
    }

    private func isForWebSocket(_ head: HTTPRequestHead) -> Bool {
        WebSocketRequest.path(of: head, isIn: connection.settings.configuration.webSocketPaths)
    }

    /// Tells a peer that asks before it sends a body to go on.
    ///
    /// Not while another answer is due: it would stand before that. Source: RFC 9110 §10.1.1.
    private func invite(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        guard Self.asksToGoOn(head) else { return }
        let invitation = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(invitation)), promise: nil)
    }

    private static func asksToGoOn(_ head: HTTPRequestHead) -> Bool {
        head.version == .http1_1 && head.headers.first(name: "expect")?.lowercased() == "100-continue"
    }

    private func readBody(_ bytes: ByteBuffer, context: ChannelHandlerContext, data: NIOAny) {
        bodyBytes += bytes.readableBytes
        if bodyBytes > connection.settings.configuration.limits.maximumBodyBytes {
            state = .finished
            context.close(promise: nil)
        } else {
            context.fireChannelRead(data)
        }
    }

    private func readEnd(context: ChannelHandlerContext, data: NIOAny) {
        isReadingRequest = false
        phases.bodyEnded()
        // The answer may have left before the body was whole.
        if unanswered == 0 { settle(context: context) }
        // An upgrade takes this handler out of the pipeline in here.
        context.fireChannelRead(data)
    }

    /// The answer to a request that no one else is to see.
    private func refusal(of head: HTTPRequestHead, isFirst: Bool) -> (HTTPResponseStatus, HTTPHeaders)? {
        let settings = connection.settings
        if isForWebSocket(head) {
            guard isFirst, WebSocketRequest.key(of: head) != nil else {
                return (.upgradeRequired, ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"])
            }
            return connection.refusal(of: head).map { (HTTPResponseStatus(statusCode: $0), [:]) }
        }
        if let length = head.headers.first(name: "content-length").flatMap(Int.init),
            length > settings.configuration.limits.maximumBodyBytes
        {
            return (.payloadTooLarge, [:])
        }
        return nil
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !ignoresRouter else { return promise?.succeed(()) ?? () }
        let part = unwrapOutboundIn(data)
        switch part {
        case .head(let head): if head.status.code >= 200 { hasAnswerBegun = true }
        case .end: hasAnswerBegun = false
        case .body: break
        }
        let endsWithConnection = closesAfterAnswers || cannotFrame(part)
        switch part {
        case .head(var head) where endsWithConnection && head.status.code >= 200:
            if cannotFrame(part) {
                head.version = .http1_0
                closesAfterAnswers = true
            }
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body where wantsHeadOnly.first == true:
            promise?.succeed(())
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            if !wantsHeadOnly.isEmpty { wantsHeadOnly.removeFirst() }
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            // A handler runs on its channel's loop, and the promise is of that loop.
            written.futureResult.assumeIsolated().whenComplete { _ in self.answerLeft(context: context) }
            context.write(data, promise: written)
        }
    }

    private func cannotFrame(_ part: HTTPServerResponsePart) -> Bool {
        guard knowsNoChunks, case .head(let head) = part else { return false }
        return head.status == .ok && !head.headers.contains(name: "content-length")
    }

    /// All of an answer is with the kernel: only now may the connection idle or be closed.
    private func answerLeft(context: ChannelHandlerContext) {
        unanswered -= 1
        if unanswered == 0, !isReadingRequest { settle(context: context) }
    }

    /// Every request has its answer: the connection idles, or ends.
    private func settle(context: ChannelHandlerContext) {
        if closesAfterAnswers {
            phases.closeSoon()
            context.close(mode: .output, promise: nil)
        } else {
            phases.becameIdle()
        }
    }

    /// Gives an answer of our own and ends the connection; without a word if other answers are still due before it.
    ///
    /// Those are given yet, unless it is their own request that cannot be read to its end.
    private func answer(_ status: HTTPResponseStatus, headers: HTTPHeaders, context: ChannelHandlerContext) {
        let isOwnRequest = if case .refusing = state { true } else { false }
        state = .finished
        if unanswered > 0 {
            if isOwnRequest || !isReadingRequest {
                isReadingRequest = false
                closesAfterAnswers = true
                return
            }
            // The router has a request that will never be whole.
            guard unanswered == 1, !hasAnswerBegun else { return context.close(promise: nil) }
            unanswered = 0
            ignoresRouter = true
        } else if isReadingRequest, !isOwnRequest {
            // Its answer has left already.
            return context.close(promise: nil)
        }
        var headers = headers
        headers.add(name: "Connection", value: headers.contains(name: "upgrade") ? "upgrade, close" : "close")
        headers.add(name: "Content-Length", value: "0")
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        isReadingRequest = false
        closesAfterAnswers = true
        unanswered += 1
        let written = context.eventLoop.makePromise(of: Void.self)
        // A handler runs on its channel's loop, and the promise is of that loop.
        written.futureResult.assumeIsolated().whenComplete { _ in self.answerLeft(context: context) }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    // MARK: Ends

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let status: HTTPResponseStatus
        switch error {
        case let fault as RequestFault: status = HTTPResponseStatus(statusCode: fault.statusCode)
        case is HTTPParserError: status = .badRequest
        default: return context.fireErrorCaught(error)
        }
        switch state {
        case .passing, .refusing: answer(status, headers: [:], context: context)
        case .finished: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            closesAfterAnswers = true
            if unanswered == 0, !isReadingRequest { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            // A peer that has left while nothing is being answered needs no more of us.
            if unanswered == 0 { context.close(promise: nil) } else { context.fireUserInboundEventTriggered(event) }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }
}
