import Hummingbird
import Logging
import SwitchyardTransport

/// Notes each request at debug level, counts it, and keeps bodies out of answers to `HEAD`.
///
/// JSON is left in place: the transport takes it out when it knows the length it has for a client that asks for compression.
///
/// Path and length are logged, never the query (it may hold `rt`), a header or a body.
struct RequestLog: RouterMiddleware {
    typealias Context = APIRequestContext

    let metrics: APIMetrics

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let duration = ContinuousClock.now - start
        let isKnown = context.endpointPath != "NotFound"
        metrics.countRequest(
            route: isKnown ? context.endpointPath : nil,
            method: request.method,
            duration: duration
        )
        context.logger.debug(
            "request answered",
            metadata: [
                "method": "\(request.method)",
                "path": "\(Self.path(of: request, context))",
                "listener": "\(context.connection.listener.rawValue)",
                "peer": "\(context.connection.peerAddress)",
                "status": "\(response.status.code)",
                "bytes": "\(response.body.contentLength.map(String.init) ?? "unknown")",
                "duration": "\(duration)",
            ]
        )
        let needsBody = request.method != .head || response.headers[.contentType] == "application/json"
        return needsBody ? response : response.createHeadResponse()
    }

    /// The path as it came; of a download its template, as a part of the path is what keeps strangers away.
    private static func path(of request: Request, _ context: APIRequestContext) -> String {
        request.uri.path.hasPrefix("/ota/") ? context.endpointPath ?? "/ota" : request.uri.path
    }
}
