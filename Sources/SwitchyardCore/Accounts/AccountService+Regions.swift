import CoolkitWire

extension AccountService {
    /// The regions there are.
    package static let regions = ["cn", "as", "eu", "us"]

    /// The host of the server an account lives on; nil when that is this one.
    ///
    /// A region without a configured host is served here, as its clients would find nobody there.
    package func otherHost(of account: Account) -> String? {
        account.region == settings.region ? nil : settings.regionHosts[account.region]
    }

    /// Throws `otherRegion` for an account that lives on another server.
    ///
    /// Never for this server's own region: clients stop when they are sent where they are. Source: `coolkit-v1-http.md` §2.4.
    func checkRegion(of account: Account) throws(SwitchyardError) {
        guard otherHost(of: account) != nil else { return }
        throw SwitchyardError(.otherRegion, "redirect", data: .init(region: account.region))
    }

    /// Says where an account lives.
    ///
    /// Its tokens stay good: their client hears of the new region with its next refresh.
    ///
    /// - Throws: `invalidInput`, `accountNotFound`, `storageFailed`.
    package func setRegion(_ region: String, of id: AccountID) async throws(SwitchyardError) {
        try Self.check(region: region)
        try await store.setRegion(region, of: id)
    }

    static func check(region: String) throws(SwitchyardError) {
        guard regions.contains(region) else {
            throw SwitchyardError(.invalidInput, "a region is one of \(regions.joined(separator: ", "))")
        }
    }
}
