import SwitchyardCore
import SwitchyardSimulator
import TestSupport
import Testing

/// Messages of 64 KiB that are made to be dear, while an honest pair goes on.
@Suite struct CostlyMessageTests {
    @Test("A receiver's thousands of timers over as many of the owner's are refused, and nobody else waits for it")
    func timers() async throws {
        try await withStage { stage in
            _ = try await stage.act(["share", Stage.deviceID, "0"])
            let device = try await TestPeer.device(of: stage)
            try await device.send(#"{"action":"update","deviceid":"\#(Stage.deviceID)",\#(Self.timers("1"))}"#)
            #expect(try await device.nextText().contains(#""error":0"#))
            let honest = try await HonestPair(of: stage)
            let receiver = try await TestPeer("receiver", to: stage.server)
            defer { for peer in [device, receiver] { peer.abort() } }
            defer { honest.leave() }
            let (token, apiKey) = (stage.bob.tokens.accessToken, stage.bob.account.apiKey)
            try await receiver.send(
                #"{"action":"userOnline","at":"\#(token)","apikey":"\#(apiKey)","userAgent":"app"}"#
            )

            let times = try await honest.relaying {
                try await receiver.send(
                    #"{"action":"update","deviceid":"\#(Stage.deviceID)","sequence":"17",\#(Self.timers("2"))}"#
                )
                var answer = ""
                while !answer.contains(#""sequence":"17""#) { answer = try await receiver.nextText() }
                #expect(answer.contains(#""error":403"#), "\(answer)")
            }

            // Comparing each with each would be 900 million comparisons.
            #expect(times.allSatisfy { $0 < .seconds(2) }, "\(times.max() ?? .zero)")
        }
    }

    /// `params` with thousands of timers.
    private static func timers(_ element: String) -> String {
        #""params":{"timers":[\#(Array(repeating: element, count: 30_000).joined(separator: ","))]}"#
    }
}
