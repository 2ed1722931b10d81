import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@Suite("POST /api/user/login and GET /api/user/refresh")
struct LoginRoutesTests {
    @Test("The two log-ins printed in the documents are accepted, and the body with a newline behind it")
    func printedLogins() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("+8613123456789", password: "12345678")
            // Source: `test-vectors.md` §3 V1, V2; §4 V13.
            let compact =
                #"{"appid":"McFJj4Noke1mGDZCR1QarGW7P9Ycp0Vr","nonce":"asbsedwq","password":"12345678","#
                + #""phoneNumber":"+8613123456789","ts":1560306258,"version":8}"#
            let spaced =
                #"{"appid": "McFJj4Noke1mGDZCR1QarGW7P9Ycp0Vr", "nonce": "asbsedwq", "password": "12345678", "#
                + #""phoneNumber": "+8613123456789", "ts": 1560306258, "version": 8}"#
            let vectors = [
                (compact, "XuOzGxtG50CiF4H3odUfZsvKVl5+qSPzhfLEuUd4eJw="),
                (spaced, "XfWcNURxPxpk6Z+6I+WR/j9wHURhvTEK1qa3sAJFNR0="),
                (compact + "\n", "lVeompPmw4YBfDyffJY+g8vByCYsURtp6Gasx8Go5sI="),
            ]

