import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Token table")
struct TokenTableTests {
    private let table = TokenTable()

    private func grant(until expiry: UnixTime) -> AccessGrant {
        AccessGrant(
            accountID: Account.owner.id,
            apiKey: Account.owner.apiKey,
            appID: AppID(unchecked: "app"),
            login: .random(at: expiry),
            expiresAt: expiry
        )
    }

    @Test("A token grants what was entered for it, until it is taken out")
    func entersAndRemoves() {
        let hashes = (0..<100).map { TokenHash(of: "token \($0)") }
        for (index, hash) in hashes.enumerated() {
            table.insert(grant(until: sampleTime.advanced(by: .seconds(index))), for: hash)
        }

        table.remove([hashes[3], TokenHash(of: "unknown"), hashes[3]])

        #expect(table.grant(for: hashes[3]) == nil)
        #expect(table.grant(for: hashes[4])?.expiresAt == sampleTime.advanced(by: .seconds(4)))
        #expect(table.grant(for: TokenHash(of: "unknown")) == nil)
    }

    @Test("Only what expired before the given time is forgotten")
    func forgetsExpired() {
        let (old, edge) = (TokenHash(of: "old"), TokenHash(of: "edge"))
        table.insert(grant(until: sampleTime.advanced(by: .milliseconds(-1))), for: old)
        table.insert(grant(until: sampleTime), for: edge)

        table.removeExpired(before: sampleTime)

        #expect(table.grant(for: old) == nil)
        #expect(table.grant(for: edge) != nil)
    }

    @Test("A hash is SHA-256, and comes back from its bytes")
    func hashes() {
        let hash = TokenHash(of: "abc")

        #expect(hash.bytes.prefix(4) == [0xBA, 0x78, 0x16, 0xBF])
        #expect(TokenHash(bytes: hash.bytes) == hash)
        #expect(TokenHash(bytes: Array(hash.bytes.dropLast())) == nil)
        #expect(TokenHash(of: "abd") != hash)
    }
}
