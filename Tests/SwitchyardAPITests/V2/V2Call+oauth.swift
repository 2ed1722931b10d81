import CoolkitWire

extension V2Call {
    static let oauthSigned = [
        V2Call("oauth trade") { world in FaultWorld.trade { $0["code"] = .string(world.authorizationCode) } }
    ]

    static let oauthBearer = [
        V2Call("oauth unbind", needsNoBody: true) { .delete("/v2/user/oauth/token", token: $0.token) }
    ]
}

extension FaultWorld {
    /// A trade of a code that does not exist, unless changed.
    static func trade(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = [
            "redirectUrl": .string(AuthorizationVisit.redirectURL), "code": "0b0c8c1e-0000-4000-8000-000000000000",
            "grantType": "authorization_code",
        ]
        change(&body)
        return APIRequest.post("/v2/user/oauth/token", .object(body)).signedV2()
    }
}

extension V2FaultTable {
    static let oauth =
        ["code", "redirectUrl", "grantType"].flatMap { name in
            [
                ("without", nil), ("with an empty", ""), ("with an array as", []), ("with an object as", [:]),
                ("with null as", .null), ("with a NUL in", "a\0b"),
            ].map { (fault: (String, JSON?)) in
                FaultCase("v2 oauth trade \(fault.0) \(name)", 400) { world in
                    FaultWorld.trade {
                        $0["code"] = .string(world.authorizationCode)
                        $0[name] = fault.1
                    }
                }
            }
        } + [
            FaultCase("v2 oauth trade of an unknown code", 405) { _ in FaultWorld.trade() },
            FaultCase("v2 oauth trade of another URL", 405) { world in
                FaultWorld.trade {
                    $0["code"] = .string(world.authorizationCode)
                    $0["redirectUrl"] = "https://app.example.org/"
                }
            },
            FaultCase("v2 oauth trade of another grant", 400) { world in
                FaultWorld.trade {
                    $0["code"] = .string(world.authorizationCode)
                    $0["grantType"] = "refresh"
                }
            },
        ]
}
