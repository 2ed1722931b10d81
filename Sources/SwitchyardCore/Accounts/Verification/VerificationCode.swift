package import CoolkitWire
import Crypto
import Foundation

/// What a verification code is asked for: the `sendType` of `POST /api/sms`.
///
/// Source: `coolkit-v1-http.md` §2.2.
package enum CodePurpose: Int, Sendable, CaseIterable {
    case register = 0
    case resetPassword = 1
    case deleteAccount = 3
    /// Log in without a password: by WeChat in version 1, by the code itself in version 2.
    ///
    /// Source: `coolkit-v1-http.md` §2.2, `coolkit-v2-http.md` §2.4.
    case weChat = 4
}

/// A code that was sent, as the store keeps it: one for each address and purpose.
///
/// The digest keeps codes out of sight of whoever looks at the database. It is no secret from somebody who tries out a
/// million codes, which a life of ten minutes and five attempts take the worth of.
package struct VerificationCode: Hashable, Sendable {
    package let destination: AccountIdentifier
    package let purpose: CodePurpose
    /// 16 random bytes.
    package let salt: [UInt8]
    /// 32 bytes.
    package let digest: [UInt8]
    package let createdAt: UnixTime
    /// Wrong attempts so far.
    package var attempts: Int

    /// Digits of a code.
    ///
    /// Source: `coolkit-v1-http.md` §2.2, "4 to 6 digits".
    package static let length = 6
    /// How long a code is good.
    ///
    /// Source: `coolkit-v1-http.md` §2.2.
    package static let lifetime = Duration.seconds(600)
    /// Wrong attempts after which a code is worth nothing.
    ///
    /// Source: `coolkit-v1-http.md` §2.2.
    package static let maximumAttempts = 5

    package init(
        destination: AccountIdentifier,
        purpose: CodePurpose,
        salt: [UInt8],
        digest: [UInt8],
        createdAt: UnixTime,
        attempts: Int = 0
    ) {
        self.destination = destination
        self.purpose = purpose
        self.salt = salt
        self.digest = digest
        self.createdAt = createdAt
        self.attempts = attempts
    }

    /// What to keep of a new code.
    package init(_ text: String, for destination: AccountIdentifier, purpose: CodePurpose, at time: UnixTime) {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        self.init(
            destination: destination,
            purpose: purpose,
            salt: salt,
            digest: Self.digest(of: text, salt: salt),
            createdAt: time
        )
    }

    /// When the code is over.
    package var expiresAt: UnixTime { createdAt.advanced(by: Self.lifetime) }

    /// Whether the code may still be tried at `time`.
    package func isOpen(at time: UnixTime) -> Bool { time < expiresAt && attempts < Self.maximumAttempts }

    /// Whether `text` is the code; takes the same time wherever it differs.
    package func matches(_ text: String) -> Bool {
        ConstantTime.areEqual(digest, Self.digest(of: text, salt: salt))
    }

    private static func digest(of text: String, salt: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: salt)))
    }
}

/// What somebody presents as the code that was sent to an address.
package struct CodeClaim: Sendable {
    package let destination: AccountIdentifier
    package let purpose: CodePurpose
    package let text: String

    package init(destination: AccountIdentifier, purpose: CodePurpose, text: String) {
        self.destination = destination
        self.purpose = purpose
        self.text = text
    }

    /// For a code that is wrong, over, used or was never sent: which of these is not told.
    package static let failure = SwitchyardError(.codeWrong, "verification code is wrong or expired")
}

/// How many codes may be sent.
///
/// Source: `coolkit-v1-http.md` §2.2 for those per destination.
package struct VerificationLimits: Hashable, Sendable {
    package static let perMinute = 3
    package static let perHour = 20
    package static let perDay = 100

    /// Codes asked for from one address per hour.
    package let perAddressAndHour: Int
    /// In all per day: the bound of what is remembered, and of what a mail server is given.
    package let inAllPerDay: Int
    /// A site gets an IPv6 network of 48 bits (RFC 6177), which has 65 536 of 64: together they ask for as many as this number of
    /// addresses.
    package static let addressesPerSite = 4

    package init(perAddressAndHour: Int, inAllPerDay: Int = 20_000) {
        self.perAddressAndHour = perAddressAndHour
        self.inAllPerDay = inAllPerDay
    }
}

/// What came of entering a code.
package enum CodeEntry: Hashable, Sendable {
    case entered
    /// Too many for this destination, or from this address or its site.
    case tooOften
    /// Too many in all, whoever asked for them.
    case tooManyInAll
}
