import NIOEmbedded
import SwitchyardCore
import Testing

@testable import SwitchyardHub
@testable import SwitchyardTransport

/// An app and its device on a loop that has more to do than it can.
@Suite("Overload")
struct OverloadTests {
    private let rig: HubRig
    private let app: HubSocket
    private let device: HubSocket
    private let load: LoopLoad

    init() throws {
        rig = try HubRig()
        rig.addToken("a")
        _ = try rig.addDevice()
        device = try HubSocket(rig)
        try device.register()
        app = try rig.connectApp(token: "a")
        _ = try (app.sent(), device.sent())
        load = rig.timers.loopParts(for: rig.loop).load
    }

    /// One turn of the loop, which takes that long, in which the app sends so many commands and the device answers what it got.
    private func turn(
        _ commands: Int,
        from first: Int,
        taking duration: Duration
    ) throws -> (app: [String], device: Int) {
        for number in first..<first + commands where app.isOpen {
            try app.send(
                """
                {"action":"update","apikey":"\(HubRig.apiKey)","deviceid":"\(HubRig.deviceID)","sequence":"\(number)",\
                "params":{"switch":"on"},"userAgent":"app"}
                """
            )
        }
        rig.advance(by: duration)
        let commands = try device.sent()
        for command in commands {
            let sequence = try #require(command.firstMatch(of: /"sequence":"(\d+)"/)?.1)
            try device.send(#"{"error":0,"deviceid":"\#(HubRig.deviceID)","sequence":"\#(sequence)"}"#)
        }
        return (try app.sent(), commands.count)
    }

    private func makeBehind() throws {
        load.workBegins()
        rig.advance(by: .milliseconds(150))
        rig.loop.run()
        #expect(load.isBehind)
    }

    @Test(
        "Of more commands than there is time for some are carried out and the others refused, each with its own answer"
    )
    func refuses() throws {
        let limit = rig.hub.settings.maximumOutstandingCommandsPerSession
        try #require(limit < 64)
        try makeBehind()
        var accepted = 0
        var answered: Set<Substring> = []
        for turnNumber in 0..<20 {
            // The free ones of each turn; this session's own limit is below them.
            for _ in 0..<64 { _ = load.admitsCommand() }
            let answers = try turn(6, from: turnNumber * 6, taking: .milliseconds(20))
            accepted += answers.device
            for answer in answers.app {
                let sequence = try #require(answer.firstMatch(of: /"sequence":"(\d+)"/)?.1)
                #expect(answered.insert(sequence).inserted, "two answers to \(sequence)")
                #expect(answer.hasPrefix(#"{"error":0"#) || answer.hasPrefix(#"{"error":503"#), "\(answer)")
            }
        }
        #expect(answered.count == 120)
        #expect((10...110).contains(accepted))
    }

    @Test("A session that goes on after eight refusals is closed, when refusing is not enough")
    func closes() throws {
        try makeBehind()
        var frames: [String] = []
        for turnNumber in 0..<20 where app.isOpen {
            for _ in 0..<64 { _ = load.admitsCommand() }
            frames += try turn(30, from: turnNumber * 30, taking: .milliseconds(400)).app
        }
        #expect(frames.last == "close 1013")
        #expect(frames.suffix(9).prefix(8).allSatisfy { $0.hasPrefix(#"{"error":503"#) })
    }

    @Test("Queries are refused as commands are, and those that are taken on are answered")
    func refusesQueries() throws {
        try makeBehind()
        // A turn after which nobody is closed, for it was short enough.
        load.workBegins()
        rig.advance(by: .milliseconds(20))
        rig.loop.run()
        // The free ones of the next.
        for _ in 0..<64 { _ = load.admitsCommand() }
        for number in 0..<200 {
            try app.send(
                #"{"action":"query","deviceid":"\#(HubRig.deviceID)","sequence":"\#(number)","params":["switch"]}"#
            )
        }
        let answers = try app.sent()
        let refused = answers.filter { $0.hasPrefix(#"{"error":503"#) }.count
        #expect((1...199).contains(refused))
        #expect(answers.filter { $0.hasPrefix(#"{"error":0"#) }.count == 200 - refused)
    }

    @Test("What devices say is taken on")
    func takesReports() throws {
        try makeBehind()
        for _ in 0..<500 { _ = load.admitsCommand() }
        try device.send(
            #"{"action":"update","deviceid":"\#(HubRig.deviceID)","apikey":"\#(HubRig.factoryKey)","params":{"rssi":-1}}"#
        )
        #expect(try app.sent().count == 1)
    }
}
