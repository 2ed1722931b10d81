import CoolkitWire
import Hummingbird
import Logging
import SwitchyardCore
import SwitchyardTransport

/// The one place where errors become answers: handlers throw, and this renders what was thrown for the path it happened on.
///
/// Errors are HTTP 200 with `error` in the body, as the original has them; only paths outside the protocol are HTTP 404.
/// Source: `coolkit-v1-http.md` §1 ("HTTP status"), §1.4.
struct ErrorEnvelope: RouterMiddleware {
    typealias Context = APIRequestContext

    let metrics: APIMetrics

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        let language = RequestLanguage(of: request)
        do {
            return try await RequestLanguage.$current.withValue(language) { try await next(request, context) }
        } catch {
            // The listener for downloads has no other paths.
            let isForDownloads = context.connection.listener == .ota
            let shape = isForDownloads ? ErrorShape.download : ErrorShape(path: request.uri.path)
            let failure = Self.failure(from: error, isInterface: shape != .foreignPath)
            let number = shape.number(of: failure)
            metrics.countError(number, isOfDevice: failure.code == .deviceRefused)
            log(failure, number: number, context: context)
            return shape.response(to: failure, in: language.asked ?? .english)
        }
    }

    /// The error in the server's own terms; what is unknown says nothing to the peer.
    private static func failure(from error: any Error, isInterface: Bool) -> SwitchyardError {
        switch error {
        case let error as SwitchyardError: error
        case let error as HTTPError where error.status == .notFound:
            SwitchyardError(.pathUnknown, isInterface ? "api not found" : "not found")
        case let error as HTTPError where error.status.kind == .clientError:
            SwitchyardError(.invalidInput, "params is error", underlying: error)
        default: SwitchyardError(.internalFault, "internal error", underlying: error)
        }
    }

    private func log(_ failure: SwitchyardError, number: Int, context: APIRequestContext) {
        let level: Logger.Level =
            switch failure.code {
            case .storageFailed, .internalFault: .error
            default: .debug
            }
        guard context.logger.logLevel <= level else { return }
        context.logger.log(
            level: level,
            "request refused",
            metadata: [
                "error": "\(number)",
                "reason": "\(failure)",
                "route": "\(context.endpointPath ?? "none")",
                "peer": "\(context.connection.peerAddress)",
            ]
        )
    }
}
