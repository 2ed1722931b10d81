import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@Suite("Requests with a fault")
struct FaultTests {
    @Test("The requests of the table succeed without their fault", arguments: FaultWorld.bearerCalls.map(\.name))
    func withoutFault(name: String) async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let call = try #require(FaultWorld.bearerCalls.first { $0.name == name })

            let answer = try await rig.send(call.request(world))

            // The device of the world is offline; a changed password is answered without `error`.
            let expected = ["control": 503, "change password": nil][name] ?? 0
            #expect(answer.error == expected, "\(answer.text)")
        }
    }

    @Test("Errors of most endpoints have error, msg and info, the texts being the same")
    func shape() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)

            let answer = try await rig.send(world.rename(FaultWorld.absentDevice))
            let empty = try await rig.send(APIRequest.get("/api/user/device").adding("Authorization", "Bearer "))
            let unknownPath = try await rig.send(.get("/api/none"))

            #expect(answer.text == #"{"error":404,"msg":"device not found","info":"device not found"}"#)
            #expect(unknownPath.text == #"{"error":404,"msg":"api not found","info":"api not found"}"#)
            let nested = #"{\"error\":401,\"msg\":\"Bearer:accessToken is empty\"}"#
            #expect(empty.text == #"{"error":406,"msg":"\#(nested)","info":"\#(nested)"}"#)
        }
    }

    @Test("A caller whom device/add does not let in hears the number in error and in code")
    func additionRefused() async throws {
        try await withAPI { rig in
            let answer = try await rig.send(.post("/api/user/device/add", token: "no", [:]))

            #expect(answer["error"] == 401)
            #expect(answer["code"] == 401)
        }
    }

    @Test(
        "A path outside the protocol is HTTP 404 with JSON",
        arguments: ["/", "/index.html", "/apis", "/dispatch/none"]
    )
    func foreignPath(path: String) async throws {
        try await withAPI { rig in
            let answer = try await rig.send(.get(path))

            #expect(answer.status == 404)
            #expect(answer.text == #"{"error":404,"msg":"not found","info":"not found"}"#)
        }
    }

    @Test("A body of 64 KiB is read, one byte more is not")
    func bodyLimit() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            func body(_ count: Int) -> String {
                let frame = #"{"accept":"ws","padding":""}"#
                return frame.replacing("\"\"", with: "\"\(String(repeating: "a", count: count - frame.utf8.count))\"")
            }

            let largest = try await rig.send(.post("/dispatch/app", token: world.token, text: body(65_536)))
            let larger = try await rig.send(.post("/dispatch/app", token: world.token, text: body(65_537)))

            #expect(largest.error == 0)
            #expect(larger.text == #"{"error":400,"reason":"params is error: the body is larger than 65536 bytes"}"#)
        }
    }

    @Test(
        "With strictGeneralParams each of appid, nonce, ts and version is needed, without it none after log-in",
        arguments: ["appid", "nonce", "ts", "version"],
        [false, true]
    )
    func strictGeneralParams(missing: String, isStrict: Bool) async throws {
        try await withAPI(.with(\.strictGeneralParams, isStrict)) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let all = [("appid", TLSRig.appID), ("nonce", "a1b2c3d4"), ("ts", "1700000000"), ("version", "8")]
            let given = all.filter { $0.0 != missing }
            let query = given.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
            var body = JSONObject(given.map { ($0.0, JSON.string($0.1)) })
            body["accept"] = "ws"
            body["name"] = "Porch"
            body["oldPassword"] = .string(TLSRig.password)
            body["newPassword"] = .string(TLSRig.password)
            let calls: [APIRequest] = [
                .get("/api/user/device?\(query)", token: user.token),
                .get("/api/user/device/1000a1b2c3?\(query)", token: user.token),
                .get("/api/user/device/status?deviceid=1000a1b2c3&\(query)", token: user.token),
                .post("/api/user/device/1000a1b2c3", token: user.token, .object(body)),
                .post("/dispatch/app", token: user.token, .object(body)),
                .post("/api/user/password", token: user.token, .object(body)),
            ]

            for call in calls {
                let answer = try await rig.send(call)
                #expect((answer.error ?? 0) == (isStrict ? 400 : 0), "\(call.target): \(answer.text)")
            }
            #expect(try await rig.send(.get("/dispatch/app", token: user.token)).error == 0)
            body["sendType"] = 4
            body["email"] = "eve@example.org"
            let sms = try await rig.send(APIRequest.post("/api/sms", .object(body)).signed(TLSRig.secret))
            #expect(sms.error == (isStrict || missing == "appid" ? 400 : 0))
            body["verificationCode"] = "000000"
            body["password"] = "correct-horse"
            for path in ["/api/user/register", "/api/user/password/reset"] {
                let answer = try await rig.send(APIRequest.post(path, .object(body)).signed(TLSRig.secret))
                let other = path.hasSuffix("reset") ? 401 : 498
                #expect(answer.error == (isStrict || missing == "appid" ? 400 : other))
            }
            let region = try await rig.send(APIRequest.get("/api/user/region?\(query)").signed(TLSRig.secret))
            #expect(region.error == (isStrict || missing == "appid" ? 400 : 0))
        }
    }

    @Test("With strictGeneralParams app dispatch asks for a body and for accept")
    func strictDispatch() async throws {
        try await withAPI(.with(\.strictGeneralParams, true)) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let general: JSON = ["appid": "x", "nonce": "y", "ts": 1, "version": 8]

            #expect(try await rig.send(.post("/dispatch/app", token: user.token, text: nil)).error == 400)
            #expect(try await rig.send(.post("/dispatch/app", token: user.token, general)).error == 400)
        }
    }
}
