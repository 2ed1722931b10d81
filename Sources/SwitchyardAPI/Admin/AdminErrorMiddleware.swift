import CoolkitWire
import HTTPTypes
import Hummingbird
import Logging
import SwitchyardCore

/// Renders what the admin routes throw: a status and `{"error":"deviceNotFound","message":"…"}`.
struct AdminErrorMiddleware<Context: RequestContext>: RouterMiddleware {
    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as SwitchyardError {
            if error.code.adminStatus == .internalServerError {
                context.logger.error("admin request failed", metadata: ["error": "\(error)"])
            }
            return Self.answer(error.code.adminStatus, "\(error.code)", error.message)
        } catch let error as HTTPError {
            let name = error.status == .notFound ? "notFound" : "invalidInput"
            return Self.answer(error.status, name, error.body ?? error.status.reasonPhrase)
        } catch {
            context.logger.error("admin request failed", metadata: ["error": "\(error)"])
            return Self.answer(.internalServerError, "internalFault", "a fault of the server; its log says more")
        }
    }

    private static func answer(_ status: HTTPResponse.Status, _ name: String, _ message: String) -> Response {
        .json(["error": JSON(name), "message": JSON(message)], status: status)
    }
}

extension SwitchyardError.Code {
    /// The HTTP status of the admin interface.
    ///
    /// Ours; the imitated protocol has no such interface.
    var adminStatus: HTTPResponse.Status {
        switch self {
        case .invalidInput, .malformedDeviceID: .badRequest
        case .wrongPassword, .wrongOldPassword, .codeWrong: .unauthorized
        case .tokenMissing, .tokenUnknown, .tokenExpired, .tokenNotMade, .authenticationFailed, .applicationUnknown,
            .signatureWrong:
            .unauthorized
        case .forbidden, .factoryDataMissing, .chipIDWrong, .digestWrong: .forbidden
        case .accountNotFound, .addresseeUnknown, .receiverUnknown, .deviceNotFound, .notFound, .pathUnknown: .notFound
        case .alreadyExists, .deviceOwnedByAnother, .gsmDeviceOwnedByAnother, .otherRegion, .lastHome: .conflict
        case .deviceDeleted: .gone
        case .deviceRefused, .sendingFailed: .badGateway
        case .deviceOffline: .serviceUnavailable
        case .deviceTimeout: .gatewayTimeout
        case .busy, .codeAskedTooOften, .tooManyHomes, .tooManyGroups, .tooManyRequests: .tooManyRequests
        case .storageFailed, .internalFault: .internalServerError
        }
    }
}
