import CoolkitWire
import NIOCore
import NIOEmbedded
import NIOSSL
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite("A connection to a mail server")
struct SMTPConnectionTests {
    private let channel = EmbeddedChannel()
    private let outcome: EventLoopPromise<Void>

    init() { outcome = channel.embeddedEventLoop.makePromise() }

    private func connect(needsSTARTTLS: Bool = false) throws {
        let message = MailMessage(
            from: try #require(MailAddress("a@example.net")),
            to: try #require(MailAddress("b@example.org")),
            subject: "code",
            text: "text",
            date: UnixTime(seconds: 0)
        )
        let session = SMTPSession(
            message: message,
            credentials: nil,
            needsSTARTTLS: needsSTARTTLS,
            clientName: "[127.0.0.1]"
        )
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 25)).wait()
        let handler = SMTPConnectionHandler(
            session: session,
            timeout: .seconds(10),
            makeTLS: { throw SMTPFailure.notConnected("no TLS here") },
            outcome: outcome
        )
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// Takes a reply and returns what is sent then.
    private func reply(_ text: String) throws -> String {
        try channel.writeInbound(ByteBuffer(string: text))
        return try sent()
    }

    private func sent() throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    /// Expects that the connection ended with this.
    private func expectFailure(_ failure: SMTPFailure, sourceLocation: SourceLocation = #_sourceLocation) {
        channel.embeddedEventLoop.run()
        #expect(throws: failure, sourceLocation: sourceLocation) { try outcome.futureResult.wait() }
        #expect(!channel.isActive, sourceLocation: sourceLocation)
    }

    @Test("A message that was taken is told at once, and the server is left with QUIT")
    func succeeds() throws {
        try connect()
        #expect(try sent() == "")
        #expect(try reply("220 hello\r\n") == "EHLO [127.0.0.1]\r\n")
        #expect(try reply("250-mail\r\n") == "")
        #expect(try reply("250 SIZE 1000\r\n") == "MAIL FROM:<a@example.net>\r\n")
        #expect(try reply("250 ok\r\n") == "RCPT TO:<b@example.org>\r\n")
        #expect(try reply("250 ok\r\n") == "DATA\r\n")
        #expect(try reply("354 go\r\n").hasSuffix("\r\n.\r\n"))
        #expect(try reply("250 queued\r\n") == "QUIT\r\n")
        try outcome.futureResult.wait()
        #expect(!channel.isActive)
    }

    @Test("A silent server is left after its time, also one that sends byte by byte")
    func timesOut() throws {
        try connect()
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(try reply("220 hello\r\n") != "")
        for _ in 0..<4 {
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(2_400))
            #expect(try reply("250-more\r\n") == "")
            #expect(channel.isActive)
        }
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(500))

        expectFailure(.timedOut(step: "EHLO"))
    }

    @Test("A server that hangs up is a failure, at every step", arguments: 0..<6)
    func hangsUp(step: Int) throws {
        try connect()
        for line in ["220 x", "250 x", "250 x", "250 x", "354 x"].prefix(step) { _ = try reply(line + "\r\n") }

        channel.pipeline.fireChannelInactive()

        let names = ["the connection", "EHLO", "MAIL", "RCPT", "DATA", "the message"]
        #expect(throws: SMTPFailure.connectionLost(step: names[step])) { try outcome.futureResult.wait() }
    }

    @Test("A server that hangs up after it has taken the message has taken it")
    func hangsUpAfterwards() throws {
        try connect()
        for line in ["220 x", "250 x", "250 x", "250 x", "354 x", "250 x"] { _ = try reply(line + "\r\n") }

        channel.pipeline.fireChannelInactive()

        try outcome.futureResult.wait()
    }

    @Test(
        "What is no SMTP, or without end, ends the connection",
        arguments: ["SSH-2.0-x\r\n", String(repeating: "a", count: 100_000)]
    )
    func nonsense(text: String) throws {
        try connect()
        _ = try reply(text)

        expectFailure(.malformedReply)
    }

    @Test("A refusal ends the connection")
    func refusal() throws {
        try connect()
        _ = try reply("554 not you\r\n")

        expectFailure(.refused(step: "the connection", SMTPReply(code: 554, lines: ["not you"])))
    }

    @Test("What comes between the go-ahead and TLS is not believed")
    func injection() throws {
        try connect(needsSTARTTLS: true)
        _ = try reply("220 x\r\n")
        #expect(try reply("250-x\r\n250 STARTTLS\r\n") == "STARTTLS\r\n")
        _ = try reply("220 go\r\n250 x\r\n")

        expectFailure(.dataBeforeTLS)
    }

    @Test("TLS that cannot begin is the end")
    func noTLS() throws {
        try connect(needsSTARTTLS: true)
        for line in ["220 x", "250-x\r\n250 STARTTLS", "220 go"] { _ = try reply(line + "\r\n") }

        channel.embeddedEventLoop.run()
        #expect(throws: SMTPFailure.self) { try outcome.futureResult.wait() }
        #expect(!channel.isActive)
    }
}
