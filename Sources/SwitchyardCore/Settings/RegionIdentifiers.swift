/// Which kind of identifier an account gets on which region.
///
/// Source: `coolkit-v1-http.md` §2.4 ("Identifier per region").
package enum RegionIdentifiers: String, Sendable, CaseIterable {
    /// A phone number on `cn`, either on `as`, an e-mail address on `eu` and `us` (default).
    case seed
    /// Both everywhere.
    case any

    /// Throws `invalidInput` when no account of the region may have this kind.
    package func check(_ identifier: AccountIdentifier, in region: String) throws(SwitchyardError) {
        guard self == .seed else { return }
        switch (identifier, region) {
        case (.email, "cn"): throw SwitchyardError(.invalidInput, "params is error: accounts here have a phone number")
        case (.phone, "eu"), (.phone, "us"):
            throw SwitchyardError(.invalidInput, "params is error: accounts here have an e-mail address")
        default: return
        }
    }
}
