import NIOCore

/// Stands ahead of the HTTP decoder and passes on what `RequestSyntax` lets through.
///
/// After the first fault nothing more is read; `HTTPRequestGuard` hears of it as an error and answers. Leaves the
/// pipeline at the upgrade.
final class RequestSyntaxHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var syntax: RequestSyntax
    private let phases: ConnectionPhaseHandler
    private var isRefused = false

    init(rules: RequestSyntax.Rules, phases: ConnectionPhaseHandler) {
        syntax = RequestSyntax(rules: rules)
        self.phases = phases
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        var input = unwrapInboundIn(data)
        do throws(RequestFault) {
            // All there is behind a request for a WebSocket comes with it: it may be the last thing that is read here.
            while let piece = try syntax.next(&input) { context.fireChannelRead(wrapInboundOut(piece)) }
            phases.hasBegunHead(syntax.isWithinHead)
        } catch {
            isRefused = true
            context.fireErrorCaught(error)
        }
    }
}
