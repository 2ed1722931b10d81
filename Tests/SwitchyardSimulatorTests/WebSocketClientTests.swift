import NIOCore
import NIOWebSocket
import SwitchyardSimulator
import Testing

@Suite struct WebSocketClientTests {
    private static let echo: ScriptedServer.Receive = { frame, peer in
        switch frame.opcode {
        case .text: peer.send(.text, frame.data)
        case .ping: peer.send(.pong, frame.data)
        case .connectionClose: peer.channel.close(promise: nil)
        default: break
        }
    }

    private static func client(_ address: ServerAddress, path: String = "/api/ws") throws -> WebSocketClient {
        try WebSocketClient(address: address, trust: .system, path: path)
    }

    @Test(
        "Text comes back from an echo server as it was sent",
        arguments: ["", "ping", "Grüße 日本 🙂", String(repeating: "x", count: 200_000)]
    )
    func text(message: String) async throws {
        try await ScriptedServer.with(receive: Self.echo) { server in
            try await Self.client(server.address).withConnection { conversation in
                try await conversation.send(message)

                #expect(try await conversation.nextText() == message)
            }
        }
    }

    @Test("A control ping is answered by a pong, in both directions")
    func ping() async throws {
        let receive: ScriptedServer.Receive = { frame, peer in
            switch frame.opcode {
            case .text: peer.send(.ping, ByteBuffer(string: "alive?"))
            case .pong: peer.send(String(buffer: frame.data))
            case .ping: peer.send(.pong, frame.data)
            default: break
            }
        }
        try await ScriptedServer.with(receive: receive) { server in
            try await Self.client(server.address).withConnection { conversation in
                try await conversation.ping()
                #expect(try await conversation.next() == .pong)

                try await conversation.send("ask me")
                #expect(try await conversation.next() == .ping)
                #expect(try await conversation.next() == .text("alive?"))
            }
        }
    }

    @Test("The server's close code arrives as the last event", arguments: [1_000, 1_001, 1_008] as [UInt16])
    func closing(code: UInt16) async throws {
        let receive: ScriptedServer.Receive = { _, peer in
            peer.close(code: code)
        }
        try await ScriptedServer.with(receive: receive) { server in
            try await Self.client(server.address).withConnection { conversation in
                try await conversation.send("bye")

                #expect(try await conversation.closeCode() == code)
                await #expect(throws: SimulatorError.self) { try await conversation.next() }
            }
        }
    }

    @Test("A connection that breaks ends with no code, and sending fails from then on")
    func breaking() async throws {
        let receive: ScriptedServer.Receive = { _, peer in
            peer.channel.close(promise: nil)
        }
        try await ScriptedServer.with(receive: receive) { server in
            try await Self.client(server.address).withConnection { conversation in
                try await conversation.send("bye")

                #expect(try await conversation.next() == .closed(code: nil))
                await #expect(throws: SimulatorError.self) { try await conversation.send("more") }
            }
        }
    }

    @Test("Closing sends a Close frame with the code and leaves no connection")
    func close() async throws {
        let codes = Inbox<UInt16?>(capacity: 1)
        let receive: ScriptedServer.Receive = { frame, peer in
            guard frame.opcode == .connectionClose else { return }
            var data = frame.data
            _ = codes.deliver(data.readInteger(as: UInt16.self))
            peer.channel.close(promise: nil)
        }
        try await ScriptedServer.with(receive: receive) { server in
            let connection = try await Self.client(server.address).connect { _ in true }

            await connection.close(code: 4_001)

            #expect(!connection.channel.isActive)
            #expect(try await codes.next { _ in true } == 4_001)
        }
    }

