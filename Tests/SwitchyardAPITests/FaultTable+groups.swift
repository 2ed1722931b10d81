import CoolkitWire
import SwitchyardCore

/// Groups, tags, adding by QR code, and devices that a factory record is known of.
///
/// Source: `coolkit-v1-http.md` §3.3, §3.4, §3.6, §3.7, §4.
extension FaultTable {
    /// Ids that are no group of the caller's.
    private static let otherGroups: [(title: String, id: @Sendable (FaultWorld) -> JSON)] = [
        ("an unknown group", { _ in .string(String(repeating: "0", count: 32)) }),
        ("another account's group", { .string($0.foreignGroup) }),
        ("a short id", { _ in "9f8e7d6c" }),
        ("an id that is not hex", { _ in .string(String(repeating: "g", count: 32)) }),
        ("an id that is an object", { _ in [:] }),
    ]

    static let groups: [FaultCase] =
        [
            FaultCase("make a group without name", 400) { $0.createGroup { $0["name"] = nil } },
            FaultCase("make a group with an empty name", 400) { $0.createGroup { $0["name"] = "" } },
            FaultCase("make a group with a blank name", 400) { $0.createGroup { $0["name"] = " \t" } },
            FaultCase("make a group with an array as name", 400) { $0.createGroup { $0["name"] = ["x"] } },
            FaultCase("make a group with a NUL in its name", 400) { $0.createGroup { $0["name"] = "a\0b" } },
            FaultCase("make a group with a long name", 400) {
                $0.createGroup { $0["name"] = .string(String(repeating: "n", count: 129)) }
            },
            FaultCase("make a group at a negative index", 400) { $0.createGroup { $0["index"] = -1 } },
            FaultCase("make a group at a huge index", 400) { $0.createGroup { $0["index"] = 1_000_001 } },
            FaultCase("make a group at a fraction", 400) { $0.createGroup { $0["index"] = 1.5 } },
            FaultCase("make a group at a word", 400) { $0.createGroup { $0["index"] = "first" } },
            FaultCase("make a group at an object", 400) { $0.createGroup { $0["index"] = [:] } },
            FaultCase("change a group without id", 400) { $0.changeGroup { $0["id"] = nil } },
            FaultCase("change nothing of a group", 400) {
                $0.changeGroup {
                    $0["name"] = nil
                    $0["index"] = nil
                }
            },
            FaultCase("change a group to an empty name", 400) { $0.changeGroup { $0["name"] = "" } },
            FaultCase("change a group to a blank name", 400) { $0.changeGroup { $0["name"] = " " } },
            FaultCase("change a group to an object as name", 400) { $0.changeGroup { $0["name"] = [:] } },
            FaultCase("change a group to a long name", 400) {
                $0.changeGroup { $0["name"] = .string(String(repeating: "ü", count: 65)) }
            },
            FaultCase("move a group to a negative index", 400) { $0.changeGroup { $0["index"] = "-1" } },
            FaultCase("move a group to a word", 400) { $0.changeGroup { $0["index"] = "x" } },
            FaultCase("remove a group without id", 400) { .delete("/api/group?type=0", token: $0.token) },
            FaultCase("remove a group with an empty id", 400) { .delete("/api/group?id=", token: $0.token) },
            FaultCase("remove another account's group", 400) {
                .delete("/api/group?id=\($0.foreignGroup)", token: $0.token)
            },
            FaultCase("remove an unknown group", 400) {
                .delete("/api/group?id=\(String(repeating: "0", count: 32))", token: $0.token)
            },
            FaultCase("remove a group with a short id", 400) { .delete("/api/group?id=9f8e", token: $0.token) },
        ]
        + otherGroups.map { other in
            FaultCase("change \(other.title)", 400) { world in world.changeGroup { $0["id"] = other.id(world) } }
        }

