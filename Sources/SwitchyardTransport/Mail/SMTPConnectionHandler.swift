import NIOCore
import NIOSSL
import NIOTLS

/// Carries one message over one connection, on the connection's event loop.
///
/// Each step has `timeout`, counted from what was sent to the whole reply, so that a server that sends byte by byte gains
/// nothing. The outcome is told once, whatever ends the connection.
final class SMTPConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var session: SMTPSession
    private var parser = SMTPReplyParser()
    private var received = ByteBuffer()
    private let timeout: TimeAmount
    private let makeTLS: () throws -> NIOSSLClientHandler
    private var outcome: EventLoopPromise<Void>?
    private var timer: Scheduled<Void>?
    /// Between the server's go-ahead and the end of the TLS handshake.
    private var isStartingTLS = false

    init(
        session: SMTPSession,
        timeout: TimeAmount,
        makeTLS: @escaping () throws -> NIOSSLClientHandler,
        outcome: EventLoopPromise<Void>
    ) {
        self.session = session
        self.timeout = timeout
        self.makeTLS = makeTLS
        self.outcome = outcome
    }

    func handlerAdded(context: ChannelHandlerContext) { startTimer(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        do throws(SMTPFailure) {
            while outcome != nil, !isStartingTLS, let reply = try parser.next(from: &received) {
                perform(session.receive(reply), context)
            }
        } catch {
            end(.failure(error), context)
        }
        received.discardReadBytes()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isStartingTLS, case .handshakeCompleted? = event as? TLSUserEvent {
            isStartingTLS = false
            perform(session.tlsStarted(), context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(.connectionLost(step: session.stepName)), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failure(.notConnected("\(error)")), context)
    }

    private func perform(_ action: SMTPSession.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .send(let text):
            startTimer(context)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .startTLS: startTLS(context)
        case .accepted:
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "QUIT\r\n")), promise: nil)
            end(.success(()), context)
        case .failed(let failure): end(.failure(failure), context)
        }
    }

    private func startTLS(_ context: ChannelHandlerContext) {
        guard received.readableBytes == 0 else { return end(.failure(.dataBeforeTLS), context) }
        isStartingTLS = true
        startTimer(context)
        do {
            try context.pipeline.syncOperations.addHandler(makeTLS(), position: .first)
        } catch {
            end(.failure(.notConnected("\(error)")), context)
        }
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        timer?.cancel()
        let (handler, loopContext) = (NIOLoopBound(self, eventLoop: context.eventLoop), context.loopBound)
        timer = context.eventLoop.scheduleTask(in: timeout) {
            let handler = handler.value
            handler.end(.failure(.timedOut(step: handler.session.stepName)), loopContext.value)
        }
    }

    /// Tells the outcome, the first one, and closes.
    private func end(_ result: Result<Void, SMTPFailure>, _ context: ChannelHandlerContext) {
        guard let outcome else { return }
        self.outcome = nil
        timer?.cancel()
        switch result {
        case .success: outcome.succeed(())
        case .failure(let failure): outcome.fail(failure)
        }
        context.close(promise: nil)
    }
}
