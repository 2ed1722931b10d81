import CoolkitWire

/// Every request with every fault it can have, and the error that the specification gives it.
///
/// Source: `coolkit-v1-http.md` §1.2, §1.4 and the sections of the endpoints.
enum FaultTable {
    // MARK: Tokens

    static let tokens: [FaultCase] = FaultWorld.bearerCalls.flatMap { call in
        let missing = call.isDispatch ? 401 : 406
        let faults: [(String, Int, @Sendable (FaultWorld) -> String?)] = [
            ("without Authorization", missing, { _ in nil }),
            ("with a blank Authorization", missing, { _ in " " }),
            ("with an empty token", missing, { _ in "Bearer " }),
            ("with a scheme and nothing else", missing, { _ in "Bearer" }),
            ("signed", missing, { _ in "Sign XuOzGxtG50CiF4H3odUfZsvKVl5+qSPzhfLEuUd4eJw=" }),
            ("with a foreign scheme", missing, { _ in "Basic YTpi" }),
            ("with an unknown token", 401, { _ in "Bearer 0123456789012345678901234567890123456789" }),
            ("with a token in upper case", 401, { "Bearer \($0.token.uppercased())" }),
            ("with a superseded token", 401, { "Bearer \($0.supersededToken)" }),
            ("with an expired token", 402, { "bearer   \($0.expiredToken)  " }),
        ]
        // One client asks by GET without a token, and is answered.
        return faults.dropFirst(call.name == "dispatch by GET" ? 1 : 0).map { fault in
            FaultCase("\(call.name) \(fault.0)", fault.1) { call.request($0).authorized(fault.2($0)) }
        }
    }

    // MARK: Signatures

    static let signedCalls: [(name: String, request: APIRequest)] = [
        ("login", FaultWorld.login()), ("refresh", FaultWorld.refresh()), ("sms", FaultWorld.sms()),
        ("register", FaultWorld.register()), ("reset", FaultWorld.reset()),
    ]

    static let signatures: [FaultCase] = signedCalls.flatMap { call in
        let faults: [(String, String?)] = [
            ("without Authorization", nil), ("with an empty signature", "Sign "), ("with a token", "Bearer 0123"),
            ("with no base64", "Sign ***"), ("with a short signature", "Sign XuOzGxtG50CiF4H3"),
            ("with another signature", "Sign XuOzGxtG50CiF4H3odUfZsvKVl5+qSPzhfLEuUd4eJw="),
        ]
        return faults.map { fault in
            FaultCase("\(call.name) \(fault.0)", 406) { _ in call.request.authorized(fault.1) }
        }
    }

    static let applications: [FaultCase] = [
        FaultCase("login without appid", 400) { _ in FaultWorld.login { $0["appid"] = nil } },
        FaultCase("login with an unknown appid", 406) { _ in FaultWorld.login { $0["appid"] = "unknown" } },
        FaultCase("login with an impossible appid", 406) { _ in FaultWorld.login { $0["appid"] = "a b" } },
        FaultCase("login with an appid that is an object", 400) { _ in FaultWorld.login { $0["appid"] = [:] } },
        FaultCase("refresh without appid", 400) { _ in FaultWorld.refresh("rt=00") },
        FaultCase("refresh with an unknown appid", 406) { _ in FaultWorld.refresh("rt=00&appid=unknown") },
        FaultCase("region without appid", 400) { _ in FaultWorld.region(appID: nil) },
        FaultCase("region with an unknown appid", 406) { _ in FaultWorld.region(appID: "unknown") },
        FaultCase("region without Authorization", 406) { _ in FaultWorld.region().authorized(nil) },
    ]

    // MARK: Bodies

