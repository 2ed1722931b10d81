import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// Source: `coolkit-v2-http.md` §2.
@Suite("Accounts by version 2")
struct V2AccountTests {
    private func code(of rig: TLSRig) async throws -> String { try await rig.outbox.messages().first?.code ?? "" }

    private func login(_ rig: TLSRig, _ change: (inout JSONObject) -> Void = { _ in }) async throws -> APIAnswer {
        try await rig.send(FaultWorld.v2Login(change))
    }

    @Test("The body signed in the guide, by node and by python, is accepted")
    func printedVectors() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("1234@gmail.com", password: "12345678")
            // Source: `test-vectors.md` §6, "v2 guide".
            let vectors = [
                (
                    #"{"email":"1234@gmail.com","password":"12345678","countryCode":"+1"}"#,
                    "ttZ/gluzqrafvGonjMD20p4//arW6KoZKbo1SOMEzCA="
                ),
                (
                    #"{"email": "1234@gmail.com", "password": "12345678", "countryCode": "+1"}"#,
                    "cE/Wl57Ithy21Elieq5wFsYwJWl2IrkBxlmuCnwI73c="
                ),
            ]

            for (body, signature) in vectors {
                let request = APIRequest.post("/v2/user/login", text: body).adding("X-CK-Appid", TLSRig.appID)
                    .adding("Authorization", "Sign \(signature)")
                #expect(try await rig.send(request).error == 0)
            }
        }
    }

    @Test("A log-in answers user, tokens and region; a new account has no profile yet")
    func answer() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")

            let answer = try await login(rig) {
                $0["email"] = "Ann@Example.org"
                $0["countryCode"] = 49
                $0["imei"] = "unknown fields are ignored"
            }

            #expect(answer.headers["cache-control"] == "no-store")
            let data = try #require(answer["data"])
            #expect(data.objectValue?.keys == ["user", "at", "rt", "region"])
            let user: JSON = [
                "timezone": ["id": "Etc/UTC", "offset": 0], "accountLevel": 20, "levelExpiredAt": 0,
                "countryCode": "+49", "email": "ann@example.org", "apikey": .string(account.apiKey.rawValue),
                "accountConsult": false, "lang": "en", "appForumEnterHide": false, "appVersion": "",
                "denyRecharge": false, "ipCountry": "DE",
            ]
            #expect(data["user"]?.text == user.text)
            #expect(data["at"]?.stringValue?.wholeMatch(of: /[0-9a-f]{40}/) != nil)
            #expect(data["region"] == "eu")
            try OpenAPIDocument(.v2).expectDescribed(answer, to: "POST", "/v2/user/login")
        }
    }

    @Test(
        "Who never told his country has that of his number, or one of his region",
        arguments: [
            ("ann@example.org", "eu", "+44", "GB"), ("ann@example.org", "us", "+1", "US"),
            ("ann@example.org", "as", "+65", "SG"), ("ann@example.org", "cn", "+86", "CN"),
            ("+4915112345678", "eu", "+49", "DE"), ("+16845551234", "us", "+1684", "AS"),
        ]
    )
    func guessesCountries(identifier: String, region: String, code: String, country: String) async throws {
        try await withAPI(.with(\.region, region)) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser(identifier)

            let profile = try await rig.send(.get("/v2/user/profile", token: user.token))

            #expect(profile["data"]?["user"]?["countryCode"]?.stringValue == code)
            #expect(profile["data"]?["user"]?["ipCountry"]?.stringValue == country)
            #expect(profile["data"]?["region"]?.stringValue == region)
        }
    }

    @Test("homebridge's second try, with the password decoded, logs in; four failures lock nobody out")
    func triesTwice() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")

            // The client is given the password in base64, tries that first, and decodes it after 10001.
            for _ in 0..<4 {
                let first = try await login(rig) { $0["password"] = "Y29ycmVjdC1ob3JzZQ==" }
                #expect(first.error == 10_001)
            }

            #expect(try await login(rig).error == 0)
        }
    }

    @Test("A registered account keeps its country, and its address in lower case")
    func registers() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let sent = try await rig.send(FaultWorld.v2Code { $0["email"] = "EVE@Example.org" })
            let code = try await code(of: rig)

            let answer = try await rig.send(
                FaultWorld.v2Register {
                    $0["email"] = "Eve@example.org"
                    $0["verificationCode"] = .string(code)
                    $0["countryCode"] = "33"
                }
            )

            #expect(sent.text == #"{"error":0,"msg":"","data":{}}"#)
            #expect(answer["data"]?["user"]?["email"] == "eve@example.org")
            #expect(answer["data"]?["user"]?["countryCode"] == "+33")
            let token = try #require(answer["data"]?["at"]?.stringValue)
            let profile = try await rig.send(.get("/v2/user/profile", token: token))
            #expect(profile["data"]?["user"]?["ipCountry"] == "FR")
            #expect(try await rig.send(FaultWorld.v2Code { $0["email"] = "EVE@Example.org" }).error == 10_009)
        }
    }

    @Test("A phone number counts before an address; a code logs it in once")
    func logsInByCode() async throws {
        try await withAPI(.with(\.region, "cn")) { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("+8613800000000")
            let request = FaultWorld.v2Code {
                $0["type"] = 4
                $0["phoneNumber"] = "+8613800000000"
            }
            #expect(try await rig.send(request).error == 0)
            let code = try await code(of: rig)

            let wrong = try await rig.send(FaultWorld.v2CodeLogin { $0["verificationCode"] = "x" })
            let right = try await rig.send(FaultWorld.v2CodeLogin { $0["verificationCode"] = .string(code) })
            let again = try await rig.send(FaultWorld.v2CodeLogin { $0["verificationCode"] = .string(code) })

            #expect([wrong.error, right.error, again.error] == [10_002, 0, 10_002])
            #expect(right["data"]?["user"]?["phoneNumber"] == "+8613800000000")
            try OpenAPIDocument(.v2).expectDescribed(right, to: "POST", "/v2/user/sms-login")
        }
    }

    @Test("Too many codes are 10010")
    func limitsCodes() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()

            for _ in 0..<3 { #expect(try await rig.send(FaultWorld.v2Code()).error == 0) }

            #expect(try await rig.send(FaultWorld.v2Code()).error == 10_010)
        }
    }

    @Test("A password that was reset or changed is the new one, in both versions")
    func passwords() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let old = try #require(try await login(rig)["data"]?["at"]?.stringValue)
            let request = FaultWorld.v2Code {
                $0["type"] = 1
                $0["email"] = "ann@example.org"
            }
            #expect(try await rig.send(request).error == 0)
            let code = try await code(of: rig)

            let reset = try await rig.send(FaultWorld.v2Reset { $0["verificationCode"] = .string(code) })
            #expect(reset.error == 0)
            try OpenAPIDocument(.v2).expectDescribed(reset, to: "POST", "/v2/user/reset-pwd")
            #expect(try await rig.send(.get("/v2/user/profile", token: old)).error == 401)
            let token = try #require(reset["data"]?["at"]?.stringValue)
            let change: JSON = ["oldPassword": "new-secret-1", "newPassword": "battery-staple"]
            #expect(try await rig.send(.post("/v2/user/change-pwd", token: token, change)).error == 0)

            #expect(try await rig.send(.get("/v2/user/profile", token: token)).error == 0)
            #expect(try await login(rig) { $0["password"] = "new-secret-1" }.error == 10_001)
            let byVersion1 = TLSRig.login(["email": "ann@example.org", "password": "battery-staple"])
            #expect(try await rig.send(byVersion1)["at"] != nil)
        }
    }

    // MARK: The profile

    @Test("What the owner tells comes back from the store, and version 1 sees the nickname")
    func profile() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let told: JSON = [
                "nickname": "Ann", "acceptEmailAd": false, "accountConsult": true,
                "timezone": ["id": "Asia/Kolkata", "offset": "5.5"], "language": "en-IN", "lang": "cn",
                "emailSubscription": ["email": "News@Example.org"],
            ]

            let first = try await rig.send(.post("/v2/user/profile", token: user.token, told))
            let nothing: JSON = [
                "nickname": "", "accountConsult": nil, "timezone": nil, "acceptEmailAd": nil, "language": nil,
            ]
            let second = try await rig.send(.post("/v2/user/profile", token: user.token, nothing))
            let third = try await rig.send(.post("/v2/user/profile", token: user.token, text: ""))

            #expect(
                [first, second, third].map(\.text) == Array(repeating: #"{"error":0,"msg":"","data":{}}"#, count: 3)
            )
            let profile = try await rig.send(.get("/v2/user/profile", token: user.token))
            let shown = try #require(profile["data"]?["user"])
            for name in ["nickname", "acceptEmailAd", "accountConsult", "language", "lang"] {
                #expect(shown[name] == told[name], "\(name)")
            }
            #expect(shown["timezone"]?.text == #"{"id":"Asia/Kolkata","offset":5.5}"#)
            #expect(shown["emailSubscription"] == ["email": "news@example.org"])
            try OpenAPIDocument(.v2).expectDescribed(profile, to: "GET", "/v2/user/profile")
            let version1 = try await rig.send(TLSRig.login(["email": "ann@example.org", "password": "correct-horse"]))
            #expect(version1["user"]?["nickname"] == "Ann")
            #expect(version1["user"]?["lang"] == "cn")
            let stored = try await rig.store.account(user.account.id)
            #expect(stored?.profile.wasConsulted == true)
        }
    }

    // MARK: Other regions

    private static func regions() -> ProtocolSettings {
        .with(\.regionHosts, ["us": "us-apia.example.org", "eu": "eu-apia.example.org"])
    }

    @Test("An account of another region is sent there by every call that can find it")
    func redirects() async throws {
        try await withAPI(Self.regions()) { rig in
            try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")
            let data = try #require(try await login(rig)["data"])
            let refreshToken = try #require(data["rt"])
            let token = try #require(data["at"]?.stringValue)
            try await rig.accounts.setRegion("us", of: account.id)

            let answers = [
                try await login(rig),
                try await rig.send(FaultWorld.v2Refresh { $0["rt"] = refreshToken }),
                try await rig.send(FaultWorld.v2Refresh { $0["rt"] = refreshToken }.authorized("Bearer \(token)")),
                try await rig.send(
                    FaultWorld.v2Code {
                        $0["email"] = "ann@example.org"
                        $0["type"] = 1
                    }
                ),
                try await rig.send(FaultWorld.v2Reset()),
            ]

            for answer in answers {
                #expect(answer.text == #"{"error":10004,"msg":"redirection","data":{"region":"us"}}"#)
            }
        }
    }

    @Test("An account of this region, or of one nobody serves, is served here", arguments: ["eu", "as"])
    func servesHere(region: String) async throws {
        try await withAPI(Self.regions()) { rig in
            try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")
            try await rig.accounts.setRegion(region, of: account.id)

            let answer = try await login(rig)

            #expect(answer.error == 0)
            #expect(answer["data"]?["region"]?.stringValue == region)
        }
    }

    @Test("After 10004 the same request is taken once more by an application that may not repeat itself")
    func repeatsAfterRedirect() async throws {
        try await withAPI(Self.regions()) { rig in
            let application = try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")
            try await rig.accounts.setRegion("us", of: account.id)
            let checks = RequestChecks(refusesReplays: true)
            _ = try await rig.server.switchyard.applications.setChecks(checks, of: application.id)
            let request = FaultWorld.v2Login().adding("X-CK-Nonce", "k3n9x0pq")

            #expect(try await rig.send(FaultWorld.v2Login()).error == 400)
            #expect(try await rig.send(request).error == 10_004)
            #expect(try await rig.send(request).error == 10_004)
            try await rig.accounts.setRegion("eu", of: account.id)
            #expect(try await rig.send(request).error == 0)
            #expect(try await rig.send(request).error == 400)
        }
    }

    @Test("A region asked for with a wrong signature is told, unless that is strict", arguments: [false, true])
    func regionSignature(isStrict: Bool) async throws {
        try await withAPI(.with(\.strictRegionSignature, isStrict)) { rig in
            try await rig.makeApplication()

            let wrong = FaultWorld.v2Region().authorized("Sign XuOzGxtG50CiF4H3odUfZsvKVl5+qSPzhfLEuUd4eJw=")

            #expect(try await rig.send(wrong).error == (isStrict ? 400 : 0))
            #expect(try await rig.send(FaultWorld.v2Region()).error == 0)
            #expect(try await rig.send(FaultWorld.v2Region().authorized(nil)).error == 400)
        }
    }

    // MARK: The rate of calls

    @Test("With callRateLimit a call that comes within half a second of the last is 412; version 1 has no such limit")
    func rate() async throws {
        try await withAPI(.with(\.callRateLimit, true)) { rig in
            try await rig.makeApplication()
            let unknown = APIRequest.get("/v2/none")

            let first = try await rig.send(FaultWorld.v2Region())
            let second = try await rig.send(FaultWorld.v2Region())
            let other = try await rig.send(FaultWorld.v2Login())
            let unknowns = [try await rig.send(unknown), try await rig.send(.get("/v2/other"))]
            let version1 = [try await rig.send(FaultWorld.region()), try await rig.send(FaultWorld.region())]
            rig.clocks.advance(by: .milliseconds(500))
            let third = try await rig.send(FaultWorld.v2Region())

            #expect([first, second, other, third].map(\.error) == [0, 412, 10_003, 0])
            #expect(second.text == #"{"error":412,"msg":"too many requests","data":{}}"#)
            #expect(second.status == 200)
            #expect(unknowns.map(\.error) == [403, 412])
            #expect(version1.map(\.error) == [0, 0])
        }
    }

    @Test("Without it nobody is held up")
    func noRate() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()

            for _ in 0..<20 { #expect(try await rig.send(FaultWorld.v2Region()).error == 0) }
        }
    }
}
