package import Logging
package import SwitchyardCore

/// What a server takes from the world around it.
///
/// A test brings its own clocks and cheap passwords.
package struct ServerEnvironment: Sendable {
    package var wallClock = WallClock.system
    package var clock = MonotonicClock.system
    /// What bridges jumps of `wallClock`.
    package var elapsed = MonotonicClock.sinceBoot
    /// What slow downloads wait by.
    package var pauses: any Clock<Duration> & Sendable = ContinuousClock()
    /// The cost of password hashes; anything but the standard is for tests.
    package var passwordCost = PasswordHasher.Cost.standard
    /// Hears each statement of the database, without its values: for tests that compare what requests cost.
    package var statementWatch: (@Sendable (String) -> Void)?
    package var logger: Logger
    /// What `/metrics` tells.
    package var metrics: MetricsRegistry

    package init(logger: Logger, metrics: MetricsRegistry = MetricsRegistry()) {
        self.logger = logger
        self.metrics = metrics
    }
}
