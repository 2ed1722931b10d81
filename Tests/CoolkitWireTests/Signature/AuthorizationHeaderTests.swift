import CoolkitWire
import Testing

/// Source: `coolkit-v1-http.md` §1.2.
@Suite("Authorization headers")
struct AuthorizationHeaderTests {
    @Test(
        "Schemes are read in any case and with any number of spaces",
        arguments: [
            ("Sign abc=", .sign("abc=")), ("sign  abc= ", .sign("abc=")), ("  SIGN\tabc=", .sign("abc=")),
            ("Bearer 4c1b", .bearer("4c1b")), ("bearer 4c1b", .bearer("4c1b")), ("Token 4c1b", .bearer("4c1b")),
            ("TOKEN   4c1b  ", .bearer("4c1b")), ("Bearer", .bearer("")), ("Bearer  ", .bearer("")),
            ("Sign", .sign("")),
            ("Basic dXNlcg==", .other), ("Bearer4c1b", .other), ("4c1b", .other),
            ("Bearer two words", .bearer("two words")), ("", nil), ("  \t ", nil),
        ] as [(String, AuthorizationHeader?)]
    )
    func reads(text: String, expected: AuthorizationHeader?) {
        #expect(AuthorizationHeader(text) == expected)
    }
}
