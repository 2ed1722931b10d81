package import CoolkitWire

/// Authorization codes, by hash.
package protocol AuthorizationCodeStore: Sendable {
    /// Stores a code of an account whose password hash is still `passwordHash`, and keeps its newest `limit` codes. Throws
    /// `wrongPassword` when another password was set meanwhile, `notFound` when the application does not exist.
    func createAuthorizationCode(
        _ code: AuthorizationCode,
        checkedAgainst passwordHash: String,
        keeping limit: Int
    ) async throws(SwitchyardError)
    func authorizationCode(_ hash: TokenHash) async throws(SwitchyardError) -> AuthorizationCode?
    /// Stores a pair as a log-in does, and notes in the same transaction that the code was traded for it. Throws `notFound`
    /// when there is no such code or it was traded before; then neither happened.
    func issueTokens(
        _ record: TokenRecord,
        trading code: TokenHash,
        ending scope: SingleLoginScope,
        limit: Int
    ) async throws(SwitchyardError) -> [TokenHash]
    /// Deletes all pairs and codes of an account under one application. Returns the access hashes that died.
    func revokeTokens(of id: AccountID, under appID: AppID) async throws(SwitchyardError) -> [TokenHash]
    /// Drops codes from before `time`.
    func removeAuthorizationCodes(before time: UnixTime) async throws(SwitchyardError)
}
