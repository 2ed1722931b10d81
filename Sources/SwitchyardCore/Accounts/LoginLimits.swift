/// How many failed log-ins an account and an address may have per minute.
package struct LoginLimits: Sendable {
    private let byAccount: AttemptLimiter
    private let byAddress: AttemptLimiter

    package init(perAccount: Int, perAddress: Int, clock: MonotonicClock) {
        byAccount = AttemptLimiter(limit: perAccount, per: .seconds(60), clock: clock)
        byAddress = AttemptLimiter(limit: perAddress, per: .seconds(60), clock: clock)
    }

    /// Throws `busy` when there were too many failures.
    func check(_ identifier: AccountIdentifier, from address: String) throws(SwitchyardError) {
        if byAccount.isBlocked(identifier.description) || byAddress.isBlocked(address) {
            throw SwitchyardError(.busy, "too many failed log-ins, try again in a minute")
        }
    }

    func countFailure(_ identifier: AccountIdentifier, from address: String) {
        byAccount.countFailure(of: identifier.description)
        byAddress.countFailure(of: address)
    }
}
