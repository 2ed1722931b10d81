package import CoolkitWire
import Synchronization

/// What a valid access token grants.
package struct AccessGrant: Hashable, Sendable {
    package let accountID: AccountID
    /// The account's apikey.
    package let apiKey: APIKey
    package let appID: AppID
    /// The log-in that the token came out of.
    package let login: ObjectID
    package let expiresAt: UnixTime

    package init(accountID: AccountID, apiKey: APIKey, appID: AppID, login: ObjectID, expiresAt: UnixTime) {
        self.accountID = accountID
        self.apiKey = apiKey
        self.appID = appID
        self.login = login
        self.expiresAt = expiresAt
    }
}

/// All access tokens that may still be presented, by hash: handshakes and Bearer calls ask this instead of the database.
package final class TokenTable: Sendable {
    private final class Shard: Sendable {
        let grants = Mutex<[TokenHash: AccessGrant]>([:])
    }

    private static let shardCount = 16
    private let shards: [Shard]

    package init() {
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    private func shard(of hash: TokenHash) -> Shard {
        shards[Int(UInt(bitPattern: hash.hashValue) % UInt(Self.shardCount))]
    }

    package func grant(for hash: TokenHash) -> AccessGrant? {
        shard(of: hash).grants.withLock { $0[hash] }
    }

    package func insert(_ grant: AccessGrant, for hash: TokenHash) {
        shard(of: hash).grants.withLock { $0[hash] = grant }
    }

    package func remove(_ hashes: [TokenHash]) {
        for hash in hashes {
            shard(of: hash).grants.withLock { $0[hash] = nil }
        }
    }

    /// Forgets tokens that expired before `time`; until then they answer "expired" and not "unknown".
    package func removeExpired(before time: UnixTime) {
        for shard in shards {
            shard.grants.withLock { grants in
                grants = grants.filter { $0.value.expiresAt >= time }
            }
        }
    }
}
