/// The `error` numbers of the Coolkit protocol, HTTP version 1 and WebSocket.
///
/// Source: `coolkit-v1-http.md` §1.4, `coolkit-websocket.md` §11. Nobody writes one of these numbers anywhere else.
package enum WireCode: Int, Sendable, CaseIterable {
    /// Success.
    case ok = 0
    /// The account belongs to another region; the answer carries `region`.
    case otherRegion = 301
    /// A parameter is missing or malformed.
    case badRequest = 400
    /// Log-in: wrong password. Bearer calls: token unknown or superseded. Dispatch: also no token.
    case unauthorized = 401
    /// Bearer calls: `at` expired. Refresh: `rt` expired. Log-in: e-mail not activated.
    case expired = 402
    /// No right on the device or the application; `register`: wrong factory apikey or chipid.
    case forbidden = 403
    /// Account, device or path does not exist; `register`: unknown device.
    case notFound = 404
    /// The original password is wrong.
    case wrongOldPassword = 405
    /// Wrong appid, signature or token; incomplete authentication.
    case authenticationFailed = 406
    /// Already registered, or added to another account.
    case conflict = 409
    /// `register`: the device was deleted (first three times, version 7 and higher).
    case deviceDeleted = 415
    /// The verification code is wrong or expired.
    case wrongCode = 498
    /// Internal error.
    case internalError = 500
    /// To apps only: the device is offline. Also: the server is too busy for this request.
    case deviceOffline = 503
    /// To apps only: the device did not answer in time. Also: a verification code could not be sent.
    case requestTimeout = 504
    /// A verification code was asked for too often.
    case tooManyCodes = 160_038

    /// The `reason` text on the socket.
    package var reason: String {
        switch self {
        case .ok: "ok"
        case .otherRegion: "Redirect"
        case .badRequest: "Bad Request"
        case .unauthorized: "Unauthorized"
        case .expired: "Token Expired"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .wrongOldPassword: "Wrong Password"
        case .authenticationFailed: "Authentication Failed"
        case .conflict: "Conflict"
        case .deviceDeleted: "Unsupported"
        case .wrongCode: "Wrong Code"
        case .internalError: "Internal Server Error"
        case .deviceOffline: "Device Offline"
        case .requestTimeout: "Request Timeout"
        case .tooManyCodes: "Too Many Codes"
        }
    }
}
