package import CoolkitWire
import Foundation
import SwitchyardCore

/// An e-mail of one text part to one addressee, as RFC 5322 and MIME have it.
package struct MailMessage: Sendable {
    package let from: MailAddress
    package let to: MailAddress
    let subject: String
    /// Lines separated by line feeds.
    let text: String
    let date: UnixTime
    /// What stands before the `@` of the Message-ID.
    let identifier: String

    package init(
        from: MailAddress,
        to: MailAddress,
        subject: String,
        text: String,
        date: UnixTime,
        identifier: String = RandomText.hex(bytes: 16)
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.date = date
        self.identifier = identifier
    }

    /// The message from its first header to the end of its last line, lines ended by CRLF.
    ///
    /// The body is base64, so that neither long lines nor other characters matter on the way.
    var content: String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        let body = Data(lines.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn])
        let headers = [
            "Date: \(date.internetMessageDate)",
            "From: <\(from)>",
            "To: <\(to)>",
            "Subject: \(EncodedWord.encode(subject))",
            "Message-ID: <\(identifier)@\(from.domain)>",
            "MIME-Version: 1.0",
            "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
        ]
        return headers.joined(separator: "\r\n") + "\r\n\r\n"
            + body.split(whereSeparator: \.isNewline).map { $0 + "\r\n" }.joined()
    }
}

/// Text of a header in other characters than ASCII.
///
/// Source: RFC 2047.
enum EncodedWord {
    /// Bytes of text in one word: with its frame it has at most 75 characters.
    private static let bytesPerWord = 45

    /// The text as it is if it is printable ASCII, else as encoded words, each on a line of its own; never with a line end that
    /// is not a fold.
    static func encode(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) || text.contains("=?") else { return text }
        var words: [[UInt8]] = [[]]
        for character in text {
            let bytes = Array(character.utf8)
            if words[words.count - 1].count + bytes.count > bytesPerWord { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?UTF-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }
}

extension UnixTime {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    /// The date of a header, as `Fri, 27 Nov 2026 09:08:37 +0000`.
    ///
    /// Source: RFC 5322 §3.3.
    var internetMessageDate: String {
        let parts = iso8601.split(whereSeparator: { "-T:.".contains($0) })
        let days = (seconds - (seconds % 86_400 + 86_400) % 86_400) / 86_400
        let weekday = Self.weekdays[Int((days % 7 + 7) % 7)]
        let month = Self.months[(Int(parts[1]) ?? 1) - 1]
        return "\(weekday), \(parts[2]) \(month) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5].prefix(2)) +0000"
    }
}