    static let bodies: [FaultCase] = FaultWorld.bodyCalls.flatMap { call in
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let large = #"{"appid":"x","name":""# + String(repeating: "a", count: 65_536) + #""}"#
        var faults = [
            ("no JSON", "no"), ("cut off", #"{"appid":"x","#), ("an array", "[]"), ("a text", #""x""#),
            ("null", "null"),
            ("two values", "{}{}"), ("nested too deep", #"{"appid":\#(deep)}"#), ("too large", large),
            ("a form", "appid=x&password=y"), ("not UTF-8 by its escapes", #"{"appid":"\ud800"}"#),
        ]
        // Apps may dispatch without a body.
        if call.name != "dispatch" { faults.append(("empty", "")) }
        // A lone surrogate is read where nothing is asked of the parameter.
        if call.name.hasSuffix("dispatch") { faults.removeAll { $0.0.hasPrefix("not UTF-8") } }
        return faults.map { fault in
            FaultCase("\(call.name) with a body that is \(fault.0)", 400) { call.request($0, fault.1) }
        }
    }

    // MARK: Log-in and refresh

    static let logins: [FaultCase] = [
        FaultCase("login without password", 400) { _ in FaultWorld.login { $0["password"] = nil } },
        FaultCase("login with an empty password", 400) { _ in FaultWorld.login { $0["password"] = "" } },
        FaultCase("login with a password that is no text", 400) { _ in FaultWorld.login { $0["password"] = ["x"] } },
        FaultCase("login without account", 400) { _ in FaultWorld.login { $0["email"] = nil } },
        FaultCase("login with an empty account", 400) { _ in FaultWorld.login { $0["email"] = "" } },
        FaultCase("login of an unknown account", 404) { _ in FaultWorld.login { $0["email"] = "eve@example.org" } },
        FaultCase("login of what is no address", 404) { _ in FaultWorld.login { $0["email"] = "eve" } },
        FaultCase("login of a phone number without country code", 404) { _ in
            FaultWorld.login { $0["phoneNumber"] = "13123456789" }
        },
        FaultCase("login with a wrong password", 401) { _ in FaultWorld.login { $0["password"] = "wrong-horse" } },
        FaultCase("refresh without rt", 400) { _ in FaultWorld.refresh("appid=\(TLSRig.appID)") },
        FaultCase("refresh with an empty rt", 400) { _ in FaultWorld.refresh("rt=&appid=\(TLSRig.appID)") },
        FaultCase("refresh with an unknown rt", 401) { _ in FaultWorld.refresh() },
        FaultCase("refresh with an access token", 401) { world in
            FaultWorld.refresh("rt=\(world.token)&appid=\(TLSRig.appID)")
        },
    ]

    // MARK: Devices

    static let devices: [FaultCase] = [FaultWorld.absentDevice, FaultWorld.foreignDevice, "%20%00", "a%22b"].flatMap {
        id in
        [
            FaultCase("show \(id)", 404) { .get("/api/user/device/\(id)", token: $0.token) },
            FaultCase("rename \(id)", 404) { $0.rename(id) },
            FaultCase("delete \(id)", 404) { .delete("/api/user/device/\(id)", token: $0.token) },
            FaultCase("status of \(id)", 400) { .get("/api/user/device/status?deviceid=\(id)", token: $0.token) },
            FaultCase("control \(id)", 403) { $0.control(["deviceid": .string(id), "params": ["switch": "on"]]) },
        ]
    }

    static let changes: [FaultCase] = [
        FaultCase("add without deviceid", 400) { $0.add { $0["deviceid"] = nil } },
        FaultCase("add without apikey", 400) { $0.add { $0["apikey"] = nil } },
        FaultCase("add with an impossible deviceid", 401) { $0.add { $0["deviceid"] = "1000 c0c0" } },
        FaultCase("add with a long deviceid", 401) {
            $0.add { $0["deviceid"] = .string(String(repeating: "1", count: 65)) }
        },
        FaultCase("add with a long chipid", 400) {
            $0.add { $0["chipid"] = .string(String(repeating: "0", count: 65)) }
        },
        FaultCase("rename to a name with a NUL", 400) { $0.rename(FaultWorld.ownDevice, ["name": "a\0b"]) },
        FaultCase("add with an impossible apikey", 400) { $0.add { $0["apikey"] = "d0d0 d0d0" } },
        FaultCase("add with the account's apikey", 400) { world in world.add { $0["apikey"] = .string(world.apiKey) } },
        FaultCase("add with a long name", 400) { $0.add { $0["name"] = .string(String(repeating: "n", count: 129)) } },
        FaultCase("add a sub-device without its id", 400) { $0.add { $0["isSub"] = 1 } },
        FaultCase("add a sub-device with an impossible id", 400) {
            $0.add {
                $0["isSub"] = 1
                $0["subDeviceId"] = "a48 1"
            }
        },
        FaultCase("add a sub-device of a gateway that does not exist", 404) {
            $0.addSubDevice(of: FaultWorld.absentDevice)
        },
        FaultCase("add a sub-device of another account's gateway", 404) {
            $0.addSubDevice(of: FaultWorld.foreignDevice)
        },
        FaultCase("add a device as its own sub-device", 409) {
            $0.addSubDevice(FaultWorld.ownDevice, of: FaultWorld.ownDevice)
        },
        FaultCase("add another account's device as a sub-device", 409) {
            $0.addSubDevice(FaultWorld.foreignDevice, of: FaultWorld.ownDevice)
        },
        FaultCase("add another account's device", 409) {
            $0.add { $0["deviceid"] = .string(FaultWorld.foreignDevice) }
        },
        FaultCase("rename without name", 400) { $0.rename(FaultWorld.ownDevice, ["group": ""]) },
        FaultCase("rename to nothing", 400) { $0.rename(FaultWorld.ownDevice, ["name": ""]) },
        FaultCase("rename to blanks", 400) { $0.rename(FaultWorld.ownDevice, ["name": "  "]) },
        FaultCase("rename to an object", 400) { $0.rename(FaultWorld.ownDevice, ["name": ["x": 1]]) },
        FaultCase("rename to a long name", 400) {
            $0.rename(FaultWorld.ownDevice, ["name": .string(String(repeating: "n", count: 129))])
        },
        FaultCase("delete a sub-device that does not exist", 404) {
            .delete("/api/user/device/\(FaultWorld.ownDevice)?isSub=1&subDeviceId=a480000001", token: $0.token)
        },
        FaultCase("delete a device as another one's sub-device", 404) {
            .delete(
                "/api/user/device/\(FaultWorld.absentDevice)?isSub=1&subDeviceId=\(FaultWorld.ownDevice)",
                token: $0.token
            )
        },
        FaultCase("delete a sub-device without its id", 400) {
            .delete("/api/user/device/\(FaultWorld.ownDevice)?isSub=1", token: $0.token)
        },
    ]

    // MARK: Firmware

    private static let queryLists: [(String, JSON)] = [
        ("a text", "x"), ("null", nil), ("an object", [:]), ("numbers", [1]), ("an empty entry", [[:]]),
        ("an entry without deviceid", [["model": "M", "version": "1"]]),
        ("a deviceid that is a number", [["deviceid": 1, "model": "M", "version": "1"]]),
        ("an impossible deviceid", [["deviceid": "a b", "model": "M", "version": "1"]]),
        ("a model that is an object", [["deviceid": "1000a1b2c3", "model": [:], "version": "1"]]),
        ("a version that is a list", [["deviceid": "1000a1b2c3", "model": "M", "version": []]]),
        ("too many", .array([JSON](repeating: ["deviceid": "1"], count: 1_001))),
    ]

    static let firmware: [FaultCase] =
        [FaultCase("firmware query without deviceInfoList", 400) { $0.firmwareQuery([:]) }]
        + queryLists.map { name, list in
            FaultCase("firmware query with a list that is \(name)", 400) { $0.firmwareQuery(["deviceInfoList": list]) }
        }

    // MARK: Status, dispatch, paths

    static let commands: [FaultCase] = [
        FaultCase("status without deviceid", 400) { .get("/api/user/device/status", token: $0.token) },
        FaultCase("control without deviceid", 400) { $0.control(["params": ["switch": "on"]]) },
        FaultCase("control without params", 400) { $0.control(["deviceid": "1000a1b2c3"]) },
        FaultCase("control with a text as params", 400) { $0.control(["deviceid": "1000a1b2c3", "params": "on"]) },
        FaultCase("control with null as params", 400) { $0.control(["deviceid": "1000a1b2c3", "params": nil]) },
        FaultCase("control with an empty array", 400) { $0.control(["deviceid": "1000a1b2c3", "params": []]) },
        FaultCase("control with an array of texts", 400) { $0.control(["deviceid": "1000a1b2c3", "params": ["on"]]) },
        FaultCase("control with params twice", 400) {
            .post(
                "/api/user/device/status",
                token: $0.token,
                text: #"{"deviceid":"1000a1b2c3","params":{"switch":"on"},"params":{"switch":"off"}}"#
            )
        },
        FaultCase("control of an offline device", 503) { $0.control() },
        FaultCase("dispatch that accepts something else", 400) { $0.dispatch(["accept": "mqtt"]) },
        FaultCase("dispatch that accepts a number", 400) { $0.dispatch(["accept": 1]) },
    ]

    static let paths: [FaultCase] = [
        ("GET", "/api"), ("GET", "/api/user"), ("POST", "/api/none"), ("PUT", "/api/user/device"),
        ("GET", "/api/user/login"),
        ("PATCH", "/api/user/device/1000a1b2c3"), ("GET", "/api/user/device/1000a1b2c3/more"),
        ("DELETE", "/api/user/refresh"),
        ("OPTIONS", "/api/user/device"), ("GET", "/api/user/device/add"),
    ].map { method, path in
        FaultCase("\(method) \(path)", 404) { APIRequest(method: method, target: path, token: $0.token) }
    }

    static let all =
        tokens + signatures + applications + bodies + logins + devices + changes + firmware + commands + paths
        + grouping
        + shares + sensors + history + verifications + passwords
}
