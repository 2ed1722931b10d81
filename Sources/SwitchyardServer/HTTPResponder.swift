import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import SwitchyardAPI

/// Hands requests of a listener to the API's router, and what it answers back to the connection.
struct HTTPResponder: Sendable {
    private let responder: RouterResponder<APIRequestContext>
    private let logger: Logger

    init(router: Router<APIRequestContext>, logger: Logger) {
        responder = router.buildResponder()
        self.logger = logger
    }

    /// The router renders every error of a handler; what still throws here is a connection that broke.
    @concurrent
    @Sendable
    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let context = APIRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        let response = try await responder.respond(to: request, context: context)
        try await writer.write(response: response.head, body: response.body)
    }
}
