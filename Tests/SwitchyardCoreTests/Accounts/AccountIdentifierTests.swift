import SwitchyardCore
import Testing

@Suite("What people log in with")
struct AccountIdentifierTests {
    @Test(
        "An e-mail address is kept in lower case",
        arguments: [
            ("a@b", "a@b"), ("Some.One+tag@Example.COM", "some.one+tag@example.com"),
            ("ZOË@example.com", "zoë@example.com"),
        ]
    )
    func readsEmail(text: String, kept: String) {
        #expect(AccountIdentifier(text) == .email(kept))
        #expect(AccountIdentifier(text)?.description == kept)
    }

    @Test("A phone number is a plus and 4 to 15 digits", arguments: ["+1234", "+491701234567", "+123456789012345"])
    func readsPhone(text: String) {
        #expect(AccountIdentifier(text) == .phone(text))
    }

    @Test(
        "Other texts are neither",
        arguments: [
            "", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "a\u{0}@b", "a@b\u{7F}", "name", "491701234567", "+",
            "+123",
            "+1234567890123456", "+12 34", "+١٢٣٤٥", "+12345a", String(repeating: "a", count: 253) + "@b",
        ]
    )
    func refuses(text: String) {
        #expect(AccountIdentifier(text) == nil)
    }

    @Test("No e-mail address is longer than 254 bytes, in lower case either")
    func boundsEmail() {
        #expect(AccountIdentifier(String(repeating: "a", count: 252) + "@b") != nil)
        // The capital letter with a dot takes 2 bytes, in lower case 3.
        #expect(AccountIdentifier(String(repeating: "İ", count: 100) + "@b") == nil)
    }
}
