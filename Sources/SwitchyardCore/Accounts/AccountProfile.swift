package import CoolkitWire

/// What the owner of an account tells of himself; what he never told is nil.
///
/// Source: `coolkit-v2-http.md` §2.3, §2.4 (`/v2/user/profile`).
package struct AccountProfile: Hashable, Sendable {
    /// That of his last log-in by the v2 interface.
    package var countryCode: CountryCode?
    package var timeZone: ProfileTimeZone?
    /// The language of his app, as he calls it.
    package var languageTag: LanguageTag?
    /// Whether he wants advertising by e-mail.
    package var acceptsAdvertising: Bool?
    /// Whether he was asked about a membership: once told, it stays.
    package var wasConsulted = false
    /// Where news shall be sent to, as `AccountIdentifier` spells it.
    package var subscribedEmail: String?

    package init() {}
}

/// The code that phone numbers of a country begin with.
package struct CountryCode: Hashable, Sendable, CustomStringConvertible {
    /// `+` and 1 to 4 digits.
    package let text: String

    /// Takes it with or without the plus; nil for anything else.
    ///
    /// Source: `coolkit-v2-http.md` §2.1 (documents and clients differ in it).
    package init?(_ text: String) {
        let digits = text.utf8.first == UInt8(ascii: "+") ? text.utf8.dropFirst() : text.utf8[...]
        guard (1...4).contains(digits.count), digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.text = "+" + String(decoding: digits, as: UTF8.self)
    }

    package var description: String { text }
}

/// The time zone of an account's owner.
package struct ProfileTimeZone: Hashable, Sendable {
    /// A name of the time zone database, as far as its form tells: 1 to 64 of its characters.
    package let id: String
    /// East of Greenwich.
    package let offsetMinutes: Int

    /// The greatest offset either way; the earth's are within.
    package static let maximumOffsetMinutes = 14 * 60

    package init?(id: String, offsetMinutes: Int) {
        guard (1...64).contains(id.utf8.count), id.utf8.allSatisfy(Self.isPartOfName),
            offsetMinutes.magnitude <= Self.maximumOffsetMinutes
        else { return nil }
        self.id = id
        self.offsetMinutes = offsetMinutes
    }

    /// Takes hours, with halves and quarters; nil for what is no whole number of minutes.
    package init?(id: String, offsetHours: Double) {
        guard offsetHours.magnitude <= 14, let minutes = Int(exactly: offsetHours * 60) else { return nil }
        self.init(id: id, offsetMinutes: minutes)
    }

    /// The offset in hours, as the wire has it.
    package var offsetHours: JSONNumber {
        offsetMinutes.isMultiple(of: 60) ? JSONNumber(offsetMinutes / 60) : JSONNumber(Double(offsetMinutes) / 60)
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "/_+-".utf8.contains(byte)
        }
    }
}

/// A language as apps name it: `en`, `en-US`, `zh_Hans_CN`.
package struct LanguageTag: Hashable, Sendable {
    package let text: String

    /// Takes 1 to 35 letters, digits, `-` and `_`; nil for anything else.
    package init?(_ text: String) {
        guard (1...35).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            })
        else { return nil }
        self.text = text
    }
}

/// What shall be changed of an account by its owner; what is nil stays.
///
/// Source: `coolkit-v2-http.md` §2.4 (`POST /v2/user/profile`).
package struct ProfileChange: Hashable, Sendable {
    package var nickname: String?
    /// The language that the server writes to him in.
    package var language: Language?
    package var languageTag: LanguageTag?
    package var timeZone: ProfileTimeZone?
    package var acceptsAdvertising: Bool?
    /// True; it cannot be taken back.
    package var wasConsulted: Bool?
    package var subscribedEmail: String?

    /// The longest nickname, in Unicode scalars.
    package static let maximumNicknameLength = 64

    package init() {}

    var isEmpty: Bool { self == ProfileChange() }
}

extension AccountService {
    /// Changes what the owner tells of himself.
    ///
    /// - Throws: `invalidInput` (a nickname of blanks, with control characters, or too long), `tokenUnknown` (the account is
    ///   gone), `storageFailed`.
    package func changeProfile(_ change: ProfileChange, of id: AccountID) async throws(SwitchyardError) {
        if let nickname = change.nickname { try Self.check(nickname: nickname) }
        guard !change.isEmpty else { return }
        do throws(SwitchyardError) {
            try await store.changeProfile(change, of: id)
        } catch {
            guard error.code == .accountNotFound else { throw error }
            throw SwitchyardError(.tokenUnknown, "the account was removed")
        }
    }

    private static func check(nickname: String) throws(SwitchyardError) {
        let scalars = nickname.unicodeScalars
        guard scalars.count <= ProfileChange.maximumNicknameLength,
            scalars.contains(where: { !$0.properties.isWhitespace }),
            !scalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: nickname has 1 to \(ProfileChange.maximumNicknameLength) characters"
            )
        }
    }
}
