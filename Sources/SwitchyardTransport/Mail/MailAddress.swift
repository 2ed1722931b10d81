import SwitchyardCore

/// An e-mail address as it may stand in a command or a header: it can end neither.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    private let text: String

    /// Takes `local@domain` without quotes, comments or anything that has a meaning of its own in a header; nil for others.
    package init?(_ text: String) {
        guard let identifier = AccountIdentifier(email: text), identifier.canBeWrittenTo else { return nil }
        self.text = text
    }

    /// What is behind the `@`.
    var domain: String { String(text.split(separator: "@").last ?? "") }

    /// An address with other characters needs a server with SMTPUTF8 (RFC 6531).
    var isASCII: Bool { text.utf8.allSatisfy { $0 < 0x80 } }

    package var description: String { text }
}
