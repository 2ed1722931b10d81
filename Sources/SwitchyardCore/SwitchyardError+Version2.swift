package import CoolkitWire

extension SwitchyardError.Code {
    /// The number that goes out in `error` of HTTP version 2.
    ///
    /// The only mapping from errors to that version. An object of somebody else's is as good as none. Source:
    /// `coolkit-v2-http.md` §1.4.
    package var version2Code: WireCodeV2 {
        switch self {
        // A wrong signature is 400 by an answer of the original in a public report.
        case .invalidInput, .authenticationFailed, .signatureWrong: .badRequest
        case .tokenMissing, .tokenUnknown: .tokenInvalid
        case .tokenExpired: .tokenExpired
        case .pathUnknown: .pathNotFound
        case .notFound: .notFound
        case .forbidden, .deviceOwnedByAnother: .rejected
        case .applicationUnknown: .applicationRefused
        case .tooManyRequests: .overQuota
        case .deviceOffline, .deviceTimeout, .deviceRefused: .controlFailed
        case .wrongPassword, .wrongOldPassword: .wrongPassword
        case .codeWrong: .wrongCode
        case .codeAskedTooOften: .tooManyCodes
        case .accountNotFound, .addresseeUnknown: .userNotFound
        case .otherRegion: .otherRegion
        case .alreadyExists: .userExists
        case .tooManyHomes: .tooManyHomes
        case .lastHome: .lastHome
        case .gsmDeviceOwnedByAnother: .gsmDeviceOwnedByAnother
        case .receiverUnknown: .receiverNotFound
        case .tooManyGroups: .tooManyGroups
        case .malformedDeviceID: .malformedDeviceID
        case .factoryDataMissing: .factoryDataMissing
        case .chipIDWrong: .wrongChipID
        case .digestWrong: .wrongDigest
        case .deviceNotFound, .deviceDeleted: .deviceNotFound
        // Clients take 500 for "later" and try again.
        case .busy, .sendingFailed, .tokenNotMade, .storageFailed, .internalFault: .internalError
        }
    }
}
