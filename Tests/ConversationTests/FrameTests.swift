import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

/// Frames that are no messages of the protocol.
///
/// Source: `coolkit-websocket.md` §11, §12.
@Suite struct FrameTests {
    private static let frameLimit = 65_536

    @Test("Binary frames are ignored, before the handshake and after it")
    func binary() async throws {
        try await withStage { stage in
            let nobody = try await TestPeer("nobody", to: stage.server)
            let app = try await TestPeer.app(of: stage)
            let device = try await TestPeer.device(of: stage)
            defer { for peer in [nobody, app, device] { peer.abort() } }
            let presence = try await app.nextText()
            #expect(presence.contains("sysmsg"))

            for peer in [nobody, app, device] {
                let payload = Array(#"{"action":"date","sequence":"1"}"#.utf8)
                // More of them than malformed texts are borne.
                for _ in 0..<6 { try await peer.sendRaw(MaskedFrame.make(opcode: MaskedFrame.binary, payload)) }

                try await peer.settle()
            }
        }
    }

    @Test("A frame of 64 KiB is read, and one byte more closes with 1009", arguments: ["app", "device"])
    func tooLong(role: String) async throws {
        try await withStage { stage in
            let peer = role == "app" ? try await TestPeer.app(of: stage) : try await TestPeer.device(of: stage)
            let message = #"{"action":"date"}"#
            let padding = String(repeating: " ", count: Self.frameLimit - message.utf8.count)

            try await peer.send(message + padding)
            #expect(try await peer.nextText().contains(#""date":"#))
            try await peer.send(message + padding + " ")

            #expect(try await peer.closeCode() == 1_009)
        }
    }

    /// Old firmware may not survive it, newer does; what may be sent is the app's to decide.
    ///
    /// Source: `coolkit-websocket.md` §12 (768 bytes); the server only notes it in the log.
    @Test("A command of more than 768 bytes reaches the device in one frame")
    func largeCommand() async throws {
        try await withStage { stage in
            let device = try await TestPeer.device(of: stage)
            let app = try await TestPeer.app(of: stage)
            defer { for peer in [device, app] { peer.abort() } }
            let params = #"{"note":""# + String(repeating: "x", count: 4_000) + #""}"#

            try await app.send(
                #"{"action":"update","deviceid":"\#(Stage.deviceID)","sequence":"1","params":\#(params)}"#
            )

            #expect(try await device.nextText().contains(params))
        }
    }

    @Test("A frame that only announces too much is refused before it arrives")
    func announced() async throws {
        try await withStage { stage in
            let app = try await TestPeer.app(of: stage)

            try await app.sendRaw(MaskedFrame.header(opcode: 1, 1 << 40))

            #expect(try await app.closeCode() == 1_009)
        }
    }

    @Test("A text that is not UTF-8 closes with 1007, an unmasked frame with 1002")
    func broken() async throws {
        try await withStage { stage in
            let first = try await TestPeer.app(of: stage)
            let second = try await TestPeer.app(of: stage)

            try await first.sendRaw(MaskedFrame.make(opcode: 1, [0x7B, 0xFF, 0x7D]))
            try await second.sendRaw([0x81, 0x02, 0x7B, 0x7D])

            #expect(try await first.closeCode() == 1_007)
            #expect(try await second.closeCode() == 1_002)
        }
    }

    @Test(
        "There is no WebSocket on any other path: 404, or the API's own answer below /api",
        arguments: [("/", 404), ("/ws", 404), ("/API/ws", 404), ("/api/wss", 200)]
    )
    func otherPath(path: String, status: Int) async throws {
        try await withStage { stage in
            let client = try WebSocketClient(
                address: stage.server.address(of: .public),
                trust: .authorities(file: stage.server.authorityFile),
                path: path
            )

            let error = await #expect(throws: SimulatorError.self) { _ = try await client.connect { _ in true } }

            #expect(error?.number == status)
        }
    }
}
