package import SwitchyardTransport

extension ServerConfiguration {
    /// The mail server that verification codes are sent through.
    ///
    /// Without one they wait for the operator in the outbox. Source: `coolkit-v1-http.md` §2.2 (what the codes are for).
    package struct Mail: Hashable, Sendable {
        /// Nil, the default: no e-mail is sent.
        package var host: String?
        /// Default 587.
        package var port = 587
        /// Default `starttls`; `none` for a server on this machine alone.
        package var security = MailSecurity.starttls
        /// Who logs in there; nil, the default, does not.
        package var user: String?
        /// The file with the user's password.
        package var passwordFile: String?
        /// The sender of all messages; needed with a host.
        package var from: String?
        /// PEM file of those who sign the server's certificate; nil, the default: those the system trusts.
        package var authorityFile: String?
        /// For the connection, and for each answer; 100 milliseconds to 2 minutes, default 10 seconds.
        package var timeout = Duration.seconds(10)

        /// All defaults.
        package init() {}

        /// The longest password file that is read.
        static let maximumPasswordBytes = 4_096
    }
}
