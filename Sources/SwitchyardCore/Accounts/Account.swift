package import CoolkitWire
import Foundation

/// Names an account inside the server; the `_id` of the user object.
package struct AccountID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let objectID: ObjectID

    package init(_ objectID: ObjectID) { self.objectID = objectID }

    package init?(_ text: String) {
        guard let objectID = ObjectID(text) else { return nil }
        self.objectID = objectID
    }

    package static func < (left: AccountID, right: AccountID) -> Bool { left.objectID < right.objectID }
    package var description: String { objectID.description }
}

/// What people log in with: an e-mail address, or a phone number with country code.
package enum AccountIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// Lower case in Unicode's form C, so that one address has one spelling. At most 254 bytes.
    case email(String)
    /// `+` and 4 to 15 digits.
    case phone(String)

    /// Reads either kind; nil when the text is neither.
    ///
    /// An e-mail address may begin with `+` too.
    package init?(_ text: String) {
        if text.hasPrefix("+"), !text.contains("@") { self.init(phone: text) } else { self.init(email: text) }
    }

    package init?(email: String) {
        let email = Self.canonical(email: email)
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, email.utf8.count <= 254,
            !email.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F })
        else { return nil }
        self = .email(email)
    }

    /// The one spelling of an address: lower case, and composed as Unicode's form C has it.
    package static func canonical(email: String) -> String { email.lowercased().precomposedStringWithCanonicalMapping }

    package init?(phone: String) {
        let digits = phone.utf8.dropFirst()
        guard phone.utf8.first == UInt8(ascii: "+"), (4...15).contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self = .phone(phone)
    }

    package var description: String {
        switch self {
        case .email(let text), .phone(let text): text
        }
    }
}

/// A person's account.
///
/// Source of the fields: `coolkit-v1-http.md` §1.5.
package struct Account: Hashable, Sendable {
    package let id: AccountID
    /// UUID text; names the account in every socket message.
    package let apiKey: APIKey
    package var identifier: AccountIdentifier
    package var nickname: String
    /// `cn`, `as`, `eu` or `us`.
    package var region: String
    /// The language of what the server writes to the account's owner.
    package var language: Language
    /// What its owner tells of himself.
    package var profile: AccountProfile
    package let createdAt: UnixTime
    /// What the last log-in told about the client.
    package var lastLogin: LoginRecord?

    package init(
        id: AccountID,
        apiKey: APIKey,
        identifier: AccountIdentifier,
        nickname: String = "",
        region: String,
        language: Language = .english,
        profile: AccountProfile = AccountProfile(),
        createdAt: UnixTime,
        lastLogin: LoginRecord? = nil
    ) {
        self.id = id
        self.apiKey = apiKey
        self.identifier = identifier
        self.nickname = nickname
        self.region = region
        self.language = language
        self.profile = profile
        self.createdAt = createdAt
        self.lastLogin = lastLogin
    }
}

/// The last log-in of an account: shown in the user object.
package struct LoginRecord: Hashable, Sendable {
    package let appID: AppID
    package let time: UnixTime
    /// Numeric address of the client.
    package let address: String
    /// `android`, `iOS` and the like, as the client sent it; nil when it did not.
    package let os: String?
    package let appVersion: String?

    package init(appID: AppID, time: UnixTime, address: String, os: String?, appVersion: String?) {
        self.appID = appID
        self.time = time
        self.address = address
        self.os = os
        self.appVersion = appVersion
    }
}
