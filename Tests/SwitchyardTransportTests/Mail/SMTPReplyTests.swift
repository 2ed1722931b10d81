import NIOCore
import Testing

@testable import SwitchyardTransport

@Suite("Replies of a mail server")
struct SMTPReplyTests {
    private func replies(_ text: String) throws(SMTPFailure) -> [SMTPReply] {
        var (parser, buffer) = (SMTPReplyParser(), ByteBuffer(string: text))
        var replies: [SMTPReply] = []
        while let reply = try parser.next(from: &buffer) { replies.append(reply) }
        return replies
    }

    @Test(
        "A reply has one line or several",
        arguments: [
            ("220 mail.example.org ESMTP\r\n", 220, ["mail.example.org ESMTP"]), ("250\r\n", 250, [""]),
            ("250-mail\r\n250-AUTH PLAIN\r\n250 SMTPUTF8\r\n", 250, ["mail", "AUTH PLAIN", "SMTPUTF8"]),
            ("354 go\n", 354, ["go"]), ("250-\r\n250\r\n", 250, ["", ""]), ("554 \u{FC}\r\n", 554, ["\u{FC}"]),
        ]
    )
    func reads(text: String, code: Int, lines: [String]) throws {
        #expect(try replies(text) == [SMTPReply(code: code, lines: lines)])
    }

    @Test("A reply may come byte by byte, and two at once")
    func readsPieces() throws {
        var (parser, buffer) = (SMTPReplyParser(), ByteBuffer())
        var replies: [SMTPReply] = []
        for byte in "250-a\r\n250 b\r\n220 c\r\n".utf8 {
            buffer.writeInteger(byte)
            if let reply = try parser.next(from: &buffer) { replies.append(reply) }
        }

        #expect(replies.map(\.lines) == [["a", "b"], ["c"]])
        #expect(try self.replies("220 a\r\n250 b\r\n").count == 2)
    }

    @Test(
        "What is no reply is refused",
        arguments: [
            "hello\r\n", "22 x\r\n", "2200 x\r\n", "199 x\r\n", "600 x\r\n", "+20 x\r\n", "\r\n", "250-a\r\n251 b\r\n",
            "250_a\r\n", "HTTP/1.1 400 Bad Request\r\n",
        ]
    )
    func refuses(text: String) {
        #expect(throws: SMTPFailure.malformedReply) { try replies(text) }
    }

    @Test("A line without end and a reply without end are bounded")
    func isBounded() throws {
        let long = String(repeating: "a", count: SMTPReplyParser.maximumLineBytes - 6)
        #expect(try replies("250 \(long)\r\n").count == 1)
        #expect(throws: SMTPFailure.malformedReply) { try replies("250 \(long)aa\r\n") }
        #expect(throws: SMTPFailure.malformedReply) { try replies("250 " + String(repeating: "a", count: 3_000)) }
        let lines = String(repeating: "250-a\r\n", count: SMTPReplyParser.maximumLines)
        #expect(throws: SMTPFailure.malformedReply) { try replies(lines + "250 a\r\n") }
    }

    @Test("For the log a reply is one short line")
    func shortens() {
        let reply = SMTPReply(code: 550, lines: ["no\u{1B}[31m", String(repeating: "a", count: 1_000)])

        #expect(reply.shortText.hasPrefix("550 no [31m aaa"))
        #expect(reply.shortText.count == 204)
    }
}
