import Foundation
import Logging
import NIOPosix
import SwitchyardCore
import SwitchyardTransport

extension ServerConfiguration.Mail {
    /// What sends verification codes by e-mail; nil when nothing does.
    ///
    /// Throws `invalidInput` when the password or the authorities cannot be read.
    func delivery(
        group: MultiThreadedEventLoopGroup,
        clock: WallClock,
        logger: Logger
    ) throws(SwitchyardError) -> (any CodeDelivery)? {
        guard let host, let from = from.flatMap({ MailAddress($0) }) else { return nil }
        let server = SMTPClient.Server(
            host: host,
            port: port,
            security: security,
            credentials: try credentials(),
            authorityFile: authorityFile,
            timeout: timeout
        )
        do {
            let client = try SMTPClient(server, group: group)
            return MailCodeDelivery(client: client, from: from, clock: clock, logger: logger)
        } catch {
            throw SwitchyardError(
                .invalidInput,
                "mail.authorityFile cannot be used: \(authorityFile ?? "none")",
                underlying: error
            )
        }
    }

    private func credentials() throws(SwitchyardError) -> SMTPCredentials? {
        guard let user, let passwordFile else { return nil }
        guard let data = FileManager.default.contents(atPath: passwordFile), data.count <= Self.maximumPasswordBytes,
            var password = String(validating: data, as: UTF8.self)
        else {
            throw SwitchyardError(.invalidInput, "mail.passwordFile cannot be read as text: \(passwordFile)")
        }
        if password.last?.isNewline == true { password.removeLast() }
        guard !password.isEmpty, !password.utf8.contains(0) else {
            throw SwitchyardError(.invalidInput, "mail.passwordFile holds no password: \(passwordFile)")
        }
        return SMTPCredentials(user: user, password: password)
    }
}
