import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// What comes from clients that mean no good, or were written in another age.
@Suite("Hostile requests", .oneServer)
struct HostileRequestTests {
    @Test("Header names are read in any case")
    func headerCase() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let client = try await RawHTTPClient(to: rig.server)
            let body = #"{"name":"Porch"}"#
            try await client.send(
                "POST /api/user/device/1000a1b2c3 HTTP/1.1\r\nHost: h\r\naUTHORIZATION:bEARER \(user.token)\r\n"
                    + "CONTENT-TYPE:text/plain\r\ncontent-LENGTH:\(body.utf8.count)\r\n\r\n\(body)"
            )
            #expect(try await client.answer().body.contains(#""name":"Porch""#))
            await client.close()
        }
    }

    @Test("HEAD has the head of GET's answer and no body, and the connection goes on")
    func head() async throws {
        try await withAPI { rig in
            let client = try await RawHTTPClient(to: rig.server)
            for path in ["/api/user/device", "/nowhere"] {
                try await client.send("HEAD \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
                let answer = try await client.answer(hasBody: false)
                #expect(answer[header: "content-type"] == "application/json")
                #expect(answer[header: "content-length"].flatMap { Int($0) } ?? 0 > 0)
            }
            try await client.send("GET /dispatch/device HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.answer().body.hasPrefix(#"{"error":0"#))
            await client.close()
        }
    }

    @Test(
        "Targets of every form are answered with JSON or refused as no HTTP",
        arguments: [
            "*", "https://h/api/user/region", "http://h", "//", "/%00", "/%", "/api/user/device/%2e%2e/add", "/..",
            "h:443",
            "/api/user/device/../device", "/?", "/#", "/\u{0}", "/api/%75ser/device", "/api\\user", "?", "api",
            "/api/user/device?a=é",
        ],
        ["GET", "POST", "OPTIONS", "CONNECT", "TRACE", "PROPFIND", "FOO"]
    )
    func targets(target: String, method: String) async throws {
        let server = try #require(OneServer.rig)
        let client = try await RawHTTPClient(to: server.server)
        try await client.send("\(method) \(target) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let text = await client.rest()
        let isJSON = text.contains("Content-Type: application/json") && text.contains(#""error":4"#)
        #expect(isJSON || text.hasPrefix("HTTP/1.1 400 "), "\(text)")
        #expect(!text.contains("500"), "\(text)")
        await client.close()
    }

    @Test("A body that is refused before it was read does not become a request")
    func unreadBody() async throws {
        try await withAPI { rig in
            let client = try await RawHTTPClient(to: rig.server)
            let body = String(repeating: "GET /dispatch/device HTTP/1.1\r\nHost: h\r\n\r\n", count: 8_000)
            // Nobody is let in, so nobody reads it; and where somebody is, it is too large.
            for path in ["/api/user/device/add", "/api/user/login", "/dispatch/device", "/nowhere"] {
                let head = "POST \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                try await client.send(head + body)
                #expect(try await client.answer().body.contains(#""error":4"#))
            }
            try await client.send("GET /dispatch/device HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.answer().body.hasPrefix(#"{"error":0"#))
            await client.close()
        }
    }

    @Test("Pipelined calls are answered in order, each for itself")
    func pipelining() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            for number in 0..<20 { try await rig.addDevice("10000000\(10 + number)", to: user.account) }
            let client = try await RawHTTPClient(to: rig.server)
            let calls = (0..<20).map { APIRequest.get("/api/user/device/10000000\(10 + $0)", token: user.token).bytes }
            let chunked =
                "POST /dispatch/device HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"

            try await client.send(calls.joined(separator: chunked) + chunked)

            for number in 0..<20 {
                #expect(try await client.answer().body.contains(#""deviceid":"10000000\#(10 + number)""#))
                #expect(try await client.answer().body.hasPrefix(#"{"error":0,"reason":"ok""#))
            }
            await client.close()
        }
    }

    @Test("A client that asks before it sends its body is told to go on")
    func expectation() async throws {
        try await withAPI { rig in
            let client = try await RawHTTPClient(to: rig.server)
            try await client.send(
                "POST /dispatch/device HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            )
            #expect(try await client.answer().status == 100)
            try await client.send("{}")
            #expect(try await client.answer().body.hasPrefix(#"{"error":0"#))
            await client.close()
        }
    }

    @Test(
        "Two Authorization headers or two appids let nobody in who would not be let in with one",
        arguments: [["Bearer x", ""], ["", "Bearer x"], ["Bearer x", "Bearer "], ["Sign x", "Bearer x"]]
    )
    func twoAuthorizations(values: [String]) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            var request = APIRequest.get("/api/user/device")
            for value in values { request = request.adding("Authorization", value.replacing("x", with: user.token)) }

            let answer = try await rig.send(request)

            #expect(answer.error == 401 || answer.error == 406 || answer.text == "[]")
            let both = APIRequest.get("/api/user/device").adding("Authorization", "Bearer 0")
                .adding("Authorization", "Bearer \(user.token)")
            #expect(try await rig.send(both).error == 401)
        }
    }

    @Test(
        "Numbers beyond all bounds are parameters like others",
        arguments: [
            "1e400", "-1e400", "9223372036854775808", "-9223372036854775808", "1e-400", "0.1", "1E+18",
            String(repeating: "9", count: 400),
        ]
    )
    func hugeNumbers(number: String) async throws {
        let rig = try #require(OneServer.rig)
        let body =
            #"{"appid":"\#(TLSRig.appID)","email":"nobody@example.org","password":"x","ts":\#(number),"version":\#(number),"#
            + #""nonce":\#(number)}"#

        let login = try await rig.send(APIRequest.post("/api/user/login", text: body).signed(TLSRig.secret))
        let region = try await rig.send(
            APIRequest.get("/api/user/region?appid=\(TLSRig.appID)&ts=\(number)&nonce=1").signed(TLSRig.secret)
        )
        let device = try await rig.send(.post("/dispatch/device", text: #"{"ts":\#(number),"version":\#(number)}"#))

        #expect(login.error == 404)
        #expect(region.error == 0)
        #expect(device.error == 0)
    }

    @Test("Of a member or a query's name that comes twice one is taken, the same every time")
    func duplicates() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000000001", to: user.account)
            try await rig.addDevice("1000000002", to: user.account)

            let query = try await rig.send(
                .get("/api/user/device/status?deviceid=1000000001&deviceid=1000c0c0c0", token: user.token)
            )
            let rename = try await rig.send(
                .post("/api/user/device/1000000001", token: user.token, text: #"{"name":"First","name":"Last"}"#)
            )

            #expect(query.error == 0)
            #expect(rename["device"]?["name"] == "Last")
        }
    }

    @Test("What a client tells of itself is kept short, whatever it is made of")
    func longTexts() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            func login(_ letter: String, _ count: Int) -> APIRequest {
                TLSRig.login([
                    "email": "ann@example.org", "password": .string(TLSRig.password),
                    "os": .string(String(repeating: letter, count: count)), "appVersion": "1\u{0}2",
                ])
            }

            let heap = try await rig.send(login("e" + String(repeating: "\u{301}", count: 20_000), 1))
            let answer = try await rig.send(login("e" + String(repeating: "\u{301}", count: 30), 600))

            #expect(heap.error == 400)
            #expect(answer.error == nil)
            #expect(answer.text.utf8.count < 2_000)
            #expect(answer["user"]?["appInfos"]?.arrayValue?.first?["appVersion"] == nil)
        }
    }

    @Test("Behind a trusted proxy the client's address is the one it forwards, and nobody else may say so")
    func proxies() async throws {
        let login = TLSRig.login(["email": "ann@example.org", "password": .string(TLSRig.password)])
            .adding("X-Forwarded-For", "203.0.113.9, 198.51.100.7")
        for (proxies, expected) in [(["127.0.0.0/8"], "198.51.100.7"), (["192.0.2.1"], "127.0.0.1")] {
            try await withAPI(
                configuring: { $0.trustedProxies = proxies.compactMap { AddressRange($0) } },
                { rig in
                    try await rig.makeApplication()
                    _ = try await rig.makeAccount("ann@example.org")

                    #expect(try await rig.send(login)["user"]?["ip"]?.stringValue == expected)
                }
            )
        }
    }
}
