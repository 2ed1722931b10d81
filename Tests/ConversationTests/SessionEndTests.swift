import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

/// What ends sessions from the server's side, beyond what transcripts can say.
@Suite struct SessionEndTests {
    @Test("A server that stops closes every socket with 1001")
    func shutdown() async throws {
        let peers = try await withStage { stage in
            let peers = [
                try await TestPeer("nobody", to: stage.server), try await TestPeer.device(of: stage),
                try await TestPeer.app(of: stage),
            ]
            for peer in peers { try await peer.settle() }
            return peers
        }

        for peer in peers { #expect(try await peer.closeCode() == 1_001, "\(peer.name)") }
    }

    @Test("After too many failed handshakes the upgrade is refused with 429 for the rest of the minute")
    func failedHandshakes() async throws {
        let ofThree: ConfigurationChange = { $0.protocolSettings.failedHandshakeLimit = 3 }
        try await withStage(changing: ofThree) { stage in
            let app = try await TestPeer.app(of: stage)
            defer { app.abort() }
            // A device that is refused and an app that is refused count alike; what is only malformed does not.
            for token in [nil, "0123", "4567"] { try await Self.failHandshake(of: stage, token: token) }
            let device = try await TestPeer("device", to: stage.server, through: .device)
            try await device.send(#"{"action":"register","deviceid":"\#(Stage.deviceID)","apikey":"wrong"}"#)
            #expect(try await device.nextText() == #"{"error":403,"deviceid":"\#(Stage.deviceID)"}"#)
            device.abort()

            let error = await #expect(throws: SimulatorError.self) { _ = try await TestPeer.app(of: stage) }

            #expect(error?.number == 429)
            try await app.settle()
            stage.server.clocks.advance(by: .seconds(60))
            try await TestPeer.app(of: stage).abort()
        }
    }

    private static func failHandshake(of stage: Stage, token: String?) async throws {
        let peer = try await TestPeer("stranger", to: stage.server)
        let member = token.map { #""at":"\#($0)","# } ?? ""
        try await peer.send(#"{"action":"userOnline",\#(member)"apikey":"\#(stage.ann.account.apiKey)"}"#)
        #expect(try await peer.closeCode() == 1_008)
    }

    /// Source: `coolkit-websocket.md` §2 (`os`, `model`: stored).
    @Test("What an app said of itself stands in the list of sessions")
    func clientFacts() async throws {
        try await withStage { stage in
            let app = try await TestPeer("app", to: stage.server)
            defer { app.abort() }
            let (token, apiKey) = (stage.ann.tokens.accessToken, stage.ann.account.apiKey)
            try await app.send(
                #"{"action":"userOnline","at":"\#(token)","apikey":"\#(apiKey)","os":"ios","model":"iPhone10,6"}"#
            )
            _ = try await app.nextText()
            try await app.settle()

            let client = try #require(stage.server.switchyard.sessions.sessions().first?.client)

            #expect((client.os, client.model, client.imei) == ("ios", "iPhone10,6", nil))
        }
    }

    @Test("The operator lists sessions and closes one")
    func operatorCloses() async throws {
        try await withStage { stage in
            let app = try await TestPeer.app(of: stage)
            let device = try await TestPeer.device(of: stage)
            try await device.settle()
            let sessions = stage.server.switchyard.sessions
            let numbers = sessions.sessions().map(\.number)
            #expect(numbers.count == 2)

            for number in numbers { #expect(sessions.close(session: number)) }

            #expect(try await app.closeCode() == 1_008)
            #expect(try await device.closeCode() == 1_008)
            try await eventually("the sessions to be gone") { sessions.sessions().isEmpty }
            #expect(!sessions.close(session: numbers[0]))
        }
    }

    @Test("An app that does not read is closed, and the others go on")
    func slowReader() async throws {
        let ofEight: ConfigurationChange = { $0.protocolSettings.maximumQueuedFrames = 8 }
        try await withStage(changing: ofEight) { stage in
            let device = try await TestPeer.device(of: stage)
            let slow = try await TestPeer.app("slow", of: stage)
            let quick = try await TestPeer.app("quick", of: stage)
            defer { for peer in [device, slow, quick] { peer.abort() } }
            try await slow.stopReading()
            let sessions = stage.server.switchyard.sessions
            // One value over and over: merged into the state it does not grow, and nothing waits for the disk.
            let report = #"{"action":"update","params":{"note":""# + String(repeating: "x", count: 60_000) + #""}}"#

            // The sockets take some megabytes before the server sees that nobody reads. It says goodbye then, and a second
            // later by its clock it has waited for the answer for long enough.
            var reports = 0
            while sessions.sessions().count == 3, reports < 500 {
                for _ in 0..<20 {
                    try await device.send(report)
                    _ = try await device.nextText()
                    _ = try await quick.nextText()
                }
                reports += 20
                stage.server.clocks.advance(by: .seconds(1))
            }

            try await eventually("the slow app to be closed") { sessions.sessions().count == 2 }
            try await quick.settle()
            try await device.settle()
        }
    }

    @Test("A device that does not read is closed, and each command to it ends")
    func deafDevice() async throws {
        let ofEight: ConfigurationChange = {
            $0.protocolSettings.maximumQueuedFrames = 8
            $0.protocolSettings.heartbeat = false
        }
        try await withStage(changing: ofEight) { stage in
            let device = try await TestPeer.device(of: stage)
            let app = try await TestPeer.app(of: stage)
            defer { for peer in [device, app] { peer.abort() } }
            try await device.stopReading()
            let sessions = stage.server.switchyard.sessions
            let (id, key) = (Stage.deviceID, stage.ann.account.apiKey)
            let params = #"{"note":""# + String(repeating: "x", count: 60_000) + #""}"#

            // The sockets take some megabytes before the server sees that nobody reads. What was written is over when its time is.
            var sent = 0
            while sessions.sessions().count == 2, sent < 1_000 {
                let numbers = sent + 1...sent + 8
                for number in numbers {
                    try await app.send(
                        #"{"action":"update","deviceid":"\#(id)","apikey":"\#(key)","userAgent":"app","sequence":"\#(number)","params":\#(params)}"#
                    )
                }
                try await app.send(#"{"action":"date","apikey":"\#(key)","userAgent":"app"}"#)
                var waiting = Set(numbers.map { "\($0)" })
                while !waiting.isEmpty {
                    let frame = try JSON(parsing: await app.nextText())
                    if frame["date"] != nil { stage.server.clocks.advance(by: .seconds(9)) }
                    guard let error = frame["error"], error != 0 else { continue }
                    #expect([503, 504].contains(error), "\(frame)")
                    #expect(waiting.remove(frame["sequence"]?.stringValue ?? "") != nil, "\(frame)")
                }
                sent += 8
            }

            try await eventually("the device to be closed") { sessions.sessions().count == 1 }
        }
    }
}
