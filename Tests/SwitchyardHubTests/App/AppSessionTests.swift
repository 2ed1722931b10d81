import CoolkitWire
import NIOCore
import SwitchyardCore
import Testing

@testable import SwitchyardHub

/// Source of the rules: `coolkit-websocket.md` §6.
@Suite("App session")
struct AppSessionTests {
    private static let now = HubRig.time
    private static let apiKey = HubRig.apiKey.rawValue

    private func session(_ change: (inout ProtocolSettings) -> Void = { _ in }) -> AppSession {
        var settings = ProtocolSettings()
        change(&settings)
        let grant = AccessGrant(
            accountID: HubRig.account,
            apiKey: HubRig.apiKey,
            appID: AppID(unchecked: "app"),
            login: .random(at: Self.now),
            expiresAt: Self.now.advanced(by: .seconds(100))
        )
        return AppSession(grant: grant, tokenHash: TokenHash(of: "token"), settings: settings)
    }

    /// What a fresh session makes of a message.
    private func step(_ message: String) throws -> String {
        var session = session()
        return session.receive(try Envelope(message), at: Self.now).text
    }

    @Test(
        "A command goes to its device with params and sequence as they came",
        arguments: [
            (#""params":{"switch":"on"},"sequence":"1700000300100""#, #"{"switch":"on"} 1700000300100"#),
            (#""params":{"a": 1.0},"sequence":1571141530100.123"#, #"{"a": 1.0} 1571141530100.123"#),
            (#""params":[{"a":1},{"b":2}]"#, #"[{"a":1},{"b":2}] -"#),
            (#""params":{},"apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","selfApikey":"x""#, "{} -"),
            (#""params":{},"sequence":null"#, "{} -"),
        ]
    )
    func commands(members: String, expected: String) throws {
        #expect(
            try step("{\"action\":\"update\",\"deviceid\":\"1000a1b2c3\",\(members)}")
                == "command 1000a1b2c3 \(expected)"
        )
    }

    @Test(
        "A command without a usable deviceid or params is 400",
        arguments: [
            #""params":{}"#, #""deviceid":"","params":{}"#, #""deviceid":5,"params":{}"#,
            #""deviceid":"a b","params":{}"#,
            #""deviceid":"x""#, #""deviceid":"x","params":null"#, #""deviceid":"x","params":"{}""#,
            #""deviceid":"x","params":0"#,
        ]
    )
    func refusesMalformedCommands(members: String) throws {
        let answer = try step("{\"action\":\"update\",\"sequence\":\"7\",\(members)}")

        #expect(answer.hasPrefix(#"{"error":400,"reason":"Bad Request""#))
        #expect(answer.hasSuffix(#""sequence":"7"}"#))
    }

    @Test("Another's apikey is a claim that the device decides about", arguments: ["update", "query"])
    func claimsForeignKey(action: String) throws {
        for (key, claim) in [
            (#""someone""#, "someone"), (#""""#, ""), ("1", ""), ("null", ""),
            ("\"\(Self.apiKey)0\"", "\(Self.apiKey)0"),
        ] {
            let params = action == "update" ? "{}" : "[]"
            let step = try step(
                "{\"action\":\"\(action)\",\"deviceid\":\"x\",\"apikey\":\(key),\"params\":\(params),\"sequence\":7}"
            )

            #expect(step == (action == "update" ? "command x {} 7 as \(claim)" : "query x [] 7 as \(claim)"))
        }
    }

    @Test(
        "A share command names device and receiver",
        arguments: [
            (#""action":"share","params":{"uid":"bob@example.org"}"#, "share 1000a1b2c3 bob@example.org 7"),
            (
                #""action":"updateShare","params":{"uid":"+491","permit":"15","note":"十个汉字的备注十个汉"}"#,
                "updateShare 1000a1b2c3 +491 7"
            ),
            (
                #""action":"cancelShare","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","params":{"uid":"x","x":1}"#,
                "cancelShare 1000a1b2c3 x 7"
            ),
        ]
    )
    func shares(members: String, expected: String) throws {
        #expect(try step("{\"deviceid\":\"1000a1b2c3\",\"sequence\":\"7\",\(members)}") == expected)
    }

    @Test(
        "A share command that is malformed is 400, one under another's apikey 403",
        arguments: [
            (#""params":{"uid":"x"},"deviceid":5"#, 400), (#""params":[],"deviceid":"x""#, 400),
            (#""deviceid":"x""#, 400), (#""params":{},"deviceid":"x""#, 400),
            (#""params":{"uid":""},"deviceid":"x""#, 400), (#""params":{"uid":1},"deviceid":"x""#, 400),
            (#""params":{"uid":"x","permit":16},"deviceid":"x""#, 400),
            (#""params":{"uid":"x","permit":-1},"deviceid":"x""#, 400),
            (#""params":{"uid":"x","permit":{}},"deviceid":"x""#, 400),
            (#""params":{"uid":"x","note":"十个汉字的备注十个汉字"},"deviceid":"x""#, 400),
            (#""params":{"uid":"x","userName":7},"deviceid":"x""#, 400),
            (#""params":{"uid":"x","deviceName":"a\u0000"},"deviceid":"x""#, 400),
            ("\"params\":{\"uid\":\"x\",\"z\":\"\(String(repeating: "z", count: 4_096))\"},\"deviceid\":\"x\"", 400),
            (#""params":{"uid":"x"},"deviceid":"x","apikey":"someone""#, 403),
        ]
    )
    func refusesShares(members: String, error: Int) throws {
        for action in ["share", "updateShare", "cancelShare"] {
            let answer = try step("{\"action\":\"\(action)\",\"sequence\":\"7\",\(members)}")

            #expect(answer.hasPrefix("{\"error\":\(error),"), "\(answer)")
        }
    }

    @Test(
        "What a receiver decides has a result; any other answer is 400",
        arguments: [
            (#"{"error":0,"result":2,"userAgent":"app","deviceid":"x","sequence":"7"}"#, "accept 7 x"),
            (#"{"error":0,"result":"3","sequence":7}"#, "refuse 7 -"),
            (#"{"error":0,"result":4,"sequence":"7"}"#, #"{"error":400,"reason":"Bad Request","sequence":"7"}"#),
            (#"{"error":1,"result":2,"sequence":"7"}"#, #"{"error":400,"reason":"Bad Request","sequence":"7"}"#),
            (#"{"error":0,"result":2}"#, #"{"error":400,"reason":"Bad Request"}"#),
        ]
    )
    func decisions(message: String, expected: String) throws {
        #expect(try step(message) == expected)
    }

    @Test("A query names what it wants, or everything")
    func queries() throws {
        let query = #"{"action":"query","deviceid":"x","params":["switch","timers"],"sequence":"7"}"#

        #expect(try step(query) == #"query x ["switch", "timers"] 7"#)
        #expect(try step(#"{"action":"query","deviceid":"x"}"#) == "query x [] -")
        #expect(try step(#"{"action":"query","deviceid":"x","params":{}}"#).hasPrefix(#"{"error":400"#))
        #expect(try step(#"{"action":"query","params":[]}"#).hasPrefix(#"{"error":400"#))
    }

    @Test("A date is answered with the time")
    func date() throws {
        #expect(
            try step(#"{"action":"date","sequence":5}"#)
                == #"{"error":0,"date":"2023-11-14T22:13:20.000Z","sequence":"5"}"#
        )
    }

    @Test(
        "Any other action is 400 and named; none at all is 400",
        arguments: [
            (
                #"{"action":"dance","sequence":"7"}"#,
                #"{"error":400,"reason":"Bad Request","sequence":"7","actionName":"dance"}"#
            ),
            (#"{"action":"Update"}"#, #"{"error":400,"reason":"Bad Request","actionName":"Update"}"#),
            (#"{"action":"a\"b"}"#, #"{"error":400,"reason":"Bad Request","actionName":"a\"b"}"#),
            (#"{"action":1}"#, #"{"error":400,"reason":"Bad Request"}"#),
            ("{}", #"{"error":400,"reason":"Bad Request"}"#),
            (#"{"error":0,"sequence":"7"}"#, #"{"error":400,"reason":"Bad Request","sequence":"7"}"#),
        ]
    )
    func refusesOtherActions(message: String, answer: String) throws {
        #expect(try step(message) == answer)
    }

    @Test("A repeated handshake is one")
    func handshakeAgain() throws {
        #expect(try step(#"{"action":"userOnline","at":"x"}"#) == "handshake again")
    }

    @Test("A session with a dead token says so to every message")
    func isRevoked() throws {
        var session = session()
        session.revoke()

        for message in [#"{"action":"date"}"#, #"{"action":"userOnline"}"#, "{}"] {
            #expect(session.receive(try Envelope(message), at: Self.now).text == "say revoked")
        }
    }

    @Test("A token is good until the very moment it expires; a refresh moves the session to the next one")
    func expires() throws {
        var session = session()
        let date = try Envelope(#"{"action":"date"}"#)
        let expiry = Self.now.advanced(by: .seconds(100))

        #expect(session.receive(date, at: expiry.advanced(by: .milliseconds(-1))).text.hasPrefix(#"{"error":0"#))
        #expect(session.receive(date, at: expiry).text == "say revoked")
        session.replaceToken(TokenHash(of: "next"), expiresAt: expiry.advanced(by: .seconds(1)))

        #expect(session.receive(date, at: expiry).text.hasPrefix(#"{"error":0"#))
        #expect(session.tokenHash == TokenHash(of: "next"))
        #expect(session.grant.accountID == HubRig.account)
    }

    @Test("No more commands than the setting allows are outstanding; the next is 503")
    func boundsOutstanding() throws {
        var session = session { $0.maximumOutstandingCommandsPerSession = 2 }
        let command = try Envelope(#"{"action":"update","deviceid":"x","params":{},"sequence":"7"}"#)
        session.commandStarted()
        #expect(session.receive(command, at: Self.now).text == "command x {} 7")
        session.commandStarted()

        let refused = session.receive(command, at: Self.now).text

        #expect(refused == #"{"error":503,"reason":"Device Offline","deviceid":"x","sequence":"7"}"#)
        session.commandEnded()
        #expect(session.receive(command, at: Self.now).text == "command x {} 7")
    }
}
