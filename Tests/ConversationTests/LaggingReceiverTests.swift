import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

/// Shares need no consent, so nobody may be thrown off by what he is shared.
@Suite struct LaggingReceiverTests {
    @Test(
        "A receiver that reads more slowly than a shared device reports keeps its session, and hears of its own devices"
    )
    func keepsSession() async throws {
        let ofEight: ConfigurationChange = { $0.protocolSettings.maximumQueuedFrames = 8 }
        try await withStage(changing: ofEight) { stage in
            let device = try await TestPeer.device(of: stage)
            let receiver = try await Self.bob(of: stage)
            defer { for peer in [device, receiver] { peer.abort() } }
            try await stage.shareWithBob()
            try await receiver.stopReading()
            let sessions = stage.server.switchyard.sessions
            let report = #"{"action":"update","params":{"note":""# + String(repeating: "x", count: 60_000) + #""}}"#

            // More than twice what a session that lags is closed for in `SessionEndTests`.
            for _ in 0..<20 {
                for _ in 0..<20 {
                    try await device.send(report)
                    _ = try await device.nextText()
                }
                stage.server.clocks.advance(by: .seconds(1))
            }
            try await device.settle()

            #expect(sessions.sessions().count == 2)
            try await receiver.readOn()
            try await receiver.send(#"{"action":"date","apikey":"\#(stage.bob.account.apiKey)","userAgent":"app"}"#)
            var reports = 0
            while try await !receiver.nextText().contains(#""date""#) { reports += 1 }
            #expect((1..<400).contains(reports), "\(reports)")
        }
    }

    private static func bob(of stage: Stage) async throws -> TestPeer {
        let peer = try await TestPeer("bob", to: stage.server)
        let (token, apiKey) = (stage.bob.tokens.accessToken, stage.bob.account.apiKey)
        try await peer.send(#"{"action":"userOnline","at":"\#(token)","apikey":"\#(apiKey)","userAgent":"app"}"#)
        _ = try await peer.nextText()
        return peer
    }
}
