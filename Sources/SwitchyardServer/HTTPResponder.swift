import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Hands requests of a listener to a router, and what it answers back to the connection.
struct HTTPResponder: Sendable {
    private let answer: @Sendable (Request, any Channel) async throws -> Response

    init<Context: RequestContext>(
        router: Router<Context>,
        logger: Logger
    ) where Context.Source == ApplicationRequestContextSource {
        let responder = router.buildResponder()
        answer = { request, channel in
            let context = Context(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            return try await responder.respond(to: request, context: context)
        }
    }

    /// The router renders every error of a handler; what still throws here is a connection that broke.
    @concurrent
    @Sendable
    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let response = try await answer(request, channel)
        try await writer.write(response: response.head, body: response.body)
    }
}
