import CoolkitWire

/// How often an address may bring a signature, token or code of authorization that is wrong.
///
/// These are secrets of the machine's own making, beyond guessing; an application's secret alone is chosen by its operator. So
/// what is right is never held up for what others behind its address have got wrong: who is held up hears `busy` for what is
/// wrong, and for a right signature as long as nothing beside it shows whom it is of.
package struct CredentialLimits: Sendable {
    private let limiter: AttemptLimiter
    private let log: RefusalLog

    init(_ rate: AttemptRate, log: RefusalLog, clock: MonotonicClock) {
        limiter = AttemptLimiter(rate, clock: clock)
        self.log = log
    }

    /// Whether signatures from there are not compared any more.
    package func holdsUp(_ address: String) -> Bool { limiter.isBlocked(Self.key(address)) }

    /// Counts something wrong; gives what its sender hears: `error`, or `busy` after too many.
    package func count(_ error: SwitchyardError, from address: String) -> SwitchyardError {
        limiter.admit(Self.key(address)) ? error : busy(address)
    }

    /// What somebody who is held up hears.
    package func busy(_ address: String) -> SwitchyardError {
        log.refused(.credential, from: PeerNetwork(of: address))
        return SwitchyardError(.busy, "too many wrong credentials, try again in a few minutes")
    }

    private static func key(_ address: String) -> String { PeerNetwork(of: address).description }
}
