import CoolkitWire
import NIOCore
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Commands beyond what transcripts can say.
@Suite struct CommandTests {
    @Test("A command that no app session sent is told to every app of the owner")
    func fromElsewhere() async throws {
        try await withStage { stage in
            let device = try await TestPeer.device(of: stage)
            try await device.settle()
            let apps = [try await TestPeer.app("first", of: stage), try await TestPeer.app("second", of: stage)]
            defer { for peer in apps + [device] { peer.abort() } }
            let deviceID = try #require(DeviceID(Stage.deviceID))
            let owner = stage.ann.account

            async let ack = stage.server.switchyard.commands.send(
                ByteBuffer(string: #"{"switch":"on"}"#),
                to: deviceID,
                from: .account(owner.account.id)
            )
            let command = try JSON(parsing: await device.nextText())
            let sequence = try #require(command["sequence"]?.stringValue)
            try await device.send(
                #"{"error":0,"deviceid":"\#(Stage.deviceID)","sequence":"\#(sequence)","config":{"x":1}}"#
            )

            #expect(sequence.utf8.count == 13)
            #expect(try await ack.config.map { String(buffer: $0) } == #"{"x":1}"#)
            for app in apps {
                #expect(
                    try await app.nextText() == """
                        {"action":"update","deviceid":"\(Stage.deviceID)","apikey":"\(owner.apiKey)","userAgent":"app",\
                        "ts":0,"params":{"switch":"on"},"tempRec":"\(Stage.deviceID)"}
                        """
                )
            }
        }
    }

    @Test("A device has 64 commands without an answer at the most; the next is refused as 503")
    func pendingBound() async throws {
        let ofHundred: ConfigurationChange = { $0.protocolSettings.maximumOutstandingCommandsPerSession = 100 }
        try await withStage(changing: ofHundred) { stage in
            let device = try await TestPeer.device(of: stage)
            try await device.settle()
            let app = try await TestPeer.app(of: stage)
            defer { for peer in [app, device] { peer.abort() } }

            for number in 1...65 {
                try await app.send(
                    #"{"action":"update","deviceid":"\#(Stage.deviceID)","sequence":"\#(number)","params":{"n":1}}"#
                )
            }

            let refusal = try JSON(parsing: await app.nextText())
            #expect(refusal["error"] == 503)
            #expect(refusal["sequence"] == "65")
            for number in 1...64 {
                #expect(try JSON(parsing: await device.nextText())["sequence"]?.stringValue == "\(number)")
            }
            try await device.settle()
        }
    }

    @Test("A thousand commands of two apps with the same sequences are each answered once, by their own ack")
    func manyWithTheSameSequences() async throws {
        try await withStage { stage in
            let device = try await TestPeer.device(of: stage)
            try await device.settle()
            let apps = [try await TestPeer.app("first", of: stage), try await TestPeer.app("second", of: stage)]
            defer { for peer in apps + [device] { peer.abort() } }

            for round in 0..<50 {
                for (index, app) in apps.enumerated() {
                    for number in 0..<10 {
                        let params = #"{"of":"\#(index) \#(round) \#(number)"}"#
                        try await app.send(
                            #"{"action":"update","deviceid":"\#(Stage.deviceID)","sequence":"\#(number)","params":\#(params)}"#
                        )
                    }
                }
                try await acknowledge(20, on: device)
                for (index, app) in apps.enumerated() { try await expectAnswers(to: index, round: round, of: app) }
            }
        }
    }

    /// Answers commands with what they carried, the newest first.
    private func acknowledge(_ count: Int, on device: TestPeer) async throws {
        var commands: [JSON] = []
        for _ in 0..<count { commands.append(try JSON(parsing: await device.nextText())) }
        #expect(Set(commands.compactMap { $0["sequence"]?.stringValue }).count == count)
        for command in commands.reversed() {
            let answer: JSONObject = [
                "error": 0, "sequence": command["sequence"] ?? .null, "config": command["params"] ?? .null,
            ]
            try await device.send(JSON.object(answer).text)
        }
    }

    /// Expects ten answers to the app's own commands and ten broadcasts of the other's.
    private func expectAnswers(to index: Int, round: Int, of app: TestPeer) async throws {
        var answered: Set<String> = []
        var told: Set<String> = []
        for _ in 0..<20 {
            let message = try JSON(parsing: await app.nextText())
            let sequence = try #require(message["sequence"]?.stringValue)
            if message["action"] == nil {
                #expect(message["config"]?["of"]?.stringValue == "\(index) \(round) \(sequence)")
                answered.insert(sequence)
            } else {
                #expect(message["params"]?["of"]?.stringValue == "\(1 - index) \(round) \(sequence)")
                told.insert(sequence)
            }
        }
        #expect(answered.count == 10)
        #expect(told.count == 10)
    }
}
