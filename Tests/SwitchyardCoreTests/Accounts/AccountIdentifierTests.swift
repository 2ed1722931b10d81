import SwitchyardCore
import Testing

@Suite("What people log in with")
struct AccountIdentifierTests {
    @Test(
        "An e-mail address is kept in lower case",
        arguments: [
            ("a@b", "a@b"), ("Some.One+tag@Example.COM", "some.one+tag@example.com"),
            ("ZOË@example.com", "zoë@example.com"), ("+tag@example.com", "+tag@example.com"),
        ]
    )
    func readsEmail(text: String, kept: String) {
        #expect(AccountIdentifier(text) == .email(kept))
        #expect(AccountIdentifier(text)?.description == kept)
    }

    @Test(
        "An address has one spelling, however its characters are composed",
        arguments: [
            ("zoe\u{308}@example.com", "zo\u{EB}@example.com"), ("ZOE\u{308}@Example.com", "zo\u{EB}@example.com"),
            ("a\u{323}\u{307}@b.org", "\u{1EA1}\u{307}@b.org"), ("a\u{307}\u{323}@b.org", "\u{1EA1}\u{307}@b.org"),
            ("\u{212B}@b.org", "\u{E5}@b.org"),
        ]
    )
    func composesEmail(text: String, kept: String) throws {
        let identifier = try #require(AccountIdentifier(text))

        // Texts compare as equal whatever their composition: the bytes are what is stored.
        #expect(Array(identifier.description.utf8) == Array(kept.utf8))
        #expect(AccountIdentifier(identifier.description) == identifier)
    }

    @Test(
        "No message is addressed to what could have a meaning of its own in a header",
        arguments: ["<", ">", ",", ";", "\"", ":", "(", "\\", "[", "\u{85}", "\u{2028}", "\u{A0}", "\u{202E}"]
    )
    func canBeWrittenTo(character: String) throws {
        let odd = AccountIdentifier.email("a\(character)b@example.org")

        #expect(!odd.canBeWrittenTo)
        #expect(AccountIdentifier.email("zo\u{EB}+x.y_z-1@ex\u{E4}mple.org").canBeWrittenTo)
        #expect(AccountIdentifier.phone("+4912345").canBeWrittenTo)
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
