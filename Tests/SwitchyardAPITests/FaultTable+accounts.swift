import CoolkitWire

/// Verification codes, registration and passwords.
///
/// Source: `coolkit-v1-http.md` §2.2, §2.3, §2.5, §2.6.
extension FaultTable {
    /// What is wrong with one member of a body: absent, or of another kind.
    private static let wrongTexts: [(String, JSON?)] = [
        ("without", nil), ("with an empty", ""), ("with null as", .null), ("with an object as", [:]),
        ("with an array as", ["x"]), ("with a flag as", true),
    ]

    private static func missing(
        _ call: String,
        _ member: String,
        _ request: @escaping @Sendable (@escaping (inout JSONObject) -> Void) -> APIRequest
    ) -> [FaultCase] {
        wrongTexts.map { fault in
            FaultCase("\(call) \(fault.0) \(member)", 400) { _ in request { $0[member] = fault.1 } }
        }
    }

    static let verifications: [FaultCase] =
        missing("sms", "appid") { FaultWorld.sms($0) } + missing("sms", "sendType") { FaultWorld.sms($0) }
        + missing("sms", "email") { FaultWorld.sms($0) }
        + missing("register", "appid") { FaultWorld.register($0) }
        + missing("register", "email") { FaultWorld.register($0) }
        + missing("register", "verificationCode") { FaultWorld.register($0) }
        + missing("register", "password") { FaultWorld.register($0) }
        + missing("reset", "appid") { FaultWorld.reset($0) } + missing("reset", "email") { FaultWorld.reset($0) }
        + missing("reset", "verificationCode") { FaultWorld.reset($0) }
        + missing("reset", "password") { FaultWorld.reset($0) } + codeRequests + verified

    private static let codeRequests: [FaultCase] = [
        FaultCase("sms with an unknown sendType", 400) { _ in FaultWorld.sms { $0["sendType"] = "2" } },
        FaultCase("sms with a negative sendType", 400) { _ in FaultWorld.sms { $0["sendType"] = -1 } },
        FaultCase("sms with a sendType that is no number", 400) { _ in FaultWorld.sms { $0["sendType"] = "one" } },
        FaultCase("sms with e-mail address and phone number", 400) { _ in FaultWorld.sms { $0["to"] = "+4912345" } },
        FaultCase("sms to what is no address", 400) { _ in FaultWorld.sms { $0["email"] = "eve" } },
        FaultCase("sms to what would end a header", 400) { _ in
            FaultWorld.sms { $0["email"] = "eve@example.org\r\nBcc: x@y.org" }
        },
        FaultCase("sms to two addresses", 400) { _ in FaultWorld.sms { $0["email"] = "eve@example.org,bob" } },
        FaultCase("sms to an address with brackets", 400) { _ in FaultWorld.sms { $0["email"] = "e<v>e@example.org" } },
        FaultCase("sms to a number without country code", 400) { _ in
            FaultWorld.sms {
                $0["email"] = nil
                $0["to"] = "13123456789"
            }
        },
        FaultCase("sms to register with a phone number on eu", 400) { _ in
            FaultWorld.sms {
                $0["email"] = nil
                $0["to"] = "+4912345678"
            }
        },
        FaultCase("sms with an unknown appid", 406) { _ in FaultWorld.sms { $0["appid"] = "unknown" } },
        FaultCase("sms to register what is registered", 409) { _ in FaultWorld.sms { $0["email"] = "Ann@example.org" }
        },
        FaultCase("sms to reset an unknown account", 401) { _ in FaultWorld.sms { $0["sendType"] = "1" } },
        FaultCase("sms to delete an unknown account", 401) { _ in FaultWorld.sms { $0["sendType"] = 3 } },
    ]

    private static let verified: [FaultCase] = [
        FaultCase("register with an unknown appid", 406) { _ in FaultWorld.register { $0["appid"] = "unknown" } },
        FaultCase("register with a code that was never sent", 498) { _ in FaultWorld.register() },
        FaultCase("register what is registered, without its code", 498) { _ in
            FaultWorld.register { $0["email"] = "ann@example.org" }
        },
        FaultCase("register with a short password", 400) { _ in FaultWorld.register { $0["password"] = "1234567" } },
        FaultCase("register with a long password", 400) { _ in
            FaultWorld.register { $0["password"] = .string(String(repeating: "x", count: 129)) }
        },
        FaultCase("register with a number as password", 400) { _ in FaultWorld.register { $0["password"] = 12_345_678 }
        },
        FaultCase("register with a phone number on eu", 400) { _ in
            FaultWorld.register { $0["phoneNumber"] = "+4912345678" }
        },
        FaultCase("register with what is no phone number", 400) { _ in FaultWorld.register { $0["phoneNumber"] = "1" }
        },
        FaultCase("reset with an unknown appid", 406) { _ in FaultWorld.reset { $0["appid"] = "unknown" } },
        FaultCase("reset with a code that was never sent", 498) { _ in FaultWorld.reset() },
        FaultCase("reset of an unknown account", 401) { _ in FaultWorld.reset { $0["email"] = "eve@example.org" } },
        FaultCase("reset with a short password", 400) { _ in FaultWorld.reset { $0["password"] = "1234567" } },
    ]

    static let passwords: [FaultCase] =
        ["oldPassword", "newPassword"].flatMap { member in
            wrongTexts.map { fault in
                FaultCase("change password \(fault.0) \(member)", 400) { world in
                    world.changePassword { $0[member] = fault.1 }
                }
            }
        } + [
            FaultCase("change password with a wrong old one", 405) { world in
                world.changePassword { $0["oldPassword"] = "wrong-horse" }
            },
            FaultCase("change password to a short one", 400) { world in
                world.changePassword { $0["newPassword"] = "1234567" }
            },
            FaultCase("change password to a long one", 400) { world in
                world.changePassword { $0["newPassword"] = .string(String(repeating: "x", count: 129)) }
            },
        ]
}

extension FaultWorld {
    private static func signed(
        _ path: String,
        _ members: JSONObject,
        _ change: (inout JSONObject) -> Void
    ) -> APIRequest {
        var body: JSONObject = [
            "appid": .string(TLSRig.appID), "nonce": "a1b2c3d4", "ts": 1_700_000_001, "version": 8,
        ]
        for (key, value) in members { body[key] = value }
        change(&body)
        return APIRequest.post(path, .object(body)).signed(TLSRig.secret)
    }

    /// A code for a new account.
    static func sms(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        signed("/api/sms", ["sendType": "0", "email": "eve@example.org"], change)
    }

    static func register(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        let members: JSONObject = [
            "verificationCode": "4711", "email": "eve@example.org", "password": "correct-horse",
        ]
        return signed("/api/user/register", members, change)
    }

    static func reset(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        let members: JSONObject = [
            "verificationCode": "8123", "email": "ann@example.org", "password": "new-secret-1",
        ]
        return signed("/api/user/password/reset", members, change)
    }

    func changePassword(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = ["oldPassword": .string(TLSRig.password), "newPassword": "battery-staple"]
        change(&body)
        return .post("/api/user/password", token: token, .object(body))
    }
}
