/// What an `Authorization` header says.
///
/// Schemes are compared without regard to case, extra spaces are tolerated, and `Token`, which one client sends on
/// dispatch, is `Bearer`. An empty value stays empty, because "token is empty" has an answer of its own. Source:
/// `coolkit-v1-http.md` §1.2.
package enum AuthorizationHeader: Hashable, Sendable {
    /// The signature of a call before log-in.
    case sign(String)
    /// The access token.
    case bearer(String)
    /// A scheme that Coolkit does not have.
    case other

    /// Reads a header's value; nil when it is blank.
    package init?(_ text: String) {
        let words = text.split(maxSplits: 1, whereSeparator: Self.isSpace)
        guard let scheme = words.first else { return nil }
        var value = words.count > 1 ? words[1].drop(while: Self.isSpace) : ""
        while value.last.map(Self.isSpace) == true { value.removeLast() }
        switch scheme.lowercased() {
        case "sign": self = .sign(String(value))
        case "bearer", "token": self = .bearer(String(value))
        default: self = .other
        }
    }

    private static func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
}
