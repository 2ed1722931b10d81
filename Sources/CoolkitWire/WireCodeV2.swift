/// The `error` numbers of HTTP version 2.
///
/// Source: `coolkit-v2-http.md` §1.4. Nobody writes one of these numbers anywhere else.
package enum WireCodeV2: Int, Sendable, CaseIterable {
    /// Success.
    case ok = 0
    /// A parameter is missing or malformed, or the signature is wrong.
    case badRequest = 400
    /// The access token is missing, unknown or superseded.
    case tokenInvalid = 401
    /// The access token expired.
    case tokenExpired = 402
    /// No such path.
    case pathNotFound = 403
    /// No such object, no such code.
    case notFound = 405
    /// No permission on the object.
    case rejected = 406
    /// The application may not do this, or does not exist.
    case applicationRefused = 407
    /// Over the quota of requests.
    case overQuota = 412
    /// Internal error; clients try again after a while.
    case internalError = 500
    /// The device is offline, did not answer, or refused.
    case controlFailed = 4_002
    case wrongPassword = 10_001
    case wrongCode = 10_002
    case userNotFound = 10_003
    /// The account lives in another region, which `data.region` names.
    case otherRegion = 10_004
    case userExists = 10_009
    /// A verification code was asked for too often.
    case tooManyCodes = 10_010
    case tooManyHomes = 20_002
    case lastHome = 20_003
    case gsmDeviceOwnedByAnother = 30_007
    /// The receiver of a share does not exist.
    case receiverNotFound = 30_008
    case tooManyGroups = 30_009
    case malformedDeviceID = 30_010
    case factoryDataMissing = 30_011
    case wrongChipID = 30_014
    case wrongDigest = 30_015
    case deviceNotFound = 30_018
    /// In an answer about several things: this one is offline.
    case deviceOffline = 30_022
}
