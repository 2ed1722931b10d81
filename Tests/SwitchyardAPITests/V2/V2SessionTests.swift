import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// Many clients of one account at once: `coolkit-v2-http.md` §1.3, `docs/protocol.md` ("Log-ins").
@Suite("Log-ins of one account")
struct V2SessionTests {
    private static let otherApp = "SYotherAppId00000000000000000002"
    private static let otherSecret = "otherSecret000000000000000000002"

    private func logIn(
        _ rig: TLSRig,
        under appID: String = TLSRig.appID,
        _ secret: String = TLSRig.secret
    ) async throws -> (token: String, refreshToken: String) {
        let request = APIRequest.post(
            "/v2/user/login",
            [
                "countryCode": "+49", "email": "ann@example.org", "password": .string(TLSRig.password), "os": "iOS",
                "model": "iPhone15,2", "appVersion": "5.3.0",
            ]
        )
        let data = try await rig.send(request.signedV2(appID: appID, secret: secret))["data"]
        guard let token = data?["at"]?.stringValue, let refresh = data?["rt"]?.stringValue else {
            throw TestFailure("not logged in")
        }
        return (token, refresh)
    }

    private func list(_ rig: TLSRig, _ token: String) async throws -> [JSON] {
        let answer = try await rig.send(.get("/v2/user/sessions", token: token))
        try OpenAPIDocument(.v2).expectDescribed(answer, to: "GET", "/v2/user/sessions")
        return answer["data"]?["sessionList"]?.arrayValue ?? []
    }

    /// Whether a socket still serves its app.
    private func isAlive(_ app: TestPeer) async throws -> Bool {
        try await app.send(#"{"action":"date","userAgent":"app","sequence":"7"}"#)
        return try await app.nextText().contains(#""error":0"#)
    }

    @Test("Apps of different ids stay side by side, with sockets, whichever version they log in by")
    func sideBySide() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            try await rig.makeApplication(id: Self.otherApp, secret: Self.otherSecret)
            let key = try await rig.makeAccount("ann@example.org").apiKey.rawValue
            let v1 = try #require(
                try await rig.send(TLSRig.login(["email": "ann@example.org", "password": "correct-horse"]))["at"]?
                    .stringValue
            )
            let first = try await TestPeer.app("v1", of: rig, apiKey: key, token: v1)
            let v2 = try await logIn(rig, under: Self.otherApp, Self.otherSecret)
            let second = try await TestPeer.app("v2", of: rig, apiKey: key, token: v2.token)

            #expect(try await isAlive(first))
            #expect(try await isAlive(second))
            #expect(try await list(rig, v1).count == 2)

            // The same app id once more: its older log-in ends, the other app hears nothing of it.
            let third = try await logIn(rig)
            try await first.send(#"{"action":"date","userAgent":"app","sequence":"8"}"#)
            #expect(try await first.nextText().contains(#""error":406"#))
            _ = try await first.closeCode()
            #expect(try await isAlive(second))
            #expect(try await rig.send(.get("/v2/user/profile", token: third.token)).error == 0)
            #expect(try await rig.send(.get("/v2/user/profile", token: v1)).error == 401)
            await second.close()
        }
    }

