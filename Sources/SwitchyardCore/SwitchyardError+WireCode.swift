package import CoolkitWire

extension SwitchyardError {
    /// The number that goes out in `error`.
    ///
    /// The only mapping from errors to the wire.
    package var wireNumber: Int {
        if code == .deviceRefused, let deviceError = data.deviceError { return deviceError }
        return code.wireCode.rawValue
    }
}

extension SwitchyardError.Code {
    /// The wire code of version 1 and of the socket.
    ///
    /// Source: `coolkit-v1-http.md` §1.4, `coolkit-websocket.md` §11.
    package var wireCode: WireCode {
        switch self {
        case .invalidInput: .badRequest
        // The number of a malformed deviceid is that of `device/add`. Source: `coolkit-v1-http.md` §3.3.
        case .wrongPassword, .tokenUnknown, .malformedDeviceID: .unauthorized
        // A sensor hears 401, not the apps' 406. Source: `coolkit-v1-http.md` §6.1.
        case .signatureWrong: .unauthorized
        // Source: `coolkit-v1-http.md` §1.4 ("sms: user does not exist"), §2.3 ("token could not be made").
        case .addresseeUnknown, .tokenNotMade: .unauthorized
        case .wrongOldPassword: .wrongOldPassword
        case .codeWrong: .wrongCode
        case .codeAskedTooOften: .tooManyCodes
        case .tokenExpired: .expired
        case .tokenMissing, .authenticationFailed, .applicationUnknown: .authenticationFailed
        case .forbidden, .lastHome, .factoryDataMissing, .chipIDWrong, .digestWrong: .forbidden
        case .accountNotFound, .deviceNotFound, .notFound, .pathUnknown, .receiverUnknown: .notFound
        case .alreadyExists, .deviceOwnedByAnother, .gsmDeviceOwnedByAnother: .conflict
        case .deviceDeleted: .deviceDeleted
        case .deviceOffline, .busy, .tooManyHomes, .tooManyGroups, .tooManyRequests: .deviceOffline
        case .deviceTimeout, .sendingFailed: .requestTimeout
        case .deviceRefused, .storageFailed, .internalFault: .internalError
        case .otherRegion: .otherRegion
        }
    }
}
