import CoolkitWire
package import Logging

/// How often passwords, codes and other credentials may be guessed at.
///
/// Each guess is counted before it is compared, and taken back when it was right, so that guesses made at once are all counted.
/// - Strangers share one allowance for each account, whether it exists or not, and one for each address.
/// - A client that the account knows (`KnownClients`) uses neither: it has an allowance of its own, which nobody outside its
///   network can use up, and other clients of that network have a smaller one between them.
/// - All known clients of an account, their neighbours and the holders of its tokens have a last allowance in common, so that
///   an account with many clients is guessed at no faster. None of them can use it up alone.
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
    private let byKnown: AttemptLimiter
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
        let perHour = Self.forgivenPerHour(perAccount)
        let third = max(perHour / 3, 1)
        byClient = AttemptLimiter(AttemptRate(burst: perAccount.burst, perHour: third), clock: clock)
        byNeighbour = AttemptLimiter(AttemptRate(burst: max(perAccount.burst / 2, 1), perHour: third), clock: clock)
        byKnown = AttemptLimiter(
            AttemptRate(burst: perAccount.burst * 2, perHour: max(perHour, third * 3)),
            clock: clock
        )
        byNetwork = AttemptLimiter(perAddress, clock: clock)
        self.credentials = CredentialLimits(credentials, log: log, clock: clock)
    }

    private static func forgivenPerHour(_ rate: AttemptRate) -> Int {
        Int(Duration.seconds(3_600).wholeMilliseconds / rate.interval.wholeMilliseconds)
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
            return try admitKnown(key, to: byClient, of: account, from: client.network)
        case .neighbour:
            return try admitKnown(account, to: byNeighbour, of: account, from: client.network)
        case .stranger:
            return try admitStranger(account, from: client.network)
        }
    }

    private func admitKnown(
        _ key: String,
        to limiter: AttemptLimiter,
        of account: String,
        from network: PeerNetwork
    ) throws(SwitchyardError) -> Attempt {
        guard limiter.admit(key) else { throw busy(.client, network) }
        guard byKnown.admit(account) else {
            limiter.forgive(key)
            throw busy(.client, network)
        }
        return Attempt(charges: [(limiter, key), (byKnown, account)], isFirst: true)
    }

    private func admitStranger(_ account: String, from network: PeerNetwork) throws(SwitchyardError) -> Attempt {
        guard byNetwork.admit(network.description) else { throw busy(.address, network) }
        guard byAccount.admit(account) else {
            byNetwork.forgive(network.description)
            throw busy(.account, network)
        }
        return Attempt(charges: [(byNetwork, network.description), (byAccount, account)], isFirst: false)
    }

    /// Lets through a guess of somebody who holds a token of the account; no client is held up for it.
    func admit(
        _ secret: Secret,
        ofHolder identifier: AccountIdentifier,
        from network: PeerNetwork
    ) throws(SwitchyardError) -> Attempt {
        let account = "\(secret.rawValue) \(identifier)"
        return try admitKnown("\(account) holder", to: byClient, of: account, from: network)
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
