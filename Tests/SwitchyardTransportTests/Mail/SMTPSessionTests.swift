import CoolkitWire
import Foundation
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite("A conversation with a mail server")
struct SMTPSessionTests {
    private static let credentials = SMTPCredentials(user: "switchyard", password: "pässword")

    private func session(
        to: String = "ann@example.org",
        credentials: SMTPCredentials? = nil,
        needsSTARTTLS: Bool = false
    ) throws -> SMTPSession {
        SMTPSession(
            message: MailMessage(
                from: try #require(MailAddress("no-reply@example.net")),
                to: try #require(MailAddress(to)),
                subject: "code",
                text: "text",
                date: UnixTime(seconds: 0),
                identifier: "1"
            ),
            credentials: credentials,
            needsSTARTTLS: needsSTARTTLS,
            clientName: "[127.0.0.1]"
        )
    }

    /// What is done at each reply.
    private func actions(_ session: SMTPSession, _ replies: [(Int, [String])]) -> [SMTPSession.Action] {
        var session = session
        return replies.map { code, lines in
            let action = session.receive(SMTPReply(code: code, lines: lines))
            return action == .startTLS ? session.tlsStarted() : action
        }
    }

    @Test("A message is handed over in six steps")
    func plain() throws {
        let replies = [
            (220, ["hello"]), (250, ["mail", "8BITMIME"]), (250, [""]), (251, [""]), (354, [""]), (250, ["queued"]),
        ]

        let actions = actions(try session(), replies)

        let commands = ["EHLO [127.0.0.1]", "MAIL FROM:<no-reply@example.net>", "RCPT TO:<ann@example.org>", "DATA"]
        #expect(Array(actions.prefix(4)) == commands.map { .send($0 + "\r\n") })
        guard case .send(let message) = actions[4] else { throw SMTPFailure.malformedReply }
        #expect(message.hasPrefix("Date: ") && message.hasSuffix("\r\n.\r\n"))
        #expect(actions[5] == .accepted)
    }

    @Test("STARTTLS comes before anything else is said, and what was offered before it does not count")
    func startsTLS() throws {
        let actions = actions(
            try session(credentials: Self.credentials, needsSTARTTLS: true),
            [(220, [""]), (250, ["mail", "starttls", "AUTH PLAIN"]), (220, ["go"]), (250, ["mail"])]
        )

        #expect(actions[1] == .send("STARTTLS\r\n"))
        #expect(actions[2] == .send("EHLO [127.0.0.1]\r\n"))
        #expect(actions[3] == .failed(.notOffered("AUTH PLAIN or LOGIN")))
    }

    @Test("A server without STARTTLS is not spoken to where it is asked for")
    func insistsOnTLS() throws {
        let actions = actions(
            try session(credentials: Self.credentials, needsSTARTTLS: true),
            [(220, [""]), (250, ["mail", "AUTH PLAIN"])]
        )

        #expect(actions[1] == .failed(.notOffered("STARTTLS")))
    }

    @Test("AUTH PLAIN carries user and password in one line")
    func authPlain() throws {
        let actions = actions(
            try session(credentials: Self.credentials),
            [(220, [""]), (250, ["mail", "AUTH LOGIN PLAIN"]), (235, [""])]
        )

        let response = Data("\0switchyard\0pässword".utf8).base64EncodedString()
        #expect(actions[1] == .send("AUTH PLAIN \(response)\r\n"))
        #expect(actions[2] == .send("MAIL FROM:<no-reply@example.net>\r\n"))
    }

    @Test("AUTH LOGIN tells them one after the other")
    func authLogin() throws {
        let actions = actions(
            try session(credentials: Self.credentials),
            [
                (220, [""]), (250, ["mail", "AUTH CRAM-MD5 LOGIN"]), (334, ["VXNlcm5hbWU6"]), (334, ["UGFzc3dvcmQ6"]),
                (235, [""]),
            ]
        )

        let answers = ["AUTH LOGIN", "c3dpdGNoeWFyZA==", Data("pässword".utf8).base64EncodedString()]
        #expect(Array(actions[1...3]) == answers.map { .send($0 + "\r\n") })
        #expect(actions[4] == .send("MAIL FROM:<no-reply@example.net>\r\n"))
    }

    @Test("An address beyond ASCII needs SMTPUTF8")
    func internationalAddress() throws {
        let session = try session(to: "zoë@exämple.org")

        let offered = actions(session, [(220, [""]), (250, ["mail", "SMTPUTF8"]), (250, [""])])
        let refused = actions(session, [(220, [""]), (250, ["mail"])])

        #expect(offered[1] == .send("MAIL FROM:<no-reply@example.net> SMTPUTF8\r\n"))
        #expect(offered[2] == .send("RCPT TO:<zoë@exämple.org>\r\n"))
        #expect(refused[1] == .failed(.notOffered("SMTPUTF8")))
    }

    @Test(
        "Wherever the server says no, or what it must not say, that is the end",
        arguments: 0..<6,
        [220, 250, 334, 421, 450, 535, 550]
    )
    func refusals(step: Int, code: Int) throws {
        let good = [(220, [""]), (250, ["mail"]), (250, [""]), (250, [""]), (354, [""]), (250, [""])]
        guard code != good[step].0 else { return }
        let bad = SMTPReply(code: code, lines: ["no"])

        let last = try #require(actions(try session(), good.prefix(step) + [(code, ["no"])]).last)

        let names = ["the connection", "EHLO", "MAIL", "RCPT", "DATA", "the message"]
        #expect(last == .failed(.refused(step: names[step], bad)))
    }

    @Test("A refused log-in is the end")
    func refusedLogin() throws {
        let actions = actions(
            try session(credentials: Self.credentials),
            [(220, [""]), (250, ["mail", "AUTH PLAIN"]), (535, ["no"])]
        )

        #expect(actions[2] == .failed(.refused(step: "AUTH", SMTPReply(code: 535, lines: ["no"]))))
    }

    @Test("A dot that begins a line is doubled")
    func stuffing() {
        #expect(SMTPSession.stuffed(".\r\na\r\n..b\r\n.\u{301}c\r\n") == "..\r\na\r\n...b\r\n..\u{301}c\r\n")
    }
}
