import CoolkitWire
import SwitchyardCore
import TestRandom
import Testing

@testable import SwitchyardAPI

@Suite("Leniency towards requests")
struct LeniencyTests {
    @Test(
        "Empty parts of a path do not count",
        arguments: [
            "//api/user/device", "/api//user///device", "/api/user/device/", "/api/user/device//?version=",
            "https://hub.example.org/api/user/device",
        ]
    )
    func paths(target: String) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")

            #expect(try await rig.send(.get(target, token: user.token)).text == "[]")
        }
    }

    @Test("The shape of an error does not depend on empty parts of the path either")
    func errorPaths() async throws {
        try await withAPI { rig in
            let dispatch = try await rig.send(.post("//dispatch//app/", text: nil))
            let status = try await rig.send(.get("/api/user//device/status/"))

            #expect(dispatch.keys == ["error", "reason"])
            #expect(status.keys == ["error", "errmsg", "msg", "info"])
        }
    }

    @Test(
        "A body is read as JSON whatever its content type says",
        arguments: [
            "application/json;charset=UTF-8", "text/plain", "application/x-www-form-urlencoded", "nonsense",
        ]
    )
    func contentTypes(type: String) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            var request = APIRequest.post("/api/user/device/1000a1b2c3", token: user.token, ["name": "Porch"])
            request.headers.removeAll { $0.name == "Content-Type" }

            #expect(try await rig.send(request.adding("Content-Type", type)).error == 0)
            #expect(try await rig.send(request).error == 0)
        }
    }

    @Test(
        "Schemes compare without case, spaces are tolerated, Token is Bearer",
        arguments: [
            "bearer ", "BEARER   ", "Token ", "  Bearer ",
        ]
    )
    func schemes(prefix: String) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let request = APIRequest.get("/api/user/device").adding("Authorization", prefix + user.token + " ")

            #expect(try await rig.send(request).text == "[]")
        }
    }

    @Test("Version and ts may be numbers or texts in a body")
    func numbersAsText() async throws {
        try await withAPI(.with(\.strictGeneralParams, true)) { rig in
            try await rig.makeApplication()
            _ = try await rig.makeAccount("ann@example.org")
            let person: JSONObject = ["email": "ann@example.org", "password": "correct-horse", "nounce": "a1"]
            var texts = person
            texts["ts"] = "1546768759"
            texts["version"] = "6"
            var numbers = person
            numbers["ts"] = 1_546_768_759_123
            numbers["version"] = 8

            #expect(try await rig.send(TLSRig.login(texts)).error == nil)
            #expect(try await rig.send(TLSRig.login(numbers)).error == nil)
        }
    }

    @Test(
        "Malformed queries are read as far as they go and never fail",
        arguments: [
            "deviceid=&1000000001&appid=x", "&&&", "=", "=x", "%", "%zz=%f", "a=%ff%fe", "version&lang", "?", "a=b=c",
            "|,+",
            "params=switch|timers&x=%EF%BF%BD",
        ]
    )
    func malformedQueries(query: String) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)

            #expect(try await rig.send(.get("/api/user/device/1000a1b2c3?" + query, token: user.token)).error == 0)
        }
    }

    @Test(
        "Random request targets and bodies are answered with JSON, or with 400 where they are no HTTP",
        arguments: 0..<8
    )
    func randomRequests(seed: UInt64) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            var random = SeededGenerator(seed: seed)
            let pieces = [
                "/", "api", "user", "device", "?", "&", "=", "%", "|", ":", "//", "#", "é", "http", "dispatch", " ",
            ]

            for _ in 0..<200 {
                let tail = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                    pieces[Int.random(in: 0..<pieces.count, using: &random)]
                }
                let prefix = Bool.random(using: &random) ? "/" : ""
                var request = APIRequest(
                    method: Bool.random(using: &random) ? "GET" : "POST",
                    target: prefix + tail.joined(),
                    token: user.token
                )
                request.body = String(
                    #"{"deviceid":"1000a1b2c3","params":{"a":[1]}}"#.prefix(Int.random(in: 0..<44, using: &random))
                )
                let answer = try await rig.send(request)
                #expect(answer.json != .null || answer.status == 400, "\(request.target)")
                #expect(answer.error != 500, "\(request.target)")
            }
        }
    }

    @Test("A query's names are found as spelled first, then in other case; values keep plus and resolve %XX")
    func queryParameters() {
        let query = QueryParameters("apiKey=a+b&DEVICEID=&deviceId=1%32&x=%7C%zz%4&x=2&empty=&flag")

        #expect(query["apikey"] == "a+b")
        #expect(query["deviceid"] == "12")
        #expect(query["x"] == "|%zz%4")
        #expect(query["empty"] == nil)
        #expect(query["flag"] == nil)
        #expect(QueryParameters(String(repeating: "a=1&", count: 100_000))["a"] == "1")
    }
}
