import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

@Suite("Tokens for authorization codes")
struct V2OAuthRoutesTests {
    private func withVisit(
        _ body: @Sendable (AuthorizationVisit, _ ann: Account) async throws -> Void
    ) async throws {
        try await withAPI { rig in
            let ann = try await rig.makeAccount("ann@example.org")
            try await body(try await AuthorizationVisit.prepare(rig), ann)
        }
    }

    @Test("A code gets both tokens and when they end; nobody may store the answer")
    func trades() async throws {
        try await withVisit { visit, ann in
            let answer = try await visit.rig.send(AuthorizationVisit.trade(try await visit.code()))

            let data = try #require(answer["data"])
            let now = visit.rig.clocks.wallClock.now
            #expect([answer.error, answer.status] == [0, 200])
            #expect(data["atExpiredTime"]?.intValue == Int(now.advanced(by: .days(30)).milliseconds))
            #expect(data["rtExpiredTime"]?.intValue == Int(now.advanced(by: .days(60)).milliseconds))
            #expect(data.objectValue?.keys == ["accessToken", "atExpiredTime", "refreshToken", "rtExpiredTime"])
            #expect(answer.headers["cache-control"] == "no-store")
            let token = try #require(data["accessToken"]?.stringValue)
            #expect(try visit.rig.accounts.authenticate(token).accountID == ann.id)
            let list = try await visit.rig.send(.get("/api/user/device?version=8", token: token))
            #expect(list.error == 0)
            let (refreshToken, appID) = (data["refreshToken"]?.stringValue ?? "", AppID(TLSRig.appID))
            let refreshed = try await visit.rig.accounts.refresh(
                refreshToken,
                appID: try #require(appID),
                from: "192.0.2.1"
            )
            #expect(refreshed.account.id == ann.id)
        }
    }

    @Test("A code that comes back is invalid, and so are then the tokens that were given for it")
    func reuse() async throws {
        try await withVisit { visit, _ in
            let code = try await visit.code()
            let first = try await visit.rig.send(AuthorizationVisit.trade(code))
            let token = try #require(first["data"]?["accessToken"]?.stringValue)

            let second = try await visit.rig.send(AuthorizationVisit.trade(code))

            #expect(second.text == #"{"error":405,"msg":"invalid code","data":{}}"#)
            let call = try await visit.rig.send(.delete("/v2/user/oauth/token", token: token))
            #expect(call.error == 401)
        }
    }

    @Test("After 30 seconds, for another application and for another URL a code is invalid")
    func bounds() async throws {
        try await withVisit { visit, _ in
            let rig = visit.rig
            try await rig.makeApplication(id: "otherApp", secret: "other")
            let code = try await visit.code()

            let foreign = try await rig.send(AuthorizationVisit.trade(code, appID: "otherApp", secret: "other"))
            let elsewhere = try await rig.send(AuthorizationVisit.trade(code, redirectURL: "https://app.example.org/"))
            rig.clocks.advance(by: .seconds(30))
            let late = try await rig.send(AuthorizationVisit.trade(code))

            #expect([foreign, elsewhere, late].map(\.error) == [405, 405, 405])
        }
    }

    @Test("An account that moved meanwhile is told where")
    func otherRegion() async throws {
        try await withAPI(.with(\.regionHosts, ["us": "us.example.org"])) { rig in
            let ann = try await rig.makeAccount("ann@example.org")
            let code = try await AuthorizationVisit.prepare(rig).code()
            try await rig.accounts.setRegion("us", of: ann.id)

            let answer = try await rig.send(AuthorizationVisit.trade(code))

            #expect(answer.error == 10_004)
            #expect(answer["data"] == ["region": "us"])
        }
    }

    @Test("Unbinding ends the tokens of this application alone")
    func unbinds() async throws {
        try await withVisit { visit, ann in
            let rig = visit.rig
            let traded = try await rig.send(AuthorizationVisit.trade(try await visit.code()))
            let token = try #require(traded["data"]?["accessToken"]?.stringValue)
            let other = try await rig.server.switchyard.applications.create(name: "other")
            let client = LoginClient(appID: other.id, address: "192.0.2.10")
            let kept = try await rig.accounts.logIn(ann.identifier, password: TLSRig.password, client: client)

            let answer = try await rig.send(.delete("/v2/user/oauth/token", token: token))

            #expect(answer.text == #"{"error":0,"msg":"","data":{}}"#)
            let faults = [token, kept.tokens.accessToken].map { token -> SwitchyardError.Code? in
                do throws(SwitchyardError) {
                    _ = try rig.accounts.authenticate(token)
                    return nil
                } catch {
                    return error.code
                }
            }
            #expect(faults == [.tokenUnknown, nil])
        }
    }
}