            for (body, signature) in vectors {
                let request = APIRequest.post("/api/user/login", text: body).adding(
                    "Authorization",
                    "Sign \(signature)"
                )
                let answer = try await rig.send(request)
                #expect(answer.keys == ["at", "rt", "user", "region"])
            }
            let mixed = APIRequest.post("/api/user/login", text: spaced)
                .adding("Authorization", "Sign \(vectors[0].1)")
            #expect(try await rig.send(mixed).error == 406)
        }
    }

    @Test("A log-in answers tokens, user and region, and no error")
    func answer() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")

            let request = TLSRig.login([
                "email": "Ann@Example.org", "password": "correct-horse", "os": "iOS", "appVersion": "3.5.3",
                "imei": "unknown fields are ignored",
            ])
            let answer = try await rig.send(request)

            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.headers["content-length"] == String(answer.text.utf8.count))
            #expect(answer.keys == ["at", "rt", "user", "region"])
            #expect(answer["at"]?.stringValue?.wholeMatch(of: /[0-9a-f]{40}/) != nil)
            #expect(answer["rt"]?.stringValue?.wholeMatch(of: /[0-9a-f]{40}/) != nil)
            #expect(answer["region"] == "eu")
            let time = rig.clocks.wallClock.now.iso8601
            let user: JSON = [
                "_id": .string(account.id.description), "email": "ann@example.org", "appId": .string(TLSRig.appID),
                "lang": "en", "online": false, "onlineTime": .string(time), "ip": "127.0.0.1", "location": "",
                "appInfos": [["os": "iOS", "appVersion": "3.5.3"]], "clientInfo": ["os": "iOS", "appVersion": "3.5.3"],
                "createdAt": .string(time),
                "apikey": .string(account.apiKey.rawValue),
            ]
            #expect(answer["user"]?.text == user.text)
        }
    }

    @Test("The token of a log-in opens the device list; a further log-in of the application ends it")
    func singleLogin() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let login = TLSRig.login(["email": "ann@example.org", "password": "correct-horse"])

            let first = try #require(try await rig.send(login)["at"]?.stringValue)
            #expect(try await rig.send(.get("/api/user/device", token: first)).text == "[]")
            let second = try #require(try await rig.send(login)["at"]?.stringValue)

            #expect(try await rig.send(.get("/api/user/device", token: first)).error == 401)
            #expect(try await rig.send(.get("/api/user/device", token: second)).text == "[]")
        }
    }

    @Test("The phone number takes priority over the e-mail address")
    func phoneFirst() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")

            let both: JSONObject = [
                "phoneNumber": "+4915112345678", "email": "ann@example.org", "password": "correct-horse",
            ]
            #expect(try await rig.send(TLSRig.login(both)).error == 404)
            let blank: JSONObject = ["phoneNumber": "", "email": "ann@example.org", "password": "correct-horse"]
            #expect(try await rig.send(TLSRig.login(blank))["user"]?["email"] == "ann@example.org")
        }
    }

    @Test("With loginErrorZero the answers of log-in and refresh carry error 0")
    func loginErrorZero() async throws {
        try await withAPI(.with(\.loginErrorZero, true)) { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")

            let login = try await rig.send(
                TLSRig.login(["email": "ann@example.org", "password": "correct-horse"])
            )
            let refreshToken = try #require(login["rt"]?.stringValue)
            let refresh = try await rig.send(Self.refresh(refreshToken))

            #expect(login["error"] == 0)
            #expect(refresh["error"] == 0)
        }
    }

    private static func refresh(_ token: String) -> APIRequest {
        APIRequest.get(
            "/api/user/refresh?grantType=refresh&rt=\(token)&appid=\(TLSRig.appID)&ts=1700000040&version=8&nonce=d4d4d4d4"
        ).signed(TLSRig.secret)
    }

    @Test("A refresh answers as a log-in, ends the old at, and may be repeated within its grace")
    func refreshing() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let login = try await rig.send(
                TLSRig.login(["email": "ann@example.org", "password": "correct-horse"])
            )
            let old = try #require(login["rt"]?.stringValue)
            let oldAccess = try #require(login["at"]?.stringValue)

            let answer = try await rig.send(Self.refresh(old))

            #expect(answer.keys == ["at", "rt", "user", "region"])
            #expect(answer["user"]?["apikey"]?.stringValue == user.account.apiKey.rawValue)
            #expect(answer["rt"]?.stringValue != old)
            #expect(try await rig.send(.get("/api/user/device", token: oldAccess)).error == 401)
            #expect(try await rig.send(Self.refresh(old)).error == nil)
            rig.clocks.advance(by: .seconds(120))
            #expect(try await rig.send(Self.refresh(old)).error == 401)
        }
    }

    @Test("An expired refresh token is 402, an expired access token too")
    func expiry() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let login = try await rig.send(
                TLSRig.login(["email": "ann@example.org", "password": "correct-horse"])
            )
            let refreshToken = try #require(login["rt"]?.stringValue)
            let accessToken = try #require(login["at"]?.stringValue)

            rig.clocks.advance(by: .days(30))
            #expect(try await rig.send(.get("/api/user/device", token: accessToken)).error == 402)
            rig.clocks.advance(by: .days(30))
            #expect(try await rig.send(Self.refresh(refreshToken)).error == 402)
        }
    }

    @Test(
        "With clockSkewLimit a ts far from the server's clock is 406, seconds and milliseconds being read",
        arguments: [
            (0, "s", true), (299, "s", true), (-299, "s", true), (301, "s", false), (-301, "s", false), (0, "ms", true),
            (301, "ms", false), (Int64.max / 2, "s", false), (Int64.min / 2, "s", false),
        ]
    )
    func clockSkew(offset: Int64, unit: String, isAccepted: Bool) async throws {
        try await withAPI(.with(\.clockSkewLimit, .seconds(300))) { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let seconds = rig.clocks.wallClock.now.seconds + offset
            let timestamp = unit == "s" ? seconds : seconds * 1_000

            let request = TLSRig.login([
                "email": "ann@example.org", "password": "correct-horse", "ts": JSON(timestamp),
            ])

            #expect(try await rig.send(request).error == (isAccepted ? nil : 406))
        }
    }

    @Test("Too many failed log-ins are refused for some minutes, then the right password works")
    func throttling() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let wrong = TLSRig.login(["email": "ann@example.org", "password": "wrong-horse"])
            let right = TLSRig.login(["email": "ann@example.org", "password": "correct-horse"])

            for _ in 0..<10 { #expect(try await rig.send(wrong).error == 401) }
            #expect(try await rig.send(right).error == 503)
            rig.clocks.advance(by: .seconds(120))

            #expect(try await rig.send(right).error == nil)
        }
    }
}