    @Test("A connection is closed when its body fails")
    func failingBody() async throws {
        try await ScriptedServer.with(receive: Self.echo) { server in
            let channels = Inbox<any Channel>(capacity: 1)
            await #expect(throws: CancellationError.self) {
                try await Self.client(server.address).withConnection { conversation in
                    _ = channels.deliver(conversation.connection.channel)
                    throw CancellationError()
                }
            }

            let channel = try await channels.next { _ in true }
            #expect(!channel.isActive)
        }
    }

    @Test("Who takes no more is closed, not buffered for")
    func overflow() async throws {
        let receive: ScriptedServer.Receive = { _, peer in
            for number in 0..<10 { peer.send(String(number)) }
        }
        try await ScriptedServer.with(receive: receive) { server in
            let inbox = Inbox<WebSocketEvent>(capacity: 3)
            let connection = try await Self.client(server.address).connect { event in
                if case .closed = event { return inbox.deliver(event, isVital: true) }
                return inbox.deliver(event)
            }
            try await connection.send("go")

            _ = try await withDeadline(.seconds(10), waitingFor: "the end") {
                try await inbox.next { $0 == .closed(code: nil) }
            }
            #expect(inbox.drain() == [.text("0"), .text("1"), .text("2")])
        }
    }

    @Test("An upgrade that the server does not grant is refused with its HTTP status")
    func refused() async throws {
        try await ScriptedServer.with { server in
            _ = await #expect(
                throws: SimulatorError(.upgradeRefused, "the server answered the upgrade with HTTP 404", number: 404)
            ) {
                try await Self.client(server.address, path: "/missing").withConnection { _ in }
            }
        }
    }

    @Test(
        "Answers that are no good upgrade are refused",
        arguments: [
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: c3RyYW5nZXI=\r\n\r\n",
            "HELLO\r\n\r\n", "\r\n\r\n", String(repeating: "x", count: 20_000),
        ]
    )
    func badAnswer(bytes: String) async throws {
        try await RawServer.with(answering: .bytes(bytes)) { server in
            let error = await #expect(throws: SimulatorError.self) {
                try await Self.client(server.address).withConnection { _ in }
            }

            #expect(error?.code == .upgradeRefused)
        }
    }

    @Test("A server that closes, stays silent or is not there is a failed connection")
    func noServer() async throws {
        let closing = try await RawServer.with(answering: .close) { server in
            let error = await #expect(throws: SimulatorError.self) {
                try await Self.client(server.address).withConnection { _ in }
            }
            return (server.address, error)
        }
        let absent = await #expect(throws: SimulatorError.self) {
            try await Self.client(closing.0).withConnection { _ in }
        }
        let silent = try await RawServer.with(answering: .nothing) { server in
            await #expect(throws: SimulatorError.self) {
                try await WebSocketClient(address: server.address, trust: .system, connectTimeout: .milliseconds(50))
                    .withConnection { _ in }
            }
        }

        #expect(
            [closing.1?.code, absent?.code, silent?.code] == [.connectionFailed, .connectionFailed, .connectionFailed]
        )
    }

    @Test("Connecting to a silent server can be cancelled")
    func cancellation() async throws {
        try await RawServer.with(answering: .nothing) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.client(server.address).withConnection { _ in } }
                _ = try await server.next()

                group.cancelAll()

                _ = await #expect(throws: CancellationError.self) { try await group.next() }
            }
        }
    }

    /// Source: `coolkit-device-side.md` §4.
    @Test(
        "Firmware styles send their exact upgrade request, and OPL its constant mask",
        arguments: [
            (
                UpgradeStyle.sonoff155, "q1/L5gx6qdQ7y3UWgO/Tah/zXBA=",
                """
                GET /api/ws HTTP/1.1\r
                Host: iotgo.iteadstudio.com\r
                Connection: upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Key: ITEADTmobiM0x1DabcEsnw==\r
                Sec-WebSocket-Version: 13\r
                \r\n
                """
            ),
            (
                .opl, "Bz3qJYTGdOe8gUSpLosEdiLKDrk=",
                """
                GET /api/ws HTTP/1.1\r
                Host: 127.0.0.1:PORT\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Origin: http://127.0.0.1:PORT\r
                Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==
                Sec-WebSocket-Version: 13\r
                \r\n
                """
            ),
        ]
    )
    func styles(style: UpgradeStyle, acceptedKey: String, request: String) async throws {
        let answer = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: \(acceptedKey)\r\n\r\n"
        try await RawServer.with(answering: .bytes(answer)) { server in
            let client = try WebSocketClient(address: server.address, trust: .system, style: style)
            try await client.withConnection { conversation in
                try await conversation.send("A")

                #expect(try await server.next() == request.replacing("PORT", with: String(server.address.port)))
                let frame = try await server.next().unicodeScalars.map { UInt8($0.value) }
                #expect(frame.count == 7)
                #expect(frame.prefix(2) == [0x81, 0x81])
                if style == .opl {
                    #expect(frame.suffix(5) == [0xB2, 0x39, 0x85, 0xA6, UInt8(ascii: "A") ^ 0xB2])
                }
                conversation.connection.abort()
            }
        }
    }
}
