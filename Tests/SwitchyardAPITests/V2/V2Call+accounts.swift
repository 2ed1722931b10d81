import CoolkitWire

/// Accounts: `coolkit-v2-http.md` §2.2 to §2.4, and the list of log-ins, which is our own.
extension V2Call {
    /// None of them logs in or out whom other calls need.
    static let signedAccountCalls = [
        V2Call("register") { _ in FaultWorld.v2Register() },
        V2Call("login") { _ in FaultWorld.v2Login { $0["email"] = "old@example.org" } },
        V2Call("sms-login") { _ in FaultWorld.v2CodeLogin() },
        V2Call("verification-code") { _ in FaultWorld.v2Code() },
        V2Call("reset-pwd") { _ in FaultWorld.v2Reset() },
        V2Call("refresh") { _ in FaultWorld.v2Refresh() },
    ]

    static let bearerAccountCalls = [
        V2Call("profile", hasBody: false) { .get("/v2/user/profile", token: $0.token) },
        V2Call("change profile", needsNoBody: true) { $0.v2Profile(["nickname": "Ann"]) },
        V2Call("change-pwd") { $0.v2ChangePassword() },
        V2Call("close-account") { $0.v2Close() },
        V2Call("list sessions", hasBody: false) { .get("/v2/user/sessions", token: $0.token) },
        V2Call("end session") { .delete("/v2/user/sessions", token: $0.token).with(id: FaultWorld.absentLogin) },
        V2Call("logout", needsNoBody: true) { .delete("/v2/user/logout", token: $0.spareToken) },
    ]
}

extension APIRequest {
    /// The same with an `id` in the body.
    fileprivate func with(id: String) -> APIRequest { with(body: JSON.object(["id": .string(id)]).text) }
}

extension FaultWorld {
    static let absentLogin = "650000000000000000000999"

    private static func v2(_ call: String, _ members: JSONObject, _ change: (inout JSONObject) -> Void) -> APIRequest {
        var body = members
        change(&body)
        return APIRequest.post("/v2/user/\(call)", .object(body)).signedV2()
    }

    static func v2Login(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        let members: JSONObject = [
            "countryCode": "+49", "email": "ann@example.org", "password": .string(TLSRig.password),
        ]
        return v2("login", members, change)
    }

    static func v2CodeLogin(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        let members: JSONObject = [
            "countryCode": "+86", "phoneNumber": "+8613800000000", "verificationCode": "471100",
        ]
        return v2("sms-login", members, change)
    }

    static func v2Register(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        let members: JSONObject = [
            "countryCode": "+49", "email": "eve@example.org", "verificationCode": "471100", "password": "correct-horse",
        ]
        return v2("register", members, change)
    }

    static func v2Code(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        v2("verification-code", ["type": 0, "email": "eve@example.org"], change)
    }

    static func v2Reset(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        let members: JSONObject = [
            "email": "ann@example.org", "verificationCode": "812300", "password": "new-secret-1",
        ]
        return v2("reset-pwd", members, change)
    }

    static func v2Refresh(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        v2("refresh", ["rt": .string(String(repeating: "0", count: 40))], change)
    }

    func v2Profile(_ body: JSON) -> APIRequest { .post("/v2/user/profile", token: token, body) }

    func v2ChangePassword(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = ["oldPassword": .string(TLSRig.password), "newPassword": "battery-staple"]
        change(&body)
        return .post("/v2/user/change-pwd", token: token, .object(body))
    }

    func v2Close(_ body: JSON = ["verificationCode": "812300"]) -> APIRequest {
        .post("/v2/user/close-account", token: token, body)
    }
}
