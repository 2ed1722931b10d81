import Foundation

/// Log-in data of a mail server.
package struct SMTPCredentials: Hashable, Sendable {
    let user: String
    let password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}

/// The client's side of handing one message to a mail server: a reply comes in, what to do comes out.
///
/// It does no I/O. Source: RFC 5321 (SMTP), 3207 (STARTTLS), 4954 (AUTH), 6531 (SMTPUTF8).
struct SMTPSession {
    /// What to do next.
    enum Action: Hashable {
        /// Send these bytes and wait for the next reply.
        case send(String)
        /// Begin TLS; then call `tlsStarted()`.
        case startTLS
        /// The server has taken the message.
        case accepted
        case failed(SMTPFailure)
    }

    private enum Step: String {
        case greeting = "the connection"
        case hello = "EHLO"
        case startTLS = "STARTTLS"
        case authentication = "AUTH"
        case loginUser = "AUTH LOGIN"
        case loginPassword = "AUTH LOGIN, the password"
        case sender = "MAIL"
        case recipient = "RCPT"
        case data = "DATA"
        case message = "the message"
    }

    private let message: MailMessage
    private let credentials: SMTPCredentials?
    /// TLS has to be begun by command, and nothing but EHLO goes out before.
    private var needsSTARTTLS: Bool
    /// What EHLO calls this client: its address, in brackets.
    private let clientName: String
    private var step = Step.greeting
    private var extensions: [String: String] = [:]

    init(message: MailMessage, credentials: SMTPCredentials?, needsSTARTTLS: Bool, clientName: String) {
        self.message = message
        self.credentials = credentials
        self.needsSTARTTLS = needsSTARTTLS
        self.clientName = clientName
    }

    /// What is being waited for, for messages.
    var stepName: String { step.rawValue }

    /// Takes a reply.
    mutating func receive(_ reply: SMTPReply) -> Action {
        switch (step, reply.code) {
        case (.greeting, 220): return hello()
        case (.hello, 250): return afterHello(reply)
        case (.startTLS, 220): return .startTLS
        case (.authentication, 235), (.loginPassword, 235): return sender()
        case (.loginUser, 334): return go(to: .loginPassword, Self.base64(credentials?.password ?? ""))
        case (.authentication, 334) where isLogin: return go(to: .loginUser, Self.base64(credentials?.user ?? ""))
        case (.sender, 250): return go(to: .recipient, "RCPT TO:<\(message.to)>")
        case (.recipient, 250), (.recipient, 251): return go(to: .data, "DATA")
        case (.data, 354):
            step = .message
            return .send(Self.stuffed(message.content) + ".\r\n")
        case (.message, 250): return .accepted
        default: return .failed(.refused(step: stepName, reply))
        }
    }

    /// TLS has begun by command: what was learned before does not count.
    mutating func tlsStarted() -> Action {
        needsSTARTTLS = false
        extensions = [:]
        return hello()
    }

    private mutating func go(to next: Step, _ command: String) -> Action {
        step = next
        return .send(command + "\r\n")
    }

    private mutating func hello() -> Action { go(to: .hello, "EHLO \(clientName)") }

    private mutating func afterHello(_ reply: SMTPReply) -> Action {
        for line in reply.lines.dropFirst() {
            let words = line.split(separator: " ", maxSplits: 1)
            guard let keyword = words.first else { continue }
            extensions[keyword.uppercased()] = words.count > 1 ? words[1].uppercased() : ""
        }
        guard needsSTARTTLS else { return credentials == nil ? sender() : authentication() }
        guard extensions["STARTTLS"] != nil else { return .failed(.notOffered("STARTTLS")) }
        return go(to: .startTLS, "STARTTLS")
    }

    private var mechanisms: [Substring] { extensions["AUTH"]?.split(separator: " ") ?? [] }

    private var isLogin: Bool { !mechanisms.contains("PLAIN") }

    private mutating func authentication() -> Action {
        guard let credentials else { return sender() }
        if mechanisms.contains("PLAIN") {
            let response = Self.base64("\0\(credentials.user)\0\(credentials.password)")
            return go(to: .authentication, "AUTH PLAIN \(response)")
        }
        guard mechanisms.contains("LOGIN") else { return .failed(.notOffered("AUTH PLAIN or LOGIN")) }
        return go(to: .authentication, "AUTH LOGIN")
    }

    private mutating func sender() -> Action {
        guard !message.from.isASCII || !message.to.isASCII else {
            return go(to: .sender, "MAIL FROM:<\(message.from)>")
        }
        guard extensions["SMTPUTF8"] != nil else { return .failed(.notOffered("SMTPUTF8")) }
        return go(to: .sender, "MAIL FROM:<\(message.from)> SMTPUTF8")
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// Doubles the dot that begins a line: one alone would end the message.
    ///
    /// Source: RFC 5321 §4.5.2.
    static func stuffed(_ content: String) -> String {
        content.components(separatedBy: "\r\n")
            .map { $0.utf8.first == UInt8(ascii: ".") ? "." + $0 : $0 }
            .joined(separator: "\r\n")
    }
}
