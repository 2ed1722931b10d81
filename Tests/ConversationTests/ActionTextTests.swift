import CoolkitWire
import TestSupport
import Testing

/// Firmware takes every text with `action` in it for a command.
///
/// Source: `coolkit-websocket.md` §12. A transcript cannot say it: it compares JSON, not bytes.
@Suite struct ActionTextTests {
    @Test("An answer to a device never has the text action, whatever its stored params are called")
    func answers() async throws {
        try await withStage { stage in
            let device = try await TestPeer.device(of: stage)
            let app = try await TestPeer.app(of: stage)
            defer { for peer in [device, app] { peer.abort() } }
            let params = #"{"actionTime":"2023-11-14T22:13:20.000Z","timers":[{"do":{"curtainAction":"open"}}]}"#
            try await device.send(#"{"action":"update","params":\#(params)}"#)
            #expect(try await !device.nextText().contains("action"))

            for names in ["[]", #"["actionTime","timers"]"#] {
                try await device.send(#"{"action":"query","d_seq":1,"params":\#(names)}"#)
                let answer = try await device.nextText()

                #expect(!answer.contains("action"))
                #expect(try JSON(parsing: answer)["params"] == JSON(parsing: params))
            }
            // Apps get it as it was sent.
            _ = try await app.nextText()
            try await app.send(#"{"action":"query","deviceid":"\#(Stage.deviceID)","params":[]}"#)
            #expect(try await app.nextText().contains(params))
        }
    }
}
