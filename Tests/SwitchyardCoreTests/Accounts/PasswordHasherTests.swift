import Testing

@testable import SwitchyardCore

@Suite("Password hasher")
struct PasswordHasherTests {
    private static let cheap = PasswordHasher.Cost(logarithmOfN: 4, r: 8, p: 1)

    @Test("The right password is right, another is wrong, and no two hashes are alike")
    func verifies() async throws {
        let hasher = PasswordHasher(cost: Self.cheap)
        let (hash, again) = (try await hasher.hash("pässword"), try await hasher.hash("pässword"))

        let (right, wrong) = (
            try await hasher.verify("pässword", against: hash), try await hasher.verify("password", against: hash)
        )

        #expect(hash.hasPrefix("$scrypt$ln=4,r=8,p=1$"))
        #expect(hash != again)
        guard case .right(isOutdated: false) = right else { return #expect(Bool(false), "\(right)") }
        guard case .wrong = wrong else { return #expect(Bool(false), "\(wrong)") }
    }

    @Test("A hash of another cost is right and outdated")
    func tellsOutdated() async throws {
        let hash = try await PasswordHasher(cost: .init(logarithmOfN: 3, r: 8, p: 1)).hash("password")

        let verdict = try await PasswordHasher(cost: Self.cheap).verify("password", against: hash)

        guard case .right(isOutdated: true) = verdict else { return #expect(Bool(false), "\(verdict)") }
    }

    @Test("A damaged hash is a fault of ours, not a wrong password", arguments: ["", "!", "$scrypt$ln=4$a$b"])
    func reportsDamage(hash: String) async {
        let hasher = PasswordHasher(cost: Self.cheap)

        await expect(.internalFault) { _ = try await hasher.verify("password", against: hash) }
    }

    @Test("More than the queue takes are refused as busy, and the rest are served")
    func isBounded() async throws {
        let hasher = PasswordHasher(cost: .init(logarithmOfN: 12, r: 8, p: 1), queueLimit: 2)

        let codes = await withTaskGroup(of: SwitchyardError.Code?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do throws(SwitchyardError) {
                        _ = try await hasher.hash("password")
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }

        #expect(Set(codes) == [nil, .busy])
        #expect(codes.count { $0 == nil } >= 2)
        _ = try await hasher.hash("password")
    }

    @Test("A queue of none refuses everything")
    func refusesAll() async {
        await expect(.busy) { _ = try await PasswordHasher(cost: Self.cheap, queueLimit: 0).hash("password") }
    }
}

@Suite("Stored form of a password hash")
struct PHCStringTests {
    private static let key = Array(repeating: UInt8(0xFB), count: 32)
    private static let encodedKey = String(repeating: "+/v7", count: 10) + "+/s"

    @Test("What is written is read back", arguments: [0, 1, 2, 16])
    func roundTrip(extraSalt: Int) throws {
        let cost = PasswordHasher.Cost(logarithmOfN: 15, r: 8, p: 3)
        let salt = Array(repeating: UInt8(ascii: "s"), count: 1 + extraSalt)

        let text = PHCString(cost: cost, salt: salt, key: Self.key).text
        let read = try #require(PHCString(text))

        #expect(text.hasPrefix("$scrypt$ln=15,r=8,p=3$"))
        #expect(!text.contains("="[...]) || text.split(separator: "$").last?.contains("=") == false)
        #expect((read.cost, read.salt, read.key) == (cost, salt, Self.key))
    }

    @Test("The parameters may stand in any order")
    func takesAnyOrder() throws {
        let read = try #require(PHCString("$scrypt$p=1,ln=4,r=8$c2FsdA$\(Self.encodedKey)"))

        #expect(read.cost == .init(logarithmOfN: 4, r: 8, p: 1))
        #expect(read.salt == Array("salt".utf8))
    }

    @Test(
        "Other texts are no hash of ours",
        arguments: [
            "", "$", "$scrypt", "$argon2id$ln=4,r=8,p=1$c2FsdA$KEY", "$scrypt$ln=4,r=8$c2FsdA$KEY",
            "$scrypt$ln=0,r=8,p=1$c2FsdA$KEY", "$scrypt$ln=25,r=8,p=1$c2FsdA$KEY", "$scrypt$ln=4,r=0,p=1$c2FsdA$KEY",
            "$scrypt$ln=4,r=65,p=1$c2FsdA$KEY", "$scrypt$ln=4,r=8,p=65$c2FsdA$KEY", "$scrypt$ln=-4,r=8,p=1$c2FsdA$KEY",
            "$scrypt$ln=99999999999999999999,r=8,p=1$c2FsdA$KEY", "$scrypt$ln=4,r=8,p=1$c2F*dA$KEY",
            "$scrypt$ln=4,r=8,p=1$$KEY", "$scrypt$ln=4,r=8,p=1$c2FsdA$c2FsdA", "$scrypt$ln=4,r=8,p=1$c2FsdA$KEY$KEY",
        ]
    )
    func refuses(text: String) {
        #expect(PHCString(text.replacing("KEY", with: Self.encodedKey)) == nil)
    }
}