    static let groupMoves: [FaultCase] =
        [
            FaultCase("move nothing", 400) { $0.moveDevice { $0["deviceinfos"] = nil } },
            FaultCase("move null", 400) { $0.moveDevice { $0["deviceinfos"] = .null } },
            FaultCase("move a text", 400) { $0.moveDevice { $0["deviceinfos"] = "1000a1b2c3" } },
            FaultCase("move an empty array", 400) { $0.moveDevice { $0["deviceinfos"] = [] } },
            FaultCase("move an array of texts", 400) { $0.moveDevice { $0["deviceinfos"] = ["1000a1b2c3"] } },
            FaultCase("move an empty object", 400) { $0.moveDevice { $0["deviceinfos"] = [:] } },
            FaultCase("move more than may be", 400) { world in
                world.moveDevice {
                    $0["deviceinfos"] = .array(
                        Array(repeating: $0["deviceinfos"]?.arrayValue?.first ?? [:], count: 257)
                    )
                }
            },
            moving("without deviceid", ("deviceid", nil)),
            moving("with a number as deviceid", ("deviceid", 1_000)),
            moving("that is impossible", ("deviceid", "1000 a1b2")),
            moving("that is absent", ("deviceid", .string(FaultWorld.absentDevice))),
            moving("of another account", ("deviceid", .string(FaultWorld.foreignDevice))),
            moving("with a type of 2", ("type", 2)),
            moving("with a word as type", ("type", "all")),
            moving("with an object as type", ("type", [:])),
            moving("from nowhere to nowhere", ("target_id", "")),
            moving("from nowhere to nowhere, without the members", ("target_id", nil)),
        ]
        + otherGroups.flatMap { other in
            ["source_id", "target_id"].map { member in
                FaultCase("move a device with \(other.title) as \(member)", 400) { world in
                    world.moveDevice(changing: (member, other.id(world)))
                }
            }
        }
        + [
            // The first one could be done: it is not.
            FaultCase("move two devices, the second of another account", 400) { world in
                world.moveDevice { body in
                    let good = body["deviceinfos"]?.arrayValue?.first ?? [:]
                    var bad = good
                    bad["deviceid"] = .string(FaultWorld.foreignDevice)
                    body["deviceinfos"] = [good, bad]
                }
            },
            FaultCase("move a device twice, the second time to an unknown group", 400) { world in
                world.moveDevice { body in
                    let good = body["deviceinfos"]?.arrayValue?.first ?? [:]
                    var bad = good
                    bad["target_id"] = .string(String(repeating: "0", count: 32))
                    body["deviceinfos"] = [good, bad]
                }
            },
        ]

    /// A device moved with one member changed.
    private static func moving(_ title: String, _ change: (name: String, value: JSON?)) -> FaultCase {
        FaultCase("move a device \(title)", 400) { $0.moveDevice(changing: change) }
    }

    static let tags: [FaultCase] = [
        FaultCase("tag without deviceid", 400) { $0.setTag { $0["deviceid"] = nil } },
        FaultCase("tag with an object as deviceid", 400) { $0.setTag { $0["deviceid"] = [:] } },
        FaultCase("tag an absent device", 400) { $0.setTag { $0["deviceid"] = .string(FaultWorld.absentDevice) } },
        FaultCase("tag another account's device", 400) {
            $0.setTag { $0["deviceid"] = .string(FaultWorld.foreignDevice) }
        },
        FaultCase("tag a device that is shared", 403) {
            $0.setTag { $0["deviceid"] = .string(FaultWorld.sharedDevice) }
        },
        FaultCase("tag an impossible device", 400) { $0.setTag { $0["deviceid"] = "a b" } },
        FaultCase("tag without key", 400) { $0.setTag { $0["key"] = nil } },
        FaultCase("tag with an empty key", 400) { $0.setTag { $0["key"] = "" } },
        FaultCase("tag with an array as key", 400) { $0.setTag { $0["key"] = ["x"] } },
        FaultCase("tag with a long key", 400) { $0.setTag { $0["key"] = .string(String(repeating: "k", count: 65)) } },
        FaultCase("tag without value", 400) { $0.setTag { $0["value"] = nil } },
        FaultCase("tag with null", 400) { $0.setTag { $0["value"] = .null } },
        FaultCase("tag with a text", 400) { $0.setTag { $0["value"] = "Left" } },
        FaultCase("tag with a number", 400) { $0.setTag { $0["value"] = 1 } },
        FaultCase("tag with more than a device may have", 400) {
            $0.setTag { $0["value"] = ["0": .string(String(repeating: "n", count: 8_192))] }
        },
    ]

