import TestSupport
import Testing

/// Nobody learns from an answer whether a device exists.
///
/// Source: `coolkit-websocket.md` §6.1 step 3.
@Suite struct ForbiddenTests {
    @Test(
        "The refusal of a foreign device and of an unknown one differ in the deviceid alone",
        arguments: ["update", "query"]
    )
    func alike(action: String) async throws {
        try await withStage { stage in
            let app = try await TestPeer.app(of: stage)
            defer { app.abort() }
            let unknown = "1000999999"

            var answers: [String] = []
            for deviceID in [Stage.foreignDeviceID, unknown] {
                let params = action == "update" ? #"{"switch":"on"}"# : "[]"
                try await app.send(
                    #"{"action":"\#(action)","deviceid":"\#(deviceID)","sequence":"1","params":\#(params)}"#
                )
                answers.append(try await app.nextText())
            }

            #expect(answers[0] == #"{"error":403,"reason":"Forbidden","deviceid":"1000b0b0b0","sequence":"1"}"#)
            #expect(answers[0].replacing(Stage.foreignDeviceID, with: unknown) == answers[1])
        }
    }
}
