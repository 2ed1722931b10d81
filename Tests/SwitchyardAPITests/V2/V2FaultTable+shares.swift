import CoolkitWire
import SwitchyardCore

extension V2Call {
    static let shares = [
        V2Call("share") { $0.shareByCall() },
        V2Call("share permit") { $0.changePermit() },
        V2Call("cancel share", needsNoBody: true) { $0.cancelShare() },
    ]
}

extension FaultWorld {
    func shareByCall(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = [
            "deviceidList": [.string(Self.ownDevice)], "user": ["countryCode": "+49", "email": "bob@example.org"],
            "permit": 15, "comment": "from Ann", "shareType": 1,
        ]
        change(&body)
        return .post("/v2/device/share", token: token, .object(body))
    }

    func changePermit(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = ["deviceid": .string(Self.ownDevice), "apikey": .string(otherAPIKey), "permit": 1]
        change(&body)
        return .post("/v2/device/share/permit", token: token, .object(body))
    }

    func cancelShare(_ query: String? = nil) -> APIRequest {
        .delete("/v2/device/share?\(query ?? "deviceid=\(Self.ownDevice)&apikey=\(otherAPIKey)")", token: token)
    }
}

/// Source: `coolkit-v2-http.md` §4.2.
extension V2FaultTable {
    private static let targets: [(name: String, error: Int, id: JSON?)] = [
        ("an absent device", 30_018, .string(FaultWorld.absentDevice)),
        ("another account's device", 30_018, .string(FaultWorld.foreignDevice)),
        ("an impossible device", 30_018, "a b"), ("a device that is shared with the caller", 406, "1000e5e5e5"),
    ]

    private static let users: [(name: String, error: Int, user: JSON?)] = [
        ("nobody", 400, nil), ("a text", 400, "bob@example.org"), ("an empty object", 400, [:]),
        ("an empty address", 400, ["email": ""]), ("an address that is none", 400, ["email": "bob"]),
        ("a number as address", 400, ["email": 7]), ("a phone number that is none", 400, ["phoneNumber": "bob"]),
        ("a phone number without country", 400, ["phoneNumber": "x13123456789"]),
        ("an unknown address", 30_008, ["email": "eve@example.org"]),
        ("an unknown phone number", 30_008, ["countryCode": "+86", "phoneNumber": "+8613123456789"]),
        ("the phone number first", 30_008, ["phoneNumber": "+8613123456789", "email": "bob@example.org"]),
        ("oneself", 400, ["email": "ann@example.org"]),
    ]

    private static let permits: [(name: String, value: JSON?)] = [
        ("no permit", nil), ("a permit of 16", 16), ("a permit of -1", -1), ("a word as permit", "all"),
        ("an object as permit", [:]),
    ]

    private static let newShares: [FaultCase] =
        targets.map { name, error, id in
            FaultCase("v2 share \(name)", error) {
                $0.shareByCall { $0["deviceidList"] = [.string(FaultWorld.ownDevice), id ?? .null] }
            }
        }
        + users.map { name, error, user in
            FaultCase("v2 share with \(name)", error) { $0.shareByCall { $0["user"] = user } }
        }
        + permits.map { name, value in
            FaultCase("v2 share with \(name)", 400) { $0.shareByCall { $0["permit"] = value } }
        }
        + [
            FaultCase("v2 share without devices", 400) { $0.shareByCall { $0["deviceidList"] = nil } },
            FaultCase("v2 share no devices", 400) { $0.shareByCall { $0["deviceidList"] = [] } },
            FaultCase("v2 share a text", 400) { $0.shareByCall { $0["deviceidList"] = "1000a1b2c3" } },
            FaultCase("v2 share a number", 400) { $0.shareByCall { $0["deviceidList"] = [1] } },
            FaultCase("v2 share too many devices", 400) {
                $0.shareByCall { $0["deviceidList"] = .array(Array(repeating: "1000a1b2c3", count: 101)) }
            },
            FaultCase("v2 share with a long comment", 400) {
                $0.shareByCall { $0["comment"] = .string(String(repeating: "x", count: 31)) }
            },
            FaultCase("v2 share with an object as comment", 400) { $0.shareByCall { $0["comment"] = [:] } },
            FaultCase("v2 share by asking", 400) { $0.shareByCall { $0["shareType"] = 0 } },
            FaultCase("v2 share by a word", 400) { $0.shareByCall { $0["shareType"] = "silent" } },
        ]

    private static let otherShareFaults: [FaultCase] =
        targets.flatMap { name, error, id in
            [
                FaultCase("v2 share permit of \(name)", error) { $0.changePermit { $0["deviceid"] = id } },
                FaultCase("v2 cancel the share of \(name)", error) { world in
                    APIRequest(method: "DELETE", target: "/v2/device/share", token: world.token).with(
                        body: JSON.object(["deviceid": id ?? .null, "apikey": .string(world.otherAPIKey)]).text
                    )
                },
            ]
        }
        + permits.map { name, value in
            FaultCase("v2 share permit with \(name)", 400) { $0.changePermit { $0["permit"] = value } }
        }
        + [
            FaultCase("v2 share permit without deviceid", 400) { $0.changePermit { $0["deviceid"] = nil } },
            FaultCase("v2 share permit without apikey", 400) { $0.changePermit { $0["apikey"] = nil } },
            FaultCase("v2 share permit with an impossible apikey", 400) { $0.changePermit { $0["apikey"] = "a b" } },
            // The device is not shared with anybody.
            FaultCase("v2 share permit of no share", 405) { $0.changePermit() },
            FaultCase("v2 share permit of an unknown account", 405) { $0.changePermit { $0["apikey"] = "nobody" } },
            FaultCase("v2 cancel share without deviceid", 400) { $0.cancelShare("apikey=\($0.otherAPIKey)") },
            FaultCase("v2 cancel share without apikey", 400) { $0.cancelShare("deviceid=\(FaultWorld.ownDevice)") },
        ]

    static let shares = newShares + otherShareFaults
}
