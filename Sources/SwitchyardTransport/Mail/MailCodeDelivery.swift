package import Logging
package import SwitchyardCore

/// Sends verification codes by e-mail.
package struct MailCodeDelivery: CodeDelivery {
    private let client: SMTPClient
    private let from: MailAddress
    private let clock: WallClock
    private let logger: Logger

    package init(client: SMTPClient, from: MailAddress, clock: WallClock, logger: Logger) {
        self.client = client
        self.from = from
        self.clock = clock
        self.logger = logger
    }

    /// The log says why, for the operator; the peer hears that it failed.
    package func deliver(_ message: VerificationMessage) async throws(SwitchyardError) {
        guard let to = MailAddress(message.destination.description) else {
            throw SwitchyardError(.sendingFailed, "the verification code could not be sent")
        }
        let mail = MailMessage(from: from, to: to, subject: message.subject, text: message.text, date: clock.now)
        do {
            try await client.send(mail)
        } catch {
            logger.warning("A verification code could not be sent by e-mail", metadata: ["reason": "\(error)"])
            throw SwitchyardError(.sendingFailed, "the verification code could not be sent", underlying: error)
        }
    }
}
