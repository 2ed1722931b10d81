package import CoolkitWire

/// Verification codes, and what counts against their limits.
package protocol VerificationStore: Sendable {
    /// Puts a code in the place of an older one of the same address and purpose, and counts it; does nothing
    /// when the limits allow for none at the code's time.
    func enterCode(
        _ code: VerificationCode,
        from network: PeerNetwork,
        within limits: VerificationLimits
    ) async throws(SwitchyardError) -> CodeEntry
    /// Whether the claim holds at `time`; one that does not is counted against the code.
    func checkCode(_ claim: CodeClaim, at time: UnixTime) async throws(SwitchyardError) -> Bool
    /// Makes an account and uses the code up. Throws `codeWrong` when the claim does not hold (any more), and what
    /// `createAccount` throws; then neither happened.
    func createAccount(
        _ account: Account,
        passwordHash: String,
        redeeming claim: CodeClaim,
        at time: UnixTime
    ) async throws(SwitchyardError)
    /// Sets a new password, drops all tokens and uses the code up. Throws `codeWrong`, and what `setPasswordHash` throws; then
    /// nothing happened.
    func setPasswordHash(
        _ hash: String,
        of id: AccountID,
        redeeming claim: CodeClaim,
        at time: UnixTime
    ) async throws(SwitchyardError) -> [TokenHash]
    /// Drops codes and counts from before `time`.
    func removeCodes(before time: UnixTime) async throws(SwitchyardError)
}

/// Messages that the operator passes on.
package protocol OutboxStore: Sendable {
    /// Adds a message, and drops those from before `time` and all but the newest `count`.
    func addToOutbox(
        _ message: OutboxMessage,
        keeping count: Int,
        since time: UnixTime
    ) async throws(SwitchyardError)
    /// The messages since `time`, newest first.
    func outbox(since time: UnixTime) async throws(SwitchyardError) -> [OutboxMessage]
    func removeFromOutbox(before time: UnixTime) async throws(SwitchyardError)
    func clearOutbox() async throws(SwitchyardError)
}