    static let codes: [FaultCase] = [
        FaultCase("add by code without id", 400) { $0.addByCode { $0["id"] = nil } },
        FaultCase("add by an empty code", 400) { $0.addByCode { $0["id"] = "" } },
        FaultCase("add by a code that is an object", 400) { $0.addByCode { $0["id"] = [:] } },
        FaultCase("add by a short code", 400) { $0.addByCode { $0["id"] = "98c8aa7661" } },
        FaultCase("add by a code that is not hex", 400) {
            $0.addByCode { $0["id"] = .string(String(repeating: "z", count: 32)) }
        },
        FaultCase("add by the code of no device", 404) {
            $0.addByCode { $0["id"] = "98c8aa7661d8e342b5a84857b66dd091" }
        },
        FaultCase("add by the code of another account's device", 409) {
            $0.addByCode { $0["id"] = .string(FaultWorld.code(of: FaultWorld.foreignDevice)) }
        },
        FaultCase("add by the code of a device that is shared", 404) {
            $0.addByCode { $0["id"] = .string(FaultWorld.code(of: FaultWorld.sharedDevice)) }
        },
        FaultCase("add by code with an object as name", 400) { $0.addByCode { $0["name"] = [:] } },
        FaultCase("add by code with a long name", 400) {
            $0.addByCode { $0["name"] = .string(String(repeating: "n", count: 129)) }
        },
        FaultCase("add with an object as name", 400) { $0.add { $0["name"] = [:] } },
        FaultCase("add with an object as chipid", 400) { $0.add { $0["chipid"] = [:] } },
        FaultCase("add with an object as deviceid", 400) { $0.add { $0["deviceid"] = [:] } },
        FaultCase("add with an object as apikey", 400) { $0.add { $0["apikey"] = [:] } },
        FaultCase("add a known device with another apikey", 403) {
            $0.add {
                $0["deviceid"] = .string(FaultWorld.knownDevice)
                $0["apikey"] = "d0d0d0d0-1111-4222-8333-444455550002"
            }
        },
        FaultCase("rename into an unknown group", 400) {
            $0.rename(FaultWorld.ownDevice, ["name": "x", "group": .string(String(repeating: "0", count: 32))])
        },
        FaultCase("rename into another account's group", 400) {
            $0.rename(FaultWorld.ownDevice, ["name": "x", "group": .string($0.foreignGroup)])
        },
        FaultCase("rename into what is no group", 400) {
            $0.rename(FaultWorld.ownDevice, ["name": "x", "group": "Upstairs"])
        },
        FaultCase("rename a shared device into a group", 403) {
            $0.rename(FaultWorld.sharedDevice, ["name": "x", "group": .string($0.ownGroup)])
        },
        FaultCase("rename into an object", 400) { $0.rename(FaultWorld.ownDevice, ["name": "x", "group": [:]]) },
        FaultCase("delete without deviceid in the path", 404) { .delete("/api/user/device", token: $0.token) },
        FaultCase("status with an object of another account", 400) {
            .get("/api/user/device/status?deviceid=\(FaultWorld.foreignDevice)&params=switch", token: $0.token)
        },
    ]

    /// All of this file.
    static let grouping = groups + groupMoves + tags + codes
}

/// Requests that would succeed.
extension FaultWorld {
    /// A device that a factory record is known of and no account has.
    static let knownDevice = "1000d0d0d0"

    /// The id of a device's QR code.
    static func code(of id: String) -> String {
        DeviceDigest.gsm(deviceID: DeviceID(unchecked: id), apiKey: APIKey(unchecked: deviceKey))
    }

    func createGroup(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = ["index": 0, "name": "Upstairs", "groupType": 0, "apikey": .string(apiKey)]
        change(&body)
        return .post("/api/group", token: token, .object(body))
    }

    func changeGroup(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = ["id": .string(ownGroup), "index": "1", "name": "Attic", "groupType": 0]
        change(&body)
        return .put("/api/group", token: token, .object(body))
    }

    func moveDevice(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = [
            "deviceinfos": [
                ["source_id": "", "target_id": .string(ownGroup), "deviceid": .string(Self.ownDevice), "type": 0]
            ],
            "groupType": 0,
        ]
        change(&body)
        return .post("/api/group/addDevice", token: token, .object(body))
    }

    /// The same with one member of the only element changed.
    func moveDevice(changing change: (name: String, value: JSON?)) -> APIRequest {
        moveDevice { body in
            var info = body["deviceinfos"]?.arrayValue?.first ?? [:]
            info[change.name] = change.value
            body["deviceinfos"] = [info]
        }
    }

    func setTag(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = [
            "deviceid": .string(Self.ownDevice), "key": "ck_channel_name", "value": ["0": "Left", "1": "Right"],
        ]
        change(&body)
        return .post("/api/user/tags", token: token, .object(body))
    }

    func addByCode(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = ["id": .string(Self.code(of: Self.knownDevice)), "name": "Gate"]
        change(&body)
        return .post("/api/user/device/addGsm", token: token, .object(body))
    }

    /// One good call to each endpoint of groups, tags and codes.
    static let groupingCalls: [(name: String, isDispatch: Bool, request: @Sendable (FaultWorld) -> APIRequest)] = [
        ("make a group", false, { $0.createGroup() }),
        ("change a group", false, { $0.changeGroup() }),
        ("remove a group", false, { .delete("/api/group?id=\($0.ownGroup)&type=0", token: $0.token) }),
        ("list groups", false, { .get("/api/group?groupType=0", token: $0.token) }),
        ("move a device", false, { $0.moveDevice() }),
        ("tag", false, { $0.setTag() }),
        ("add by code", false, { $0.addByCode() }),
    ]

    /// One call to each of them that reads a body, without it.
    static let groupingBodies: [(name: String, request: @Sendable (FaultWorld, String) -> APIRequest)] = [
        ("make a group", { .post("/api/group", token: $0.token, text: $1) }),
        ("change a group", { .put("/api/group", token: $0.token, text: $1) }),
        ("move a device", { .post("/api/group/addDevice", token: $0.token, text: $1) }),
        ("tag", { .post("/api/user/tags", token: $0.token, text: $1) }),
        ("add by code", { .post("/api/user/device/addGsm", token: $0.token, text: $1) }),
    ]
}
