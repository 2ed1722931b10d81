/// The one error type of the server: what went wrong, in words for people, and what the log needs beside it.
///
/// Front doors render it (`SwitchyardError+WireCode.swift` has the numbers); handlers only throw it.
package struct SwitchyardError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    ///
    /// Closed: every front door maps each case.
    package enum Code: Hashable, Sendable, CaseIterable {
        /// A parameter is missing or malformed.
        case invalidInput
        /// What shall become a device has no possible deviceid.
        case malformedDeviceID
        /// The account exists, the password does not match.
        case wrongPassword
        /// The old password that shall be changed does not match.
        case wrongOldPassword
        /// A Bearer call without a token.
        case tokenMissing
        /// The token was never issued, or has been superseded or revoked.
        case tokenUnknown
        /// The token's life is over.
        case tokenExpired
        /// The account was made, its first token could not be.
        case tokenNotMade
        /// Wrong signature, or no usable `Authorization` header.
        case authenticationFailed
        /// No application has this appid.
        case applicationUnknown
        /// A device's own signature does not fit its report.
        case signatureWrong
        /// The caller has no right on the object.
        case forbidden
        /// No account has this identifier.
        case accountNotFound
        /// No account has the address that a verification code is for.
        case addresseeUnknown
        /// No such device, or none that this caller may see.
        case deviceNotFound
        /// No such object.
        case notFound
        /// No such path.
        case pathUnknown
        /// The object exists already.
        case alreadyExists
        /// The device belongs to another account.
        case deviceOwnedByAnother
        /// The same of a device that was named by its QR code.
        case gsmDeviceOwnedByAnother
        /// Nothing is known of the device, and what the caller knows of it is not enough.
        case factoryDataMissing
        /// The chipid is not that of the device.
        case chipIDWrong
        /// The digest does not fit the device's apikey.
        case digestWrong
        /// The device was deleted and has to forget its pairing.
        case deviceDeleted
        /// No live session of the device.
        case deviceOffline
        /// The device did not answer in time.
        case deviceTimeout
        /// The device answered with an error of its own (`data.deviceError`).
        case deviceRefused
        /// The account lives in another region (`data.region`).
        case otherRegion
        /// The verification code is wrong, used up or too old.
        case codeWrong
        /// Too many verification codes were asked for.
        case codeAskedTooOften
        /// The verification code could not be sent.
        case sendingFailed
        /// No account can be the receiver of a share.
        case receiverUnknown
        /// The account has as many homes, or the home as many rooms, as it may have.
        case tooManyHomes
        /// An account has one home at least.
        case lastHome
        /// The account has as many groups as it may have.
        case tooManyGroups
        /// More requests came than are allowed in a time.
        case tooManyRequests
        /// A bound was reached; the caller may try again later.
        case busy
        /// The database refused; nothing was changed.
        case storageFailed
        /// A fault of ours.
        case internalFault
    }

    /// What a reply carries besides code and message.
    package struct Data: Hashable, Sendable {
        /// The region an account lives in, with `otherRegion`.
        package var region: String?
        /// The device's own error number, with `deviceRefused`.
        package var deviceError: Int?

        package init(region: String? = nil, deviceError: Int? = nil) {
            self.region = region
            self.deviceError = deviceError
        }
    }

    package let code: Code
    /// One sentence for people; never holds a secret.
    package let message: String
    package let data: Data
    /// For the log only.
    package let underlying: (any Error)?

    package init(_ code: Code, _ message: String, data: Data = Data(), underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.data = data
        self.underlying = underlying
    }

    package var description: String {
        guard let underlying else { return "\(code): \(message)" }
        return "\(code): \(message) (\(underlying))"
    }
}
