/// What went wrong on the side of a simulated device or app.
package struct SimulatorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: Sendable, Hashable, CaseIterable {
        /// An address, a plan or a file cannot be used.
        case invalidInput
        /// No connection could be made, or TLS failed.
        case connectionFailed
        /// The server answered the upgrade request with something other than a WebSocket.
        case upgradeRefused
        /// The connection ended while it was needed.
        case connectionClosed
        /// The awaited thing did not happen within its limit.
        case timedOut
        /// The server's answer is not what the protocol promises.
        case unexpectedAnswer
        /// The server answered with an `error` number.
        case refused
        /// More has arrived than anybody has read.
        case overflow
    }

    package let code: Code
    /// What happened, for people; it names the address or message concerned, never a password or key.
    package let message: String
    /// The `error` number of the server's answer, or the HTTP status of a refused upgrade.
    package let number: Int?

    package init(_ code: Code, _ message: String, number: Int? = nil) {
        self.code = code
        self.message = message
        self.number = number
    }

    package var description: String { message }
}
