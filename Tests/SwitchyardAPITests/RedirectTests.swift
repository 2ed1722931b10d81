import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@Suite("Accounts of other regions, repeated requests and languages")
struct RedirectTests {
    private static func settings() -> ProtocolSettings {
        .with(\.regionHosts, ["us": "us-api.example.org", "eu": "eu-api.example.org"])
    }

    @Test("Log-in, refresh, sms and reset send an account to its region, without tokens")
    func redirects() async throws {
        try await withAPI(Self.settings()) { rig in
            try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")
            let login = TLSRig.login(["email": "ann@example.org", "password": "correct-horse"])
            let pair = try await rig.send(login)
            let refreshToken = try #require(pair["rt"]?.stringValue)
            try await rig.accounts.setRegion("us", of: account.id)

            let answers = [
                try await rig.send(login),
                try await rig.send(FaultWorld.refresh("rt=\(refreshToken)&appid=\(TLSRig.appID)")),
                try await rig.send(
                    FaultWorld.sms {
                        $0["email"] = "ann@example.org"
                        $0["sendType"] = "1"
                    }
                ),
                try await rig.send(FaultWorld.reset()),
            ]

            for answer in answers {
                #expect(answer.text == #"{"error":301,"region":"us","msg":"redirect","info":"redirect"}"#)
            }
            #expect(try await rig.outbox.messages().isEmpty)
        }
    }

    @Test("An account of this region, or of one nobody serves, is served here", arguments: ["eu", "as"])
    func servesHere(region: String) async throws {
        try await withAPI(Self.settings()) { rig in
            try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")
            try await rig.accounts.setRegion(region, of: account.id)

            let answer = try await rig.send(TLSRig.login(["email": "ann@example.org", "password": "correct-horse"]))

            #expect(answer["region"]?.stringValue == region)
            #expect(answer["at"] != nil)
        }
    }

    @Test("An app id with nonceReplayCheck takes a signed request once; others repeat theirs")
    func replays() async throws {
        try await withAPI { rig in
            let application = try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            for _ in 0..<2 { #expect(try await rig.send(FaultWorld.login()).error == nil) }
            let checks = RequestChecks(refusesReplays: true)
            _ = try await rig.server.switchyard.applications.setChecks(checks, of: application.id)

            #expect(try await rig.send(FaultWorld.login()).error == nil)
            let repeated = try await rig.send(FaultWorld.login())
            #expect(repeated.error == 406)
            #expect(repeated["msg"] == "Sign:nonce was used before")
            #expect(try await rig.send(FaultWorld.login { $0["nonce"] = "another" }).error == nil)
            #expect(try await rig.send(FaultWorld.login { $0["nonce"] = nil }).error == 400)
            #expect(try await rig.send(FaultWorld.sms()).error == 0)
            #expect(try await rig.send(FaultWorld.sms()).error == 406)
        }
    }

    @Test("A request that is not signed rightly uses no nonce up")
    func replaysOfOthers() async throws {
        try await withAPI { rig in
            let application = try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let checks = RequestChecks(refusesReplays: true)
            _ = try await rig.server.switchyard.applications.setChecks(checks, of: application.id)

            #expect(
                try await rig.send(FaultWorld.login().authorized("Sign XuOzGxtG50CiF4H3odUfZsvKVl5+qSPzhfLEuUd4eJw="))
                    .error == 406
            )
            #expect(try await rig.send(FaultWorld.login()).error == nil)
        }
    }

    @Test("After a 301 the same request is taken once more, and then no more")
    func repeatsAfterRedirect() async throws {
        try await withAPI(Self.settings()) { rig in
            let application = try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")
            try await rig.accounts.setRegion("us", of: account.id)
            let checks = RequestChecks(refusesReplays: true)
            _ = try await rig.server.switchyard.applications.setChecks(checks, of: application.id)

            #expect(try await rig.send(FaultWorld.login()).error == 301)
            try await rig.accounts.setRegion("eu", of: account.id)
            #expect(try await rig.send(FaultWorld.login()).error == nil)
            #expect(try await rig.send(FaultWorld.login()).error == 406)
        }
    }

    @Test(
        "The limit of the clock skew is that of the app id, or the server's",
        arguments: [
            (RequestChecks.ClockSkewLimit.ofServer, 200, true), (.ofServer, 400, false), (.off, 400, true),
            (.limit(.seconds(100)), 200, false), (.limit(.seconds(500)), 400, true),
        ]
    )
    func clockSkew(limit: RequestChecks.ClockSkewLimit, offset: Int64, isAccepted: Bool) async throws {
        try await withAPI(.with(\.clockSkewLimit, .seconds(300))) { rig in
            let application = try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let checks = RequestChecks(clockSkewLimit: limit)
            _ = try await rig.server.switchyard.applications.setChecks(checks, of: application.id)
            let timestamp = rig.clocks.wallClock.now.seconds + offset

            let answer = try await rig.send(FaultWorld.login { $0["ts"] = JSON(timestamp) })

            #expect(answer.error == (isAccepted ? nil : 406))
        }
    }

    @Test("Errors are in Chinese for lang=cn in body or query, and as ever for all others")
    func languages() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            func login(_ language: JSON?) async throws -> JSON? {
                try await rig.send(
                    FaultWorld.login {
                        $0["password"] = "wrong-horse"
                        $0["lang"] = language
                    }
                )["msg"]
            }

            #expect(try await login("cn") == "账号或密码错误")
            for language in [nil, "en", "de", "", 1] as [JSON?] {
                #expect(try await login(language) == "wrong account or password")
            }
            let absent = try await rig.send(.get("/api/user/device/1000c0c0c0?lang=cn", token: world.token))
            #expect(absent.text == #"{"error":404,"msg":"设备不存在","info":"设备不存在"}"#)
            let status = try await rig.send(.get("/api/user/device/status?lang=CN", token: world.token))
            #expect(status["errmsg"] == "参数缺失或格式错误")
            let added = try await rig.send(
                world.add {
                    $0["deviceid"] = .string(FaultWorld.foreignDevice)
                    $0["lang"] = "cn"
                }
            )
            #expect(added["code"] == 409)
            #expect(added["error"] == "设备已被其他用户添加")
            let nested = try await rig.send(.get("/api/user/device?lang=cn"))
            #expect(nested["msg"] == #"{"error":401,"msg":"Bearer:accessToken is empty"}"#)
            let dispatch = try await rig.send(.get("/dispatch/app?lang=cn", token: world.expiredToken))
            #expect(dispatch["reason"] == "access token expired")
            #expect(try await rig.send(.get("/api/none?lang=cn"))["msg"] == "请求的内容不存在")
        }
    }
}
