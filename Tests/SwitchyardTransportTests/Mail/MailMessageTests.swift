import CoolkitWire
import Foundation
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite("E-mail messages")
struct MailMessageTests {
    private func message(to: String = "ann@example.org", subject: String, text: String) throws -> MailMessage {
        MailMessage(
            from: try #require(MailAddress("no-reply@example.net")),
            to: try #require(MailAddress(to)),
            subject: subject,
            text: text,
            date: UnixTime(seconds: 1_700_000_000),
            identifier: "1234"
        )
    }

    @Test("A message has its headers, and its text as base64 in short lines")
    func content() throws {
        let text = "Your code is 123456.\n\n" + String(repeating: "x", count: 100) + "\n"

        let content = try message(subject: "Your code", text: text).content

        let parts = content.components(separatedBy: "\r\n\r\n")
        #expect(
            parts[0].components(separatedBy: "\r\n") == [
                "Date: Tue, 14 Nov 2023 22:13:20 +0000", "From: <no-reply@example.net>", "To: <ann@example.org>",
                "Subject: Your code", "Message-ID: <1234@example.net>", "MIME-Version: 1.0",
                "Auto-Submitted: auto-generated", "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: base64",
            ]
        )
        let lines = parts[1].components(separatedBy: "\r\n")
        #expect(lines.last == "" && lines.dropLast().allSatisfy { (1...76).contains($0.utf8.count) })
        let decoded = try #require(Data(base64Encoded: lines.joined()))
        #expect(String(decoding: decoded, as: UTF8.self) == text.replacing("\n", with: "\r\n"))
    }

    @Test(
        "A subject in other characters is encoded words of at most 75 characters, none of which is cut",
        arguments: [
            "您的验证码", String(repeating: "验证码", count: 30), "é\u{301}\u{302} x", "=?UTF-8?B?x?=", "a\r\nBcc: b", "a\0b",
        ]
    )
    func subject(text: String) throws {
        let encoded = EncodedWord.encode(text)

        let words = encoded.components(separatedBy: "\r\n ")
        var decoded = ""
        for word in words {
            #expect(word.utf8.count <= 75 && word.hasPrefix("=?UTF-8?B?") && word.hasSuffix("?="))
            let data = try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
            decoded += try #require(String(validating: data, as: UTF8.self))
        }
        #expect(decoded == text)
    }

    @Test("An ASCII subject stands as it is")
    func plainSubject() {
        #expect(EncodedWord.encode("Your verification code") == "Your verification code")
    }

    @Test(
        "Dates are those of RFC 5322",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_826_154, "Tue, 29 Feb 2000 12:09:14 +0000"),
            (1_796_000_000, "Mon, 30 Nov 2026 00:53:20 +0000"), (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 +0000"),
        ]
    )
    func dates(seconds: Int64, text: String) {
        #expect(UnixTime(seconds: seconds).internetMessageDate == text)
    }

    @Test(
        "An address that could end a command or a header is none",
        arguments: [
            "", "a", "a@", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<x@y>", "a@b>", "<a@b", "a@b,c", "\"a\"@b", "a@b;c",
            "a:b@c",
            "a@[127.0.0.1]", "a(b)@c", "a\\@b", "a@b\u{2028}c",
        ]
    )
    func addresses(text: String) {
        #expect(MailAddress(text) == nil)
    }
}
