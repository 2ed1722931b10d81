package import Logging
package import SwitchyardCore

/// What a server takes from the world around it.
///
/// A test brings its own clocks and cheap passwords.
package struct ServerEnvironment: Sendable {
    package var wallClock = WallClock.system
    package var clock = MonotonicClock.system
    /// What slow downloads wait by.
    package var pauses: any Clock<Duration> & Sendable = ContinuousClock()
    /// The cost of password hashes; anything but the standard is for tests.
    package var passwordCost = PasswordHasher.Cost.standard
    package var logger: Logger

    package init(logger: Logger) { self.logger = logger }
}
