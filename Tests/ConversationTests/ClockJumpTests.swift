import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

/// The system's clock is set wrong while apps and devices talk.
@Suite struct ClockJumpTests {
    private static let jumps: [Duration] = [.seconds(3_600), .seconds(-3_600), .days(3_650), .days(-3_650)]

    @Test("A clock that jumps and returns ends no session and no token, and runs no timer", arguments: jumps)
    func returns(jump: Duration) async throws {
        let withTimers: ConfigurationChange = { $0.protocolSettings.serverTimers = true }
        try await withStage(changing: withTimers) { stage in
            let relay = try await Relay(stage)
            defer { relay.abort() }
            let before = relay.sessionNumbers
            try await relay.setTimer(in: .seconds(1_800))
            let issuedBefore = try await stage.refreshed(stage.bob)

            stage.server.clocks.jump(by: jump)
            #expect(stage.server.switchyard.clock.look() != nil)
            let start = stage.server.switchyard.clock.now
            for number in 0..<200 { try await relay.command(number) }
            let issuedMeanwhile = try await stage.refreshed(stage.carol)
            #expect(try await relay.dateOfApp() == start.iso8601)
            stage.server.clocks.advance(by: .seconds(60))
            for number in 200..<400 { try await relay.command(number) }
            stage.server.clocks.jump(by: .zero - jump)
            #expect(stage.server.switchyard.clock.look() == .returned)
            for number in 400..<600 { try await relay.command(number) }

            #expect(relay.sessionNumbers == before)
            for pair in [issuedBefore, issuedMeanwhile] {
                #expect(throws: Never.self) { try stage.server.switchyard.accounts.authenticate(pair.accessToken) }
            }
            try await relay.settle()
            print("clock: \(jump) and back: 600 commands acknowledged, 0 sessions and 0 tokens ended, 0 timers run")
        }
    }

    @Test(
        "A clock that stays set back is followed, and ends no session and no token",
        arguments: [.seconds(-3_600), .days(-3_650)] as [Duration]
    )
    func staysBack(step: Duration) async throws {
        try await withStage { stage in
            let relay = try await Relay(stage)
            defer { relay.abort() }
            let before = relay.sessionNumbers
            let issuedBefore = try await stage.refreshed(stage.bob)
            try await stage.follow(step, while: [relay.app, relay.device])
            for number in 0..<200 { try await relay.command(number) }

            #expect(stage.server.switchyard.clock.now == stage.server.clocks.wallClock.now)
            #expect(relay.sessionNumbers == before)
            let issuedAfter = try await stage.refreshed(stage.carol)
            for pair in [issuedBefore, issuedAfter] {
                #expect(throws: Never.self) { try stage.server.switchyard.accounts.authenticate(pair.accessToken) }
            }
            try await relay.settle()
            print("clock: \(step) for good: 200 commands acknowledged, 0 sessions and 0 tokens ended")
        }
    }

    @Test("A clock that stays an hour ahead is followed: tokens lose that hour and no more")
    func staysAhead() async throws {
        try await withStage { stage in
            let relay = try await Relay(stage)
            defer { relay.abort() }
            let before = relay.sessionNumbers
            let lifetime = stage.server.switchyard.configuration.protocolSettings.accessTokenLifetime
            try await stage.follow(.seconds(3_600), while: [relay.app, relay.device])
            for number in 0..<200 { try await relay.command(number) }
            #expect(relay.sessionNumbers == before)

            let accounts = stage.server.switchyard.accounts
            let token = stage.bob.tokens.accessToken
            stage.server.clocks.advance(by: lifetime - .seconds(3_600 + 700))
            #expect(throws: Never.self) { try accounts.authenticate(token) }
            stage.server.clocks.advance(by: .seconds(200))
            #expect(throws: SwitchyardError.self) { try accounts.authenticate(token) }
            print("clock: an hour ahead for good: 200 commands acknowledged, 0 sessions ended, tokens an hour shorter")
        }
    }

