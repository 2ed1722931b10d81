import HTTPTypes
import HummingbirdCore
import NIOCore
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite(.timeLimit(.minutes(1))) struct HTTPRequestGuardTests {
    /// Answers without waiting for the body, as the API does for a caller it does not know.
    @concurrent @Sendable
    private static func answerAtOnce(
        _ request: Request,
        _ writer: consuming ResponseWriter,
        _ channel: any Channel
    ) async throws {
        var head = HTTPResponse(status: .ok)
        head.headerFields[.contentLength] = "2"
        try await writer.write(response: head, body: .init(byteBuffer: ByteBuffer(string: "ok")))
    }

    @Test("A connection whose body ended after its answer idles no longer than another")
    func idleAfterLateBody() async throws {
        let log = EventLog()
        let responder: HTTPChannelHandler.Responder = { request, writer, channel in
            try await Self.answerAtOnce(request, writer, channel)
            _ = try await request.body.collect(upTo: 16)
            log.add("whole")
        }
        try await RunningListener.with(responder: responder) { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("POST /one HTTP/1.1\r\nContent-Length: 4\r\n\r\nbo")
            #expect(try await client.readAnswer() == "ok")
            try await client.send("dy")
            #expect(await log.next() == "whole")
            try await listener.advance(by: .seconds(61), untilClosed: client)
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("A peer that asks before it sends a body is told to go on")
    func expectation() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("POST /one HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 4\r\n\r\n")
            #expect(try await client.readHead() == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("body")
            #expect(try await client.readAnswer().hasPrefix("POST /one body "))
            try await client.send("GET /two HTTP/1.1\r\n\r\n")
            #expect(try await client.readAnswer().hasPrefix("GET /two "))
            await client.close()
        }
    }

    @Test("A peer that asks before it sends too large a body is refused at once")
    func refusedExpectation() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("POST /one HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n")
            #expect(await client.readToEnd().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test(
        "Requests before something that is none are answered, then the connection ends",
        arguments: [
            "nonsense\r\n\r\n", "\0", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "GET /api/ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        ]
    )
    func answersBeforeTheEnd(junk: String) async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("POST /one HTTP/1.1\r\nContent-Length: 4\r\n\r\nbodyGET /two HTTP/1.1\r\n\r\n" + junk)
            #expect(try await client.readAnswer().hasPrefix("POST /one body "))
            #expect(try await client.readAnswer().hasPrefix("GET /two "))
            let rest = await client.readToEnd()
            #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 4"))
        }
    }

    @Test(
        "A request whose length can be read in two ways is refused, and what follows it is no request",
        arguments: [
            "Content-Length: 4\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 4",
            "Content-Length: 4\r\nContent-Length: 5", "Content-Length: 4, 5", "Content-Length: +4",
            "Content-Length: 0x4",
            "Content-Length: -1", "Content-Length : 4", "Content-Length: 99999999999999999999",
            "Transfer-Encoding: chunked, identity", "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", " Content-Length: 4", "Content-Length: 4\0",
        ],
        [ListenerKind.public, .plain]
    )
    func ambiguousLength(headers: String, kind: ListenerKind) async throws {
        try await RunningListener.with(kind: kind) { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send(
                "POST /one HTTP/1.1\r\nHost: h\r\n\(headers)\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"
            )
            let answer = await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 400 ") || answer.isEmpty, "\(answer)")
            #expect(!answer.contains("smuggled"), "\(answer)")
        }
    }

    @Test(
        "A body's bare line ends are left alone however its length is written",
        arguments: ["\t4", "    4   ", "4"]
    )
    func bodyOfBareLines(length: String) async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("POST /one HTTP/1.1\nContent-Length:\(length)\n\n\n\n\n\nGET /two HTTP/1.1\r\n\r\n")
            #expect(try await client.readAnswer().hasPrefix("POST /one \n\n\n\n "))
            #expect(try await client.readAnswer().hasPrefix("GET /two "))
            await client.close()
        }
    }

    @Test("A chunked body is read, its trailers are not")
    func chunkedBody() async throws {
        try await RunningListener.with(kind: .public) { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send(
                "POST /one HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nbo\r\n2\r\ndy\r\n0\r\nA: b\r\n\r\n"
                    + "GET /two HTTP/1.1\r\nHost: h\r\n\r\n"
            )
            #expect(try await client.readAnswer().hasPrefix("POST /one body "))
            #expect(try await client.readAnswer().hasPrefix("GET /two "))
            await client.close()
        }
    }

    @Test(
        "A chunked body past the bound ends the connection, and so do chunks that are none",
        arguments: [("FFFFFFFFFFFFFFFFF\r\n", 0), ("100001\r\n", 1_048_577), ("-1\r\n", 0), ("2\r\nbodies\r\n", 0)]
    )
    func malformedChunks(chunks: String, byteCount: Int) async throws {
        try await RunningListener.with(kind: .public) { listener in
            let client = try await RawClient.connect(port: listener.port)
            let bytes = String(repeating: "a", count: byteCount)
            let head = "POST /one HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            try await client.send(head + chunks + bytes)
            let answer = await client.readToEnd()
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "))
        }
    }
}
