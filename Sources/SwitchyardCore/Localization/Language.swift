/// A language the server writes to people in.
///
/// Source: `coolkit-v1-http.md` §1.5 (`lang` of the user object), §3.1 (`lang` of a query).
package enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case chinese = "cn"

    /// Reads the `lang` of a request, in any case; nil for a language that is not spoken here.
    package init?(lang: String) { self.init(rawValue: lang.lowercased()) }

    /// What an account speaks that was never asked.
    package static func usual(in region: String) -> Language { region == "cn" ? .chinese : .english }
}
