import CoolkitWire
import NIOEmbedded
import SwitchyardCore
import Testing

@testable import SwitchyardHub

@Suite("App sockets")
struct AppSocketTests {
    private static let refused = #"{"error":406,"reason":"Authentication Failed"}"#

    /// The bus event of a refresh, with the table as it is then.
    private func refresh(_ old: String, to new: String, in rig: HubRig, lifetime: Duration = .days(30)) {
        rig.addToken(new, lifetime: lifetime)
        rig.tokens.remove([TokenHash(of: old)])
        rig.bus.publish(
            .tokenReplaced(
                old: [TokenHash(of: old)],
                new: TokenHash(of: new),
                expiresAt: HubRig.time.advanced(by: lifetime)
            )
        )
        rig.loop.run()
    }

    private func revoke(_ token: String, in rig: HubRig) {
        rig.tokens.remove([TokenHash(of: token)])
        rig.bus.publish(.tokensRevoked([TokenHash(of: token)]))
        rig.loop.run()
    }

    @Test("A revoked session is told with its next message, and closed")
    func tellsRevoked() throws {
        let rig = try HubRig()
        rig.addToken("a")
        let socket = try rig.connectApp(token: "a")
        #expect(try socket.sent().count == 1)

        revoke("a", in: rig)

        #expect(socket.isOpen)
        try socket.send(#"{"action":"date"}"#)
        #expect(try socket.sent() == [Self.refused, "close 1008"])
    }

    @Test("A revoked session that stays silent is closed after five seconds")
    func closesRevoked() throws {
        let rig = try HubRig()
        rig.addToken("a")
        let socket = try rig.connectApp(token: "a")
        _ = try socket.sent()
        revoke("a", in: rig)

        rig.advance(by: .milliseconds(4_800))
        #expect(try socket.sent().isEmpty)
        rig.advance(by: .milliseconds(400))

        #expect(try socket.sent() == [Self.refused, "close 1008"])
    }

    @Test("A silent session is closed when its token expires, with heartbeats and without", arguments: [true, false])
    func closesExpired(heartbeat: Bool) throws {
        let rig = try HubRig { $0.heartbeat = heartbeat }
        rig.addToken("a", lifetime: .seconds(100))
        let socket = try rig.connectApp(token: "a")
        _ = try socket.sent()

        rig.advance(by: .milliseconds(99_800))
        #expect(try socket.sent().isEmpty)
        rig.advance(by: .milliseconds(400))

        #expect(try socket.sent() == [Self.refused, "close 1008"])
    }

    @Test("A refreshed session lives as long as its new token")
    func livesOn() throws {
        let rig = try HubRig { $0.heartbeat = false }
        rig.addToken("a", lifetime: .seconds(100))
        let socket = try rig.connectApp(token: "a")
        refresh("a", to: "b", in: rig, lifetime: .seconds(200))
        _ = try socket.sent()

        rig.advance(by: .seconds(150))
        try socket.send(#"{"action":"date"}"#)
        #expect(try socket.sent().first?.hasPrefix(#"{"error":0"#) == true)
        #expect(socket.isOpen)
        rig.advance(by: .seconds(51))

        #expect(try socket.sent() == [Self.refused, "close 1008"])
    }

    @Test("A session that is moved to a token which has died meanwhile is told so")
    func noticesDeadToken() throws {
        let rig = try HubRig()
        rig.addToken("a")
        let socket = try rig.connectApp(token: "a")
        _ = try socket.sent()

        // A log-in elsewhere ends the new token before the hub has heard of it.
        rig.bus.publish(.tokensRevoked([TokenHash(of: "b")]))
        rig.tokens.remove([TokenHash(of: "a")])
        rig.bus.publish(
            .tokenReplaced(
                old: [TokenHash(of: "a")],
                new: TokenHash(of: "b"),
                expiresAt: HubRig.time.advanced(by: .days(30))
            )
        )
        rig.loop.run()
        rig.advance(by: .milliseconds(5_200))

        #expect(try socket.sent() == [Self.refused, "close 1008"])
    }

    @Test("A session that has ended is in no index, whatever token it had last")
    func leavesIndexes() throws {
        let rig = try HubRig()
        rig.addToken("a")
        let socket = try rig.connectApp(token: "a")
        refresh("a", to: "b", in: rig)
        refresh("b", to: "c", in: rig)
        #expect(rig.hub.sessions.isOnline(HubRig.account))

        try socket.drop()

        #expect(!rig.hub.sessions.isOnline(HubRig.account))
        #expect(rig.hub.sessions.isEmpty)
        #expect(rig.hub.sessionDirectory.sessions().isEmpty)
    }

    @Test("Each session above the limit closes the oldest one, also while the older ones are slow to go")
    func boundsSessions() throws {
        let rig = try HubRig { $0.maximumSessionsPerAccount = 2 }
        rig.addToken("a")

        let sockets = try (0..<5).map { _ in try rig.connectApp(token: "a") }

        #expect(sockets.map(\.isOpen) == [false, false, false, true, true])
        #expect(try sockets[0].sent().last == "close 1013")
        for socket in sockets { try socket.drop() }
        #expect(rig.hub.sessions.isEmpty)
    }

    @Test("Thirty handshakes may come at once on a socket, by turns with two tokens, then one a second; more close it")
    func handshakesAgain() throws {
        let rig = try HubRig()
        for token in ["a", "b"] { rig.addToken(token) }
        let socket = try rig.connectApp(token: "a")
        _ = try socket.sent()
        func shakeHands(_ token: String) throws {
            try socket.send("{\"action\":\"userOnline\",\"at\":\"\(token)\",\"apikey\":\"\(HubRig.apiKey)\"}")
        }

        for number in 0..<29 { try shakeHands(number.isMultiple(of: 2) ? "b" : "a") }
        #expect(try socket.sent().count { $0.hasPrefix(#"{"error":0"#) } == 29)
        rig.advance(by: .seconds(1))
        try shakeHands("a")
        #expect(try socket.sent().count { $0.hasPrefix(#"{"error":0"#) } == 1)
        try shakeHands("b")

        #expect(try socket.sent().last == "close 1008")
    }

    @Test("A thousand questions for the time may come at once; more close the socket")
    func dates() throws {
        let rig = try HubRig()
        rig.addToken("a")
        let socket = try rig.connectApp(token: "a")
        _ = try socket.sent()

        for _ in 0..<1_000 { try socket.send(#"{"action":"date","sequence":"1"}"#) }
        #expect(try socket.sent().count == 1_000)
        try socket.send(#"{"action":"date","sequence":"1"}"#)

        #expect(try socket.sent() == ["close 1008"])
    }

    @Test("A handshake with a new token moves the socket; the old token's end does not touch it")
    func changesToken() throws {
        let rig = try HubRig()
        rig.addToken("a")
        rig.addToken("b")
        let socket = try rig.connectApp(token: "a")
        try socket.send("{\"action\":\"userOnline\",\"at\":\"b\",\"apikey\":\"\(HubRig.apiKey)\"}")
        _ = try socket.sent()

        revoke("a", in: rig)
        try socket.send(#"{"action":"date"}"#)

        #expect(try socket.sent().first?.hasPrefix(#"{"error":0"#) == true)
        try socket.drop()
        #expect(rig.hub.sessions.isEmpty)
    }

    @Test("What devices do reaches every session of the account but the one that commanded it")
    func fansOut() throws {
        let rig = try HubRig()
        rig.addToken("a")
        _ = try rig.addDevice()
        let device = try rig.connectDevice()
        let (sender, watcher) = (try rig.connectApp(token: "a"), try rig.connectApp(token: "a"))
        for socket in [device, sender, watcher] { _ = try socket.sent() }

        try sender.send(#"{"action":"update","deviceid":"1000a1b2c3","params":{"switch":"on"},"sequence":"7"}"#)
        #expect(
            try device.sent().first?.contains(#""sequence":"7","ts":0,"params":{"switch":"on"},"from":"app"}"#) == true
        )
        try device.send(#"{"error":0,"sequence":"7"}"#)

        let head = #""deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001""#
        #expect(try sender.sent() == ["{\"error\":0,\(head),\"sequence\":\"7\"}"])
        #expect(
            try watcher.sent() == [
                "{\"action\":\"update\",\(head),\"userAgent\":\"app\",\"sequence\":\"7\",\"ts\":0,"
                    + #""params":{"switch":"on"},"tempRec":"1000a1b2c3"}"#
            ]
        )
    }
}