    @Test("With singleLoginScope none apps of one id stay, too, as many as an account may have log-ins")
    func none() async throws {
        try await withAPI(.with(\.singleLoginScope, .none)) { rig in
            try await rig.makeApplication()
            let key = try await rig.makeAccount("ann@example.org").apiKey.rawValue
            var apps: [TestPeer] = []
            var token = ""

            for number in 0..<4 {
                token = try await logIn(rig).token
                apps.append(try await TestPeer.app("app \(number)", of: rig, apiKey: key, token: token))
            }

            for app in apps { #expect(try await isAlive(app)) }
            let sessions = try await list(rig, token)
            #expect(sessions.map { $0["sockets"] } == [1, 1, 1, 1])
            #expect(sessions.count { $0["current"] == true } == 1)
            for app in apps { await app.close() }
        }
    }

    @Test("The list tells what clients told, and no token; a refresh keeps the id and the socket")
    func lists() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let key = try await rig.makeAccount("ann@example.org").apiKey.rawValue
            let pair = try await logIn(rig)
            let app = try await TestPeer.app(of: rig, apiKey: key, token: pair.token)

            let before = try await list(rig, pair.token)
            rig.clocks.advance(by: .seconds(60))
            let refresh = try await rig.send(
                FaultWorld.v2Refresh { $0["rt"] = .string(pair.refreshToken) }.authorized("Bearer \(pair.token)")
            )
            try OpenAPIDocument(.v2).expectDescribed(refresh, to: "POST", "/v2/user/refresh")
            let token = try #require(refresh["data"]?["at"]?.stringValue)
            let after = try await list(rig, token)

            let start = rig.clocks.wallClock.now.advanced(by: .seconds(-60)).milliseconds
            #expect(before.count == 1)
            #expect(before.first?["os"] == "iOS")
            #expect(before.first?["model"] == "iPhone15,2")
            #expect(before.first?["appVersion"] == "5.3.0")
            #expect(before.first?["ip"] == "127.0.0.1")
            #expect(before.first?["appid"]?.stringValue == TLSRig.appID)
            #expect(before.first?["refreshTime"] == nil)
            #expect(after.map { $0["id"] } == before.map { $0["id"] })
            #expect(after.first?["refreshTime"] == .number(JSONNumber(start + 60_000)))
            #expect(after.first?["sockets"] == 1)
            #expect(after.first?["current"] == true)
            #expect(try await isAlive(app))
            for secret in [pair.token, pair.refreshToken, token] {
                #expect(!JSON.array(before + after).text.contains(secret))
            }
            await app.close()
        }
    }

    @Test("A refresh by Bearer takes an at that has expired or was replaced, but none of another log-in")
    func refreshesByToken() async throws {
        try await withAPI(.with(\.singleLoginScope, .none)) { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let (pair, other) = (try await logIn(rig), try await logIn(rig))
            func refresh(_ token: String, _ refreshToken: String) async throws -> APIAnswer {
                try await rig.send(
                    FaultWorld.v2Refresh { $0["rt"] = .string(refreshToken) }.authorized("Bearer \(token)")
                )
            }

            #expect(try await refresh(other.token, pair.refreshToken).error == 401)
            #expect(try await refresh("unknown", pair.refreshToken).error == 401)
            rig.clocks.advance(by: .days(31))
            #expect(try await rig.send(.get("/v2/user/profile", token: pair.token)).error == 402)
            #expect(try await refresh(pair.token, pair.refreshToken).error == 0)
            // The answer was lost: within its grace the same once more.
            #expect(try await refresh(pair.token, pair.refreshToken).error == 0)
            rig.clocks.advance(by: .seconds(61))
            #expect(try await refresh(pair.token, pair.refreshToken).error == 401)
        }
    }

    /// A refresh token proves who holds it, the signature which application asks.
    @Test(
        "A refresh that is not signed is refused, and its rt stays good",
        arguments: ["Sign [object Object]", "Sign "]
    )
    func refusesUnsignedRefresh(authorization: String) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let pair = try await logIn(rig)
            let request = APIRequest.post("/v2/user/refresh", ["rt": .string(pair.refreshToken)])

            let refused = try await rig.send(
                request.adding("X-CK-Appid", TLSRig.appID).adding("Authorization", authorization)
            )
            let answer = try await rig.send(request.signedV2())

            #expect(refused.error == 400)
            #expect(answer["data"]?["user"]?["apikey"] != nil, "\(answer.text)")
        }
    }

    @Test("A log-in that is ended over HTTP loses its tokens and its sockets, the others keep theirs")
    func ends() async throws {
        try await withAPI(.with(\.singleLoginScope, .none)) { rig in
            try await rig.makeApplication()
            let key = try await rig.makeAccount("ann@example.org").apiKey.rawValue
            let (lost, own) = (try await logIn(rig), try await logIn(rig))
            let lostApp = try await TestPeer.app("lost", of: rig, apiKey: key, token: lost.token)
            let ownApp = try await TestPeer.app("own", of: rig, apiKey: key, token: own.token)
            let id = try await list(rig, own.token).first { $0["current"] == false }?["id"]?.stringValue ?? ""

            let ended = try await rig.send(.delete("/v2/user/sessions?id=\(id)", token: own.token))
            let again = try await rig.send(.delete("/v2/user/sessions?id=\(id)", token: own.token))

            #expect(ended.text == #"{"error":0,"msg":"","data":{}}"#)
            #expect(again.error == 405)
            #expect(try await rig.send(.get("/v2/user/profile", token: lost.token)).error == 401)
            #expect(try await rig.send(FaultWorld.v2Refresh { $0["rt"] = .string(lost.refreshToken) }).error == 401)
            try await lostApp.send(#"{"action":"date","userAgent":"app","sequence":"8"}"#)
            #expect(try await lostApp.nextText().contains(#""error":406"#))
            _ = try await lostApp.closeCode()
            #expect(try await isAlive(ownApp))
            #expect(try await list(rig, own.token).count == 1)
            await ownApp.close()
        }
    }

    @Test("A log-out ends the token, what it can be refreshed with, and the sockets, also those from before a refresh")
    func logsOut() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let key = try await rig.makeAccount("ann@example.org").apiKey.rawValue
            let pair = try await logIn(rig)
            let app = try await TestPeer.app(of: rig, apiKey: key, token: pair.token)
            let refresh = try await rig.send(FaultWorld.v2Refresh { $0["rt"] = .string(pair.refreshToken) })
            let token = try #require(refresh["data"]?["at"]?.stringValue)
            let newest = try #require(refresh["data"]?["rt"])

            let answer = try await rig.send(.delete("/v2/user/logout", token: token))

            #expect(answer.text == #"{"error":0,"msg":"","data":{}}"#)
            #expect(try await rig.send(.get("/v2/user/profile", token: token)).error == 401)
            for refreshToken in [.string(pair.refreshToken), newest] {
                #expect(try await rig.send(FaultWorld.v2Refresh { $0["rt"] = refreshToken }).error == 401)
            }
            try await app.send(#"{"action":"date","userAgent":"app","sequence":"8"}"#)
            #expect(try await app.nextText().contains(#""error":406"#))
            _ = try await app.closeCode()
        }
    }

    @Test("An account that its owner closes is gone with devices, tokens and sockets; its device is told")
    func closesAccount() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")
            try await rig.addDevice(FaultWorld.ownDevice, to: account)
            let pair = try await logIn(rig)
            let app = try await TestPeer.app(of: rig, apiKey: account.apiKey.rawValue, token: pair.token)
            let request = FaultWorld.v2Code {
                $0["type"] = 3
                $0["email"] = "ann@example.org"
            }
            #expect(try await rig.send(request).error == 0)
            let code = try await rig.outbox.messages().first?.code ?? ""

            let close = APIRequest.post(
                "/v2/user/close-account",
                token: pair.token,
                ["verificationCode": .string(code)]
            )
            #expect(try await rig.send(close).text == #"{"error":0,"msg":"","data":{}}"#)

            #expect(try await rig.send(close).error == 401)
            #expect(try await rig.send(FaultWorld.v2Login()).error == 10_003)
            #expect(try await rig.store.accounts().isEmpty)
            #expect(try await rig.store.deletedDevices().map(\.id.rawValue) == [FaultWorld.ownDevice])
            try await app.send(#"{"action":"date","userAgent":"app","sequence":"8"}"#)
            #expect(try await app.nextText().contains(#""error":406"#))
            let device = try await TestPeer.registering(FaultWorld.ownDevice, with: rig)
            #expect(try await device.nextText().contains(#""error":415"#))
            await device.close()
            _ = try await app.closeCode()
        }
    }
}
