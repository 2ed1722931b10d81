import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardTransport
import TestSupport
import Testing

@Suite("POST /api/sms, /api/user/register, /api/user/password/reset and /api/user/password")
struct VerificationRoutesTests {
    private static func sms(_ members: JSONObject) -> APIRequest {
        FaultWorld.sms { body in
            for (key, value) in members { body[key] = value }
        }
    }

    private static func code(in rig: TLSRig) async throws -> JSON {
        .string(try await rig.outbox.messages().first?.code ?? "")
    }

    @Test(
        "A code is sent for every sendType, spelled as number or text",
        arguments: ["0", 0, "1", 1, "3", 3, "4", 4] as [JSON]
    )
    func sendTypes(sendType: JSON) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let purpose = try #require(CodePurpose(rawValue: sendType.intValue ?? -1))
            if purpose == .resetPassword || purpose == .deleteAccount {
                _ = try await rig.makeAccount("eve@example.org")
            }

            let answer = try await rig.send(Self.sms(["sendType": sendType]))

            #expect(answer.text == #"{"error":0}"#)
            #expect(try await rig.outbox.messages().map(\.purpose) == [purpose])
        }
    }

    @Test("The fourth code within a minute is 160038, and another address is free")
    func limits() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            for _ in 0..<3 { #expect(try await rig.send(FaultWorld.sms()).error == 0) }

            let refused = try await rig.send(FaultWorld.sms())

            #expect(refused.text == #"{"error":160038,"msg":"send too fast","info":"send too fast"}"#)
            #expect(try await rig.send(Self.sms(["email": "dan@example.org"])).error == 0)
            rig.clocks.advance(by: .seconds(61))
            #expect(try await rig.send(FaultWorld.sms()).error == 0)
        }
    }

    @Test("Codes asked for from one address are bounded per hour")
    func addressLimit() async throws {
        try await withAPI {
            $0.limits.codesPerAddress = 2
        } _: { rig in
            try await rig.makeApplication()
            for name in ["a", "b"] {
                #expect(try await rig.send(Self.sms(["email": .string("\(name)@example.org")])).error == 0)
            }

            #expect(try await rig.send(Self.sms(["email": "c@example.org"])).error == 160_038)
            rig.clocks.advance(by: .seconds(3_601))
            #expect(try await rig.send(Self.sms(["email": "c@example.org"])).error == 0)
        }
    }

    @Test("With its code an account registers as with a log-in, and speaks the language it asked for")
    func registers() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            #expect(try await rig.send(Self.sms(["email": "Zoe\u{308}@example.org", "lang": "cn"])).error == 0)
            #expect(try await rig.outbox.messages().first?.text.contains("验证码") == true)
            let code = try await Self.code(in: rig)
            let request = FaultWorld.register {
                $0["email"] = "zo\u{EB}@Example.org"
                $0["verificationCode"] = code
                $0["lang"] = "cn"
                $0["os"] = "iOS"
            }

            let answer = try await rig.send(request)

            #expect(answer.keys == ["at", "rt", "user", "region"])
            #expect(answer["user"]?["email"] == "zo\u{EB}@example.org")
            #expect(answer["user"]?["lang"] == "cn")
            #expect(answer["user"]?["appInfos"] == [["os": "iOS"]])
            let token = try #require(answer["at"]?.stringValue)
            #expect(try await rig.send(.get("/api/user/device", token: token)).text == "[]")
            #expect(try await rig.send(request).error == 498)
            let login = try await rig.send(
                TLSRig.login(["email": "ZOE\u{308}@example.org", "password": "correct-horse", "lang": "en"])
            )
            #expect(login["user"]?["lang"] == "en")
        }
    }

    @Test(
        "A phone number registers where the region has them; its code goes to the operator; it wins over an e-mail address"
    )
    func registersPhone() async throws {
        try await withAPI(.with(\.region, "as")) { rig in
            try await rig.makeApplication()
            let sent = try await rig.send(
                FaultWorld.sms {
                    $0["email"] = nil
                    $0["to"] = "+8613123456789"
                }
            )
            #expect(sent.error == 0)
            let code = try await Self.code(in: rig)

            let answer = try await rig.send(
                FaultWorld.register {
                    $0["phoneNumber"] = "+8613123456789"
                    $0["verificationCode"] = code
                }
            )

            #expect(answer["user"]?["phoneNumber"] == "+8613123456789")
            #expect(answer["user"]?["email"] == nil)
        }
    }

    @Test("With regionIdentifiers any, an account gets either kind everywhere", arguments: RegionIdentifiers.allCases)
    func regionIdentifiers(rule: RegionIdentifiers) async throws {
        try await withAPI(.with(\.regionIdentifiers, rule)) { rig in
            try await rig.makeApplication()
            let sms = FaultWorld.sms {
                $0["email"] = nil
                $0["to"] = "+4912345678"
            }

            #expect(try await rig.send(sms).error == (rule == .any ? 0 : 400))

            let code = try await Self.code(in: rig)
            let register = FaultWorld.register {
                $0["phoneNumber"] = "+4912345678"
                $0["verificationCode"] = code == "" ? "1" : code
            }
            #expect(try await rig.send(register).error == (rule == .any ? nil : 400))
        }
    }

    @Test("An account that was made meanwhile is 409, and its code is not used up")
    func registersTwice() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            #expect(try await rig.send(FaultWorld.sms()).error == 0)
            let code = try await Self.code(in: rig)
            let account = try await rig.makeAccount("eve@example.org")
            let request = FaultWorld.register { $0["verificationCode"] = code }

            #expect(try await rig.send(request).error == 409)
            try await rig.accounts.remove(account.id)
            #expect(try await rig.send(request).error == nil)
        }
    }

    @Test("A reset answers as a log-in and ends all older tokens")
    func resets() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            #expect(try await rig.send(Self.sms(["email": "ann@example.org", "sendType": "1"])).error == 0)
            let code = try await Self.code(in: rig)

            let answer = try await rig.send(FaultWorld.reset { $0["verificationCode"] = code })

            #expect(answer.keys == ["at", "rt", "user", "region"])
            #expect(try await rig.send(.get("/api/user/device", token: user.token)).error == 401)
            let token = try #require(answer["at"]?.stringValue)
            #expect(try await rig.send(.get("/api/user/device", token: token)).text == "[]")
            #expect(
                try await rig.send(TLSRig.login(["email": "ann@example.org", "password": "correct-horse"])).error == 401
            )
        }
    }

    @Test("With loginErrorZero the answers of register and reset carry error 0")
    func loginErrorZero() async throws {
        try await withAPI(.with(\.loginErrorZero, true)) { rig in
            try await rig.makeApplication()
            _ = try await rig.send(FaultWorld.sms())
            var code = try await Self.code(in: rig)
            let registered = try await rig.send(FaultWorld.register { [code] in $0["verificationCode"] = code })
            _ = try await rig.send(Self.sms(["sendType": "1"]))
            code = try await Self.code(in: rig)
            let reset = try await rig.send(
                FaultWorld.reset { [code] in
                    $0["email"] = "eve@example.org"
                    $0["verificationCode"] = code
                }
            )

            #expect(registered["error"] == 0)
            #expect(reset["error"] == 0)
        }
    }

    @Test("A changed password is answered with a message alone; the caller's token stays, the others end")
    func changes() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            try await rig.makeApplication(id: "another", secret: "s")
            let user = try await rig.makeUser("ann@example.org")
            let other = try await rig.send(
                TLSRig.login(
                    ["appid": "another", "email": "ann@example.org", "password": "correct-horse"],
                    secret: "s"
                )
            )
            let otherToken = try #require(other["at"]?.stringValue)
            let body: JSON = ["oldPassword": "correct-horse", "newPassword": "battery-staple"]

            let answer = try await rig.send(.post("/api/user/password", token: user.token, body))

            #expect(answer.text == #"{"message":"Change password is success!"}"#)
            #expect(try await rig.send(.get("/api/user/device", token: user.token)).text == "[]")
            #expect(try await rig.send(.get("/api/user/device", token: otherToken)).error == 401)
            #expect(try await rig.send(.post("/api/user/password", token: user.token, body)).error == 405)
        }
    }

    @Test("Guesses of the old password are refused like log-ins, which they do not hold up")
    func guesses() async throws {
        try await withAPI {
            $0.limits.failedLoginsPerAccount = 2
        } _: { rig in
            let world = try await FaultWorld(rig)
            let wrong = world.changePassword { $0["oldPassword"] = "wrong-horse" }
            for _ in 0..<2 { #expect(try await rig.send(wrong).error == 405) }

            #expect(try await rig.send(world.changePassword()).error == 503)
            #expect(try await rig.send(FaultWorld.login())["at"] != nil)
        }
    }

    @Test("A mail server that does not answer is 504, and the code can be asked for again")
    func mailFails() async throws {
        try await withAPI {
            $0.mail.host = "127.0.0.1"
            $0.mail.port = 1
            $0.mail.security = .none
            $0.mail.from = "no-reply@example.org"
            $0.mail.timeout = .milliseconds(500)
        } _: { rig in
            try await rig.makeApplication()

            let answer = try await rig.send(FaultWorld.sms())

            #expect(answer.error == 504)
            #expect(answer["msg"] == "the verification code could not be sent")
            #expect(try await rig.outbox.messages().isEmpty)
        }
    }
}
