import CoolkitWire
package import Logging

/// How often passwords, codes and other credentials may be guessed at.
///
/// Each guess is counted before it is compared, and taken back when it was right, so that guesses made at once are all counted.
/// - Strangers share one allowance for each account, whether it exists or not, and one for each address.
/// - A client that the account knows (`KnownClients`) uses neither: it has an allowance of its own, which nobody outside its
///   network can use up, and other clients of that network have a smaller one between them.
///
/// The counters are in memory: whoever can restart the server has no need to guess.
package struct LoginLimits: Sendable {
    /// What is guessed.
    enum Secret: String, Sendable {
        case password
        case code
    }

    /// A guess that was let through.
    struct Attempt: Sendable {
        fileprivate var charges: [(limiter: AttemptLimiter, key: String)]
        /// Whether the guesses of strangers have to wait for it.
        let isFirst: Bool
    }

    private let byAccount: AttemptLimiter
    private let byClient: AttemptLimiter
    private let byNeighbour: AttemptLimiter
    private let byNetwork: AttemptLimiter
    /// Wrong signatures, unknown tokens and codes of authorization.
    package let credentials: CredentialLimits
    let log: RefusalLog

    /// - Parameters:
    ///   - perAccount: wrong guesses of strangers about one account.
    ///   - perAddress: wrong guesses of strangers from one address.
    ///   - credentials: what `CredentialLimits` allows from one address.
    package init(
        perAccount: AttemptRate,
        perAddress: AttemptRate,
        credentials: AttemptRate,
        clock: MonotonicClock,
        logger: Logger
    ) {
        log = RefusalLog(logger: logger, clock: clock)
        byAccount = AttemptLimiter(perAccount, clock: clock)
        byClient = AttemptLimiter(Self.ofClients(perAccount, share: 1), clock: clock)
        byNeighbour = AttemptLimiter(Self.ofClients(perAccount, share: 2), clock: clock)
        byNetwork = AttemptLimiter(perAddress, clock: clock)
        self.credentials = CredentialLimits(credentials, log: log, clock: clock)
    }

    /// As many at once as strangers have, or half of it; then a third as many.
    private static func ofClients(_ rate: AttemptRate, share: Int) -> AttemptRate {
        let perHour = Int(Duration.seconds(3_600).wholeMilliseconds / rate.interval.wholeMilliseconds)
        return AttemptRate(burst: max(rate.burst / share, 1), perHour: max(perHour / 3, 1))
    }

    /// Lets a guess through, and counts it.
    ///
    /// - Throws: `busy` when there were too many; it is the same for a name that is nobody's.
    func admit(
        _ secret: Secret,
        of identifier: AccountIdentifier,
        by client: KnownClients.Client,
        standing: KnownClients.Standing
    ) throws(SwitchyardError) -> Attempt {
        let account = "\(secret.rawValue) \(identifier)"
        switch standing {
        case .client:
            let key = "\(account) \(client.network) \(client.appID) \(client.os ?? "") \(client.model ?? "")"
            return try admit(key, to: byClient, from: client.network)
        case .neighbour:
            return try admit("\(account) \(client.network)", to: byNeighbour, from: client.network)
        case .stranger:
            return try admitStranger(account, from: client.network)
        }
    }

    private func admit(
        _ key: String,
        to limiter: AttemptLimiter,
        from network: PeerNetwork
    ) throws(SwitchyardError) -> Attempt {
        guard limiter.admit(key) else { throw busy(.client, network) }
        return Attempt(charges: [(limiter, key)], isFirst: true)
    }

    private func admitStranger(_ account: String, from network: PeerNetwork) throws(SwitchyardError) -> Attempt {
        guard byNetwork.admit(network.description) else { throw busy(.address, network) }
        guard byAccount.admit(account) else {
            byNetwork.forgive(network.description)
            throw busy(.account, network)
        }
        return Attempt(charges: [(byNetwork, network.description), (byAccount, account)], isFirst: false)
    }

    /// Lets through a guess of somebody who holds a token of the account; it uses up nobody else's allowance.
    func admit(
        _ secret: Secret,
        ofHolder account: AccountID,
        from network: PeerNetwork
    ) throws(SwitchyardError) -> Attempt {
        try admit("\(secret.rawValue) of holder \(account)", to: byClient, from: network)
    }

    /// Takes a guess back: it was right, or it was never compared.
    func forgive(_ attempt: Attempt) {
        for charge in attempt.charges { charge.limiter.forgive(charge.key) }
    }

    private func busy(_ reason: RefusalLog.Reason, _ network: PeerNetwork) -> SwitchyardError {
        log.refused(reason, from: network)
        return SwitchyardError(.busy, "too many failed attempts, try again in a few minutes")
    }
}