    @Test("When years are followed, devices stay, and apps are ended one by one, as they speak")
    func staysYearsAhead() async throws {
        try await withStage { stage in
            let relay = try await Relay(stage)
            let silent = try await TestPeer.app("silent", of: stage)
            defer {
                relay.abort()
                silent.abort()
            }
            try await stage.follow(.days(3_650), while: [relay.app, relay.device, silent])
            // Heartbeats are no reason to end a session: that would be all at once.
            try await silent.settle()
            try await relay.report()
            #expect(relay.sessionNumbers.count == 3)

            try await silent.send(#"{"action":"date","apikey":"\#(stage.ann.account.apiKey)","userAgent":"app"}"#)
            #expect(try await silent.closeCode() == 1_008)

            try await eventually("the end of one session") { relay.sessionNumbers.count == 2 }
            print("clock: ten years ahead for good: of 3 sessions that of the app which spoke ended, the others stayed")
        }
    }
}

extension Stage {
    /// Sets the clock by `step` and lets the hold pass, so that the server believes it; meanwhile the peers send heartbeats.
    fileprivate func follow(_ step: Duration, while peers: [TestPeer]) async throws {
        let clock = server.switchyard.clock
        server.clocks.jump(by: step)
        _ = clock.look()
        let pieces = 10
        let last = Duration.milliseconds(1)
        for _ in 0..<pieces {
            server.clocks.advance(by: (SteadyClock.hold - last) / pieces)
            for peer in peers { try await peer.settle() }
        }
        // No deadline of a session lies in the last bit, so that it does not matter whether the server looks first.
        server.clocks.advance(by: last)
        _ = clock.look()
        guard clock.deviation == .zero else { throw TestFailure("the step of \(step) was not followed") }
    }

    fileprivate func refreshed(_ player: Player) async throws -> TokenPair {
        try await server.switchyard.accounts.refresh(
            player.tokens.refreshToken,
            appID: application.id,
            from: "192.0.2.1"
        ).tokens
    }
}

/// An app and a device that relay commands, and what they saw.
private struct Relay {
    let stage: Stage
    let app: TestPeer
    let device: TestPeer

    init(_ stage: Stage) async throws {
        self.stage = stage
        device = try await TestPeer.device(of: stage)
        app = try await TestPeer.app(of: stage)
    }

    var sessionNumbers: [UInt64] { stage.server.switchyard.sessions.sessions().map(\.number) }

    /// A command and its acknowledgement.
    func command(_ number: Int) async throws {
        let (id, key) = (Stage.deviceID, stage.ann.account.apiKey)
        try await app.send(
            #"{"action":"update","deviceid":"\#(id)","apikey":"\#(key)","userAgent":"app","sequence":"\#(number + 1)","params":{"switch":"\#(number % 2 == 0 ? "on" : "off")"}}"#
        )
        let heard = try JSON(parsing: await device.nextText())
        let sequence = heard["sequence"]?.stringValue ?? ""
        try await device.send(#"{"error":0,"deviceid":"\#(id)","apikey":"\#(key)","sequence":"\#(sequence)"}"#)
        let answer = try JSON(parsing: await app.nextText())
        guard answer["error"] == 0, answer["sequence"]?.stringValue == "\(number + 1)" else {
            throw TestFailure("command \(number) was answered with \(answer)")
        }
    }

    /// A report of the device, which the server stores and answers.
    func report() async throws {
        try await device.send(#"{"action":"update","deviceid":"\#(Stage.deviceID)","params":{"switch":"on"}}"#)
        while try await JSON(parsing: device.nextText())["error"] != 0 {}
    }

    /// A timer that the server runs, once.
    func setTimer(in delay: Duration) async throws {
        let due = stage.server.clocks.wallClock.now.advanced(by: delay)
        try await device.send(
            #"{"action":"update","deviceid":"\#(Stage.deviceID)","params":{"timers":[{"enabled":1,"type":"once","at":"\#(due.iso8601)","do":{"switch":"on"}}]}}"#
        )
        _ = try await device.nextText()
        _ = try await app.nextText()
    }

    /// What the server says the time is.
    func dateOfApp() async throws -> String? {
        try await app.send(#"{"action":"date","apikey":"\#(stage.ann.account.apiKey)","userAgent":"app"}"#)
        return try await JSON(parsing: app.nextText())["date"]?.stringValue
    }

    func settle() async throws {
        try await app.settle()
        try await device.settle()
    }

    func abort() {
        app.abort()
        device.abort()
    }
}
