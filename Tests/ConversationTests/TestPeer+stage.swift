import SwitchyardCore
import SwitchyardSimulator
import TestSupport

extension TestPeer {
    /// Connects as an app of Ann's, and shakes hands.
    static func app(_ name: String = "app", of stage: Stage) async throws -> TestPeer {
        let peer = try await TestPeer(name, to: stage.server)
        let (token, apiKey) = (stage.ann.tokens.accessToken, stage.ann.account.apiKey)
        try await peer.send(#"{"action":"userOnline","at":"\#(token)","apikey":"\#(apiKey)","userAgent":"app"}"#)
        _ = try await peer.nextText()
        return peer
    }

    /// Connects as Ann's device, and registers.
    static func device(_ name: String = "device", of stage: Stage) async throws -> TestPeer {
        let peer = try await TestPeer(name, to: stage.server, through: .device)
        try await peer.send(
            #"{"action":"register","deviceid":"\#(Stage.deviceID)","apikey":"\#(Stage.factoryKey)","userAgent":"device"}"#
        )
        _ = try await peer.nextText()
        return peer
    }

    /// Waits for the end, and gives the close code; messages before it are dropped.
    func closeCode() async throws -> UInt16? {
        while true {
            if case .closed(code: let code) = try await next() { return code }
        }
    }
}
