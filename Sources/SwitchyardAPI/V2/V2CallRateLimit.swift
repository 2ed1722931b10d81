import Hummingbird
import SwitchyardCore
import SwitchyardTransport

/// Refuses calls of version 2 that come faster than the documents allow.
///
/// In the router only with `callRateLimit`. Source: `coolkit-v2-http.md` §1 ("Rate").
struct V2CallRateLimit: RouterMiddleware {
    typealias Context = APIRequestContext

    let rate: CallRate

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        // All unknown paths are one interface: their names are the peer's.
        let path = context.endpointPath ?? "NotFound"
        let interface = path == "NotFound" ? path : "\(request.method) \(path)"
        guard
            ErrorShape(path: request.uri.path) != .version2
                || rate.admit(context.connection.peerAddress, to: interface)
        else {
            throw SwitchyardError(.tooManyRequests, "too many requests")
        }
        return try await next(request, context)
    }
}
