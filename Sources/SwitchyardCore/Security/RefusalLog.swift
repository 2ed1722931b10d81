package import Logging
import Metrics

/// Counts the guesses that were held up, and tells of them without writing a line for each.
package struct RefusalLog: Sendable {
    /// What held a guess up.
    package enum Reason: String, Sendable, CaseIterable {
        /// Too many wrong guesses about an account.
        case account
        /// The same from a client of the account.
        case client
        /// Too many wrong guesses from an address.
        case address
        /// Too many wrong signatures, tokens or codes of authorization from an address.
        case credential
        /// Too many passwords wait to be checked.
        case queue
    }

    /// Lines of one reason within a minute.
    private static let linesPerMinute = 3

    private let logger: Logger
    private let lines: AttemptLimiter
    private let counters: [Reason: Counter]
    private let checks: [Bool: Counter]

    package init(logger: Logger, clock: MonotonicClock) {
        self.logger = logger
        lines = AttemptLimiter(limit: Self.linesPerMinute, per: .seconds(60), capacity: 16, clock: clock)
        counters = Dictionary(
            uniqueKeysWithValues: Reason.allCases.map { reason in
                (reason, Counter(label: "switchyard_guesses_refused_total", dimensions: [("reason", reason.rawValue)]))
            }
        )
        checks = Dictionary(
            uniqueKeysWithValues: [true, false].map { isRight in
                let result = isRight ? "right" : "wrong"
                return (isRight, Counter(label: "switchyard_password_checks_total", dimensions: [("result", result)]))
            }
        )
    }

    /// A password was compared, be it with that of an account or with nobody's.
    func passwordChecked(isRight: Bool) { checks[isRight]?.increment() }

    /// Neither the account nor what was guessed is written: who reads the log shall learn of an attack, not of its victims.
    package func refused(_ reason: Reason, from network: PeerNetwork) {
        counters[reason]?.increment()
        guard lines.admit(reason.rawValue) else { return }
        logger.warning(
            "Guesses are refused: there were too many",
            metadata: ["limit": "\(reason.rawValue)", "address": "\(network)"]
        )
    }
}
