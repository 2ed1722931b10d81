import HTTPTypes
import HummingbirdCore
import NIOCore
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite(.timeLimit(.minutes(1))) struct HTTPListenerTests {
    /// A drain that nothing is to be cut off by, on a slow machine and with a sanitizer neither.
    private static let unhurried = Duration.seconds(50)

    @Test("Requests on a kept-alive connection are answered in order, and know where they came in")
    func keepAlive() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("GET /one HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.readAnswer() == "GET /one  plain 127.0.0.1 127.0.0.1 true")
            try await client.send(
                "POST /two HTTP/1.1\r\nContent-Length: 4\r\n\r\nbodyGET /three HTTP/1.1\r\n\r\nGET /four HTTP/1.1\r\n\r\n"
            )
            #expect(try await client.readAnswer() == "POST /two body plain 127.0.0.1 127.0.0.1 true")
            #expect(try await client.readAnswer().hasPrefix("GET /three "))
            #expect(try await client.readAnswer().hasPrefix("GET /four "))
            await client.close()
        }
    }

    @Test("The upgrade is answered as firmware searches for it", arguments: ["/api/ws", "//api/ws", "/api/ws?x=1"])
    func upgrade(path: String) async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            let head = try await client.upgrade(path: path, headers: "Origin: http://1.2.3.4:443\r\n")
            #expect(
                head == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: \(WebSocketUpgrader.acceptValue(for: "ITEADTmobiM0x1DabcEsnw=="))\r\n\r\n"
            )
            try await client.send(RawClient.text("hello"))
            #expect(try await client.readFrame().payload == ByteBuffer(string: "hello"))
            try await client.send(RawClient.frame(8, [0x03, 0xE8]))
            #expect(try await client.readClose() == 1_000)
            #expect(await client.readToEnd().isEmpty)
            #expect(await listener.events.next() == "opened")
            #expect(await listener.events.next() == "text hello")
            #expect(await listener.events.next() == "closed")
        }
    }

    @Test("The accept value is that of RFC 6455 §1.3")
    func acceptValue() {
        #expect(WebSocketUpgrader.acceptValue(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test("A frame sent together with the request is not lost")
    func earlyFrame() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            var bytes = ByteBuffer(
                string: "GET /api/ws HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\n\r\n"
            )
            bytes.writeImmutableBuffer(RawClient.text("early"))
            try await client.send(bytes)
            #expect(try await client.readHead().hasPrefix("HTTP/1.1 101 "))
            #expect(try await client.readFrame().payload == ByteBuffer(string: "early"))
            await client.close()
        }
    }

    @Test(
        "What is no proper WebSocket request gets 426 on the WebSocket path, and the connection ends",
        arguments: [
            "",
            "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n",
            "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 8\r\n",
            "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
            "Connection: close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n",
            "Connection: upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n",
        ]
    )
    func upgradeRequired(headers: String) async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("GET /api/ws HTTP/1.1\r\nHost: h\r\n\(headers)\r\n")
            let answer = await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 426 Upgrade Required\r\n"))
            #expect(answer.contains("Sec-WebSocket-Version: 13\r\n"))
        }
    }

    @Test("On other paths a WebSocket request is an HTTP request")
    func otherPath() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            _ = try await client.upgrade(path: "/elsewhere")
            #expect(try await client.read(15) == "GET /elsewhere ")
            await client.close()
        }
    }

    @Test("A WebSocket request after another request gets 426, for a connection changes with its first only")
    func lateUpgrade() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("GET /one HTTP/1.1\r\n\r\n")
            _ = try await client.readAnswer()
            #expect(try await client.upgrade().hasPrefix("HTTP/1.1 426 "))
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test(
        "A peer that wants no further request sees the connection end after its answer",
        arguments: ["GET /one HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /one HTTP/1.0\r\n\r\n"]
    )
    func lastRequest(request: String) async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send(request)
            #expect(try await client.readAnswer().hasPrefix("GET /one "))
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("A refused WebSocket gets the status it was refused with", arguments: [429, 503])
    func refused(status: Int) async throws {
        let refuse: WebSocketAdmission = { _, _ in .refuse(status: status) }
        try await RunningListener.with(admit: refuse) { listener in
            let client = try await RawClient.connect(port: listener.port)
            #expect(try await client.upgrade().hasPrefix("HTTP/1.1 \(status) "))
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("A bare LF in a head is taken by device and plain listeners, and refused by the public one")
    func bareLF() async throws {
        for kind in [ListenerKind.plain, .device, .public] {
            try await RunningListener.with(kind: kind) { listener in
                let client = try await RawClient.connect(port: listener.port)
                try await client.send("GET /one HTTP/1.1\nHost: h\n\n")
                let head = try await client.readHead()
                #expect(head.hasPrefix(kind == .public ? "HTTP/1.1 400 " : "HTTP/1.1 200 "), "\(kind)")
                await client.close()
            }
        }
    }

    @Test("What is no HTTP gets 400, and too long a target, head or body is refused")
    func malformed() async throws {
        try await RunningListener.with { listener in
            for (request, status) in [
                ("nonsense\r\n\r\n", "400"),
                ("GET /\(String(repeating: "a", count: 17_000)) HTTP/1.1\r\n\r\n", "414"),
                ("GET / HTTP/1.1\r\nA: \(String(repeating: "a", count: 17_000))\r\n\r\n", "431"),
                ("POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", ""),
            ] {
                let client = try await RawClient.connect(port: listener.port)
                try await client.send(request)
                if status.isEmpty {
                    try await client.send(ByteBuffer(repeating: 0x41, count: 1_048_577))
                    #expect(await client.readToEnd().hasPrefix("HTTP/1.1 413 "))
                } else {
                    let answer = await client.readToEnd()
                    #expect(answer.hasPrefix("HTTP/1.1 \(status) ") || answer.isEmpty)
                }
            }
        }
    }

    @Test("A connection that idles between requests is closed after a minute")
    func idle() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("GET /one HTTP/1.1\r\n\r\n")
            _ = try await client.readAnswer()
            try await listener.advance(by: .seconds(61), untilClosed: client)
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("A body that does not come is waited for fifteen seconds")
    func slowBody() async throws {
        let log = EventLog()
        let responder: HTTPChannelHandler.Responder = { request, writer, channel in
            log.add("called")
            try await RunningListener.echo(request, writer, channel)
        }
        try await RunningListener.with(responder: responder) { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("POST /one HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
            #expect(await log.next() == "called")
            listener.clock.advance(by: .seconds(16))
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("A peer that sends and does not read is closed")
    func slowReader() async throws {
        try await RunningListener.with { listener in
            let client = try await RawClient.connect(port: listener.port)
            _ = try await client.upgrade()
            try await client.channel.setOption(.autoRead, value: false).get()
            let channel = client.channel
            let frame = RawClient.frame(1, Array(repeating: 0x41, count: 60_000))
            await withTaskGroup(of: Void.self) { group in
                // Fails, and ends, when the server hangs up.
                group.addTask { while (try? await channel.writeAndFlush(frame)) != nil {} }
                var event = await listener.events.next()
                while let heard = event, heard != "no longer open" { event = await listener.events.next() }
                listener.clock.advance(by: .seconds(2))
                while let heard = event, heard != "closed" { event = await listener.events.next() }
                group.cancelAll()
                await client.close()
            }
        }
    }

    @Test("A peer that does not take its answer is reset, so that nothing of it stays with the kernel")
    func unreadAnswer() async throws {
        let responder: HTTPChannelHandler.Responder = { request, writer, channel in
            guard request.uri.path == "/large" else {
                return try await RunningListener.echo(request, writer, channel)
            }
            var head = HTTPResponse(status: .ok)
            head.headerFields[.contentLength] = "16000000"
            try await writer.write(response: head, body: .init(byteBuffer: ByteBuffer(repeating: 0, count: 16_000_000)))
        }
        try await RunningListener.with(responder: responder) { listener in
            let slow = try await RawClient.connect(port: listener.port, autoRead: false)
            try await slow.send("GET /large HTTP/1.1\r\n\r\n")
            // The answer is on its way when a part of it has come; then the peer never reads again, so that it hears of the
            // end is no end of what was sent.
            slow.channel.read()
            _ = try await slow.readHead()
            // One look at its pace each time.
            try await listener.advance(by: .seconds(2), untilClosed: slow)
        }
    }

    @Test("Connections past the limit of their address are closed at once")
    func connectionLimit() async throws {
        let limiter = ConnectionLimiter(maximumTotal: 10, maximumPerAddress: 1)
        try await RunningListener.with(connections: limiter) { listener in
            let first = try await RawClient.connect(port: listener.port)
            try await first.send("GET /one HTTP/1.1\r\n\r\n")
            _ = try await first.readAnswer()
            let second = try await RawClient.connect(port: listener.port)
            #expect(await second.readToEnd().isEmpty)
            await first.close()
        }
        #expect(limiter.total == 0)
    }

    @Test("The limiter counts by address and in all, and forgets who leaves")
    func limiter() {
        let limiter = ConnectionLimiter(maximumTotal: 3, maximumPerAddress: 2)
        let first = limiter.enter("a")
        #expect(first != nil && limiter.enter("a") != nil)
        #expect(limiter.enter("a") == nil)
        #expect(limiter.enter("b") != nil)
        #expect(limiter.enter("c") == nil)
        first?.leave()
        #expect(limiter.enter("c") != nil)
        #expect(limiter.total == 3)
    }

    @Test("The addresses of one IPv6 network share a limit, and an IPv4 address has one however it is written")
    func limiterByNetwork() {
        let limiter = ConnectionLimiter(maximumPerAddress: 2)
        let second = limiter.enter("2001:db8:0:1:ffff::2")
        #expect(second != nil && limiter.enter("2001:db8:0:1::1") != nil)
        #expect(limiter.enter("2001:db8:0:1::3") == nil)
        #expect(limiter.enter("2001:db8:0:2::1") != nil)
        second?.leave()
        #expect(limiter.enter("2001:db8:0:1::3") != nil)
        #expect(limiter.enter("192.0.2.1") != nil && limiter.enter("::ffff:192.0.2.1") != nil)
        #expect(limiter.enter("192.0.2.1") == nil)
        #expect(limiter.enter("192.0.2.2") != nil && limiter.enter("::ffff:192.0.2.3") != nil)
    }

    @Test("A stop tells WebSockets, closes idle connections, and ends when all are gone")
    func gracefulStop() async throws {
        try await RunningListener.with(drain: Self.unhurried) { listener in
            let socket = try await RawClient.connect(port: listener.port)
            _ = try await socket.upgrade()
            let idle = try await RawClient.connect(port: listener.port)
            try await idle.send("GET /one HTTP/1.1\r\n\r\n")
            _ = try await idle.readAnswer()
            await listener.stop()
            #expect(await idle.readToEnd().isEmpty)
            #expect(try await socket.readClose() == 1_001)
            try await socket.send(RawClient.frame(8, [0x03, 0xE9]))
            #expect(await socket.readToEnd().isEmpty)
            #expect(await listener.events.next() == "opened")
            #expect(await listener.events.next() == "shuttingDown")
            #expect(await listener.events.next() == "closed")
        }
    }

    @Test("A stop lets a request under way be answered, however long the answer")
    func stopDuringRequest() async throws {
        let log = EventLog()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let length = 5_000_000
        let responder: HTTPChannelHandler.Responder = { _, writer, _ in
            log.add("called")
            for await _ in gate { break }
            var head = HTTPResponse(status: .ok)
            head.headerFields[.contentLength] = String(length)
            try await writer.write(response: head, body: .init(byteBuffer: ByteBuffer(repeating: 0x41, count: length)))
        }
        try await RunningListener.with(drain: Self.unhurried, responder: responder) { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send("GET /one HTTP/1.1\r\n\r\n")
            #expect(await log.next() == "called")
            await listener.stop()
            open.yield()
            let answer = await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.utf8.filter { $0 == 0x41 }.count == length)
        }
    }

    @Test("A stop does not wait for peers that say nothing or handlers that do not end")
    func stopCutsOff() async throws {
        let log = EventLog()
        let responder: HTTPChannelHandler.Responder = { _, _, _ in
            log.add("called")
            // Ends by cancellation only: nothing is ever put into the stream.
            let (never, source) = AsyncStream<Void>.makeStream()
            for await _ in never {}
            source.finish()
        }
        let start = ContinuousClock.now
        try await RunningListener.with(drain: .milliseconds(200), responder: responder) { listener in
            let socket = try await RawClient.connect(port: listener.port)
            _ = try await socket.upgrade()
            let busy = try await RawClient.connect(port: listener.port)
            try await busy.send("GET /one HTTP/1.1\r\n\r\n")
            #expect(await log.next() == "called")
            await listener.stop()
            #expect(try await socket.readClose() == 1_001)
            #expect(await busy.readToEnd().isEmpty)
        }
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("A port that is taken is an error that names it")
    func portTaken() async throws {
        try await RunningListener.with { listener in
            await #expect(throws: SwitchyardError.self) {
                try await RunningListener.with(port: listener.port) { _ in }
            }
        }
    }
}

extension RawClient {
    /// The body of the next answer, which has a Content-Length.
    func readAnswer() async throws -> String {
        let head = try await readHead().lowercased()
        guard let field = head.split(separator: "\r\n").first(where: { $0.hasPrefix("content-length:") }),
            let length = Int(field.dropFirst(15).drop { $0 == " " })
        else { throw Ended() }
        return try await read(length)
    }
}
