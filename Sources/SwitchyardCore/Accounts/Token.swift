package import CoolkitWire
import Crypto

/// The SHA-256 of a token: what is stored and looked up.
///
/// The token itself is known to its client alone.
package struct TokenHash: Hashable, Sendable {
    /// 32 bytes as four integers, hashed and compared without the heap.
    private let words: SIMD4<UInt64>

    /// Hashes the token's text.
    package init(of token: String) {
        var bytes = token
        self = bytes.withUTF8 { TokenHash(ofUTF8: UnsafeRawBufferPointer($0)) }
    }

    /// Hashes the token's UTF-8 bytes.
    package init(ofUTF8 bytes: UnsafeRawBufferPointer) {
        let digest = SHA256.hash(data: bytes)
        words = digest.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// Takes the 32 bytes of a stored hash; nil for any other length.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        words = bytes.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// The 32 bytes of the hash.
    package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }
}

/// A new `at`/`rt` pair as it is handed to the client, once.
///
/// Each is 40 lower-case hex characters (20 random bytes).
package struct TokenPair: Hashable, Sendable {
    package let accessToken: String
    package let refreshToken: String

    package init(accessToken: String, refreshToken: String) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
    }

    /// Makes a pair from the system's random numbers.
    package static func random() -> TokenPair {
        TokenPair(accessToken: RandomText.hex(bytes: 20), refreshToken: RandomText.hex(bytes: 20))
    }
}

/// What the store keeps of a pair.
package struct TokenRecord: Hashable, Sendable {
    package let accountID: AccountID
    package let appID: AppID
    package let accessHash: TokenHash
    package let refreshHash: TokenHash
    package let issuedAt: UnixTime
    package let accessExpiresAt: UnixTime
    package let refreshExpiresAt: UnixTime
    /// All pairs that came out of one log-in by refreshing share it.
    package let family: ObjectID
    /// What the client of that log-in told of itself.
    package let client: LoginFacts
    /// Set when a refresh replaced the pair: the `at` is dead, the `rt` lives until `refreshGrace` after it.
    package var replacedAt: UnixTime?

    package init(
        accountID: AccountID,
        appID: AppID,
        accessHash: TokenHash,
        refreshHash: TokenHash,
        issuedAt: UnixTime,
        accessExpiresAt: UnixTime,
        refreshExpiresAt: UnixTime,
        family: ObjectID,
        client: LoginFacts = LoginFacts(),
        replacedAt: UnixTime? = nil
    ) {
        self.accountID = accountID
        self.appID = appID
        self.accessHash = accessHash
        self.refreshHash = refreshHash
        self.issuedAt = issuedAt
        self.accessExpiresAt = accessExpiresAt
        self.refreshExpiresAt = refreshExpiresAt
        self.family = family
        self.client = client
        self.replacedAt = replacedAt
    }
}

extension TokenRecord {
    /// How many replaced pairs of a log-in are remembered, to notice that one is used again.
    ///
    /// What is beyond both bounds is dropped: a client that refreshes in a loop would fill the disk. By number alone a thief could
    /// refresh until the owner's pair, which tells of him when it is used, is forgotten; so those that were in use for long stay, 24 a
    /// day at most. Source of what it is for: RFC 9700 §4.14.2.
    package enum Memory {
        /// The newest of a log-in, with the one that is alive.
        package static let newest = 32
        /// A pair that was replaced no sooner than this after its issue is remembered until its `rt` would have expired.
        package static let lasting = Duration.seconds(3_600)
    }
}

/// Which older tokens a log-in ends.
///
/// Source: `coolkit-v1-http.md` §1.3.
package enum SingleLoginScope: String, Sendable, CaseIterable {
    /// Those of the same account and appid (default).
    case accountAndApp
    /// All of the account: the seed's wording.
    case account
    /// None; the number of pairs an account may hold is bounded all the same.
    case none
}
