import SwitchyardCore
import SwitchyardTransport

extension ConfigurationField {
    /// Where accounts live that do not live here.
    static let regionFields: [ConfigurationField] = AccountService.regions.map { region in
        optional(
            "regions.\(region)",
            \.protocolSettings.regionHosts[region],
            form: "a host name",
            "The server of this region; accounts that live there are sent to it with error 301. The own region's is not used.",
            parse: { ListenAddress.isHostName($0) ? $0 : nil }
        )
    }

    /// The mail server that verification codes are sent through.
    static let mailFields: [ConfigurationField] = [
        optional(
            "mail.host",
            \.mail.host,
            form: "a host name or address",
            "The mail server. Without one, verification codes wait in `switchyard outbox list` for the operator.",
            parse: { ListenAddress.isHostName($0) || NumericAddress($0) != nil ? $0 : nil }
        ),
        integer("mail.port", \.mail.port, 1...65_535, "Its port."),
        choice(
            "mail.security",
            \.mail.security,
            "`starttls`: TLS begun by command, and insisted on; `tls`: from the first byte; `none`: on this machine only."
        ),
        optional("mail.user", \.mail.user, form: "a user name", "Who logs in there.", parse: text(_:)),
        optional(
            "mail.passwordFile",
            \.mail.passwordFile,
            form: "a file",
            "The file with that user's password; one newline at its end is dropped.",
            parse: text(_:)
        ),
        optional(
            "mail.from",
            \.mail.from,
            form: "an e-mail address",
            "The sender of all messages; needed with a host.",
            parse: { MailAddress($0)?.description }
        ),
        optional(
            "mail.authorityFile",
            \.mail.authorityFile,
            form: "a PEM file",
            "Those who sign the server's certificate. `none`: those the system trusts.",
            parse: text(_:)
        ),
        duration(
            "mail.timeout",
            \.mail.timeout,
            .milliseconds(100) ... .seconds(120),
            "How long the connection, and then each answer, may take."
        ),
    ]

    /// A text that may be absent: `none`.
    private static func optional(
        _ key: String,
        _ path: any Path<String?>,
        form: String,
        _ summary: String,
        parse: @escaping @Sendable (String) -> String?
    ) -> ConfigurationField {
        single(
            key,
            path,
            form: "`none`, or \(form)",
            summary,
            parse: { text -> String?? in text == "none" ? .some(nil) : parse(text).map { .some($0) } },
            print: { .text($0 ?? "none") }
        )
    }

    private static func text(_ text: String) -> String? { text.isEmpty ? nil : text }
}
