import Logging
import SwitchyardCore

extension LoginLimits {
    /// The limits that the operator has set.
    init(_ limits: ServerConfiguration.Limits, clock: MonotonicClock, logger: Logger) {
        self.init(
            perAccount: AttemptRate(
                burst: limits.failedLoginsPerAccount,
                perHour: limits.failedLoginsPerAccountAndHour
            ),
            perAddress: AttemptRate(
                burst: limits.failedLoginsPerAddress,
                perHour: limits.failedLoginsPerAddressAndHour
            ),
            credentials: AttemptRate(
                burst: limits.failedCredentialsPerAddress,
                perHour: limits.failedCredentialsPerAddressAndHour
            ),
            clock: clock,
            logger: logger
        )
    }
}
