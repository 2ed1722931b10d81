import CoolkitWire

/// Every request of version 2 with every fault it can have, and the error that the specification gives it.
///
/// Source: `coolkit-v2-http.md` §1 and the sections of the endpoints.
enum V2FaultTable {
    // MARK: Faults of every call

    private static let tokens: [FaultCase] = V2Call.bearer.flatMap { call in
        let faults: [(String, Int, @Sendable (FaultWorld) -> String?)] = [
            ("without Authorization", 401, { _ in nil }),
            ("with an empty token", 401, { _ in "Bearer " }),
            ("signed", 401, { _ in "Sign XuOzGxtG50CiF4H3odUfZsvKVl5+qSPzhfLEuUd4eJw=" }),
            ("with an unknown token", 401, { _ in "Bearer 0123456789012345678901234567890123456789" }),
            ("with a superseded token", 401, { "Bearer \($0.supersededToken)" }),
            ("with an expired token", 402, { "bearer   \($0.expiredToken)  " }),
        ]
        return faults.map { fault in
            FaultCase("v2 \(call.name) \(fault.0)", fault.1) { call.request($0).authorized(fault.2($0)) }
        }
    }

    /// The region is told to whoever signs it wrongly, and a refresh takes a token instead.
    private static let signatures: [FaultCase] = V2Call.signed.flatMap { call in
        let faults: [(String, String?)] = [
            ("without Authorization", nil), ("with an empty signature", "Sign "), ("with a token", "Bearer 0123"),
            ("with no base64", "Sign ***"),
            ("with another signature", "Sign XuOzGxtG50CiF4H3odUfZsvKVl5+qSPzhfLEuUd4eJw="),
        ]
        return faults.map { fault in
            FaultCase("v2 \(call.name) \(fault.0)", 400) { call.request($0).authorized(fault.1) }
        }
    }
    .filter { fault in
        ![
            "v2 region with an empty signature", "v2 region with no base64", "v2 region with another signature",
            "v2 refresh with a token",
        ].contains(fault.title)
    }

    private static let applications: [FaultCase] = V2Call.signed.flatMap { call in
        [
            FaultCase("v2 \(call.name) without appid", 400) { call.request($0).without("X-CK-Appid") },
            FaultCase("v2 \(call.name) with an unknown appid", 407) {
                call.request($0).without("X-CK-Appid").adding("X-CK-Appid", "unknown")
            },
            FaultCase("v2 \(call.name) with an impossible appid", 407) {
                call.request($0).without("X-CK-Appid").adding("X-CK-Appid", "a b")
            },
        ]
    }

    private static let bodies: [FaultCase] = (V2Call.signed + V2Call.bearer).filter(\.hasBody).flatMap { call in
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let large = #"{"name":""# + String(repeating: "a", count: 65_536) + #""}"#
        var faults = [
            ("no JSON", "no"), ("cut off", #"{"name":"x","#), ("an array", "[]"), ("null", "null"),
            ("nested too deep", #"{"name":\#(deep)}"#), ("too large", large), ("a form", "email=x&password=y"),
        ]
        if !call.needsNoBody { faults.append(("an empty object", "{}")) }
        return faults.map { fault in
            FaultCase("v2 \(call.name) with a body that is \(fault.0)", 400) { world in
                let request = call.request(world).with(body: fault.1)
                let isSigned = request.headers.contains { $0.value.hasPrefix("Sign ") }
                return isSigned ? request.without("Authorization").signed(TLSRig.secret) : request
            }
        }
    }

    // MARK: Paths

    private static let paths: [FaultCase] = [
        ("GET", "/v2"), ("GET", "/v2/user"), ("POST", "/v2/none"), ("PATCH", "/v2/utils/get-region"),
        ("POST", "/v2/utils/get-region"), ("GET", "/v2/utils/get-region/more"), ("OPTIONS", "/v2/device/thing"),
    ].map { method, path in
        FaultCase("\(method) \(path)", 403) { APIRequest(method: method, target: path, token: $0.token) }
    }

    /// Each part of the interface adds its own.
    static let all =
        tokens + signatures + applications + bodies + paths + accounts + homes + groups + shares + messages + oauth
        + deviceFaults
}
