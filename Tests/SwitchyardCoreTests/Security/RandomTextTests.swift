import SwitchyardCore
import Testing

@Suite("Random texts")
struct RandomTextTests {
    @Test("Hex has two lower-case digits a byte", arguments: [0, 1, 8, 20])
    func hex(bytes: Int) {
        let text = RandomText.hex(bytes: bytes)

        #expect(text.utf8.count == 2 * bytes)
        #expect(text.allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test("Alphanumeric texts have the length asked for and nothing but ASCII letters and digits")
    func alphanumeric() {
        let text = RandomText.alphanumeric(length: 4_000)

        #expect(text.utf8.count == 4_000)
        #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        #expect(Set(text).count == 62)
    }

    @Test("A UUID is of version 4 and variant 1, lower case")
    func uuid() {
        for _ in 0..<200 {
            let text = RandomText.uuid()
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)

            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(parts.joined().allSatisfy { "0123456789abcdef".contains($0) })
            #expect(parts[2].first == "4")
            #expect("89ab".contains(parts[3].first ?? "-"))
        }
    }

    @Test("A token pair has two different texts of 40 lower-case hex characters")
    func tokenPair() {
        let pair = TokenPair.random()

        #expect(pair.accessToken != pair.refreshToken)
        for token in [pair.accessToken, pair.refreshToken] {
            #expect(token.utf8.count == 40)
            #expect(token.allSatisfy { "0123456789abcdef".contains($0) })
        }
    }

    @Test(
        "Comparison in constant time tells equal from different",
        arguments: [
            ("", "", true), ("a", "a", true), ("a", "b", false), ("ab", "a", false), ("", "a", false), ("é", "é", true),
            ("\u{65}\u{301}", "é", false),
        ]
    )
    func comparesSecrets(left: String, right: String, areEqual: Bool) {
        #expect(ConstantTime.areEqual(left, right) == areEqual)
        #expect(ConstantTime.areEqual(Array(left.utf8), Array(right.utf8)) == areEqual)
    }
}
