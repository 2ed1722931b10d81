import CoolkitWire
import SwitchyardCore

extension V2Call {
    static let groups = [
        V2Call("groups", hasBody: false) { .get("/v2/device/group?lang=en", token: $0.token) },
        V2Call("make group") { $0.makeThingGroup() },
        V2Call("rename group") { $0.renameThingGroup() },
        V2Call("group params") { $0.setThingGroupParams() },
        V2Call("group members") { $0.setThingGroupMembers() },
        V2Call("add to group") { $0.setThingGroupMembers("add") },
        V2Call("delete from group") { world in
            world.setThingGroupMembers("delete") { $0["deviceidList"] = [.string(FaultWorld.sharedDevice)] }
        },
        V2Call("delete group", needsNoBody: true) { $0.deleteThingGroup() },
    ]
}

extension FaultWorld {
    func makeThingGroup(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = ["name": "Both", "mainDeviceId": .string(Self.ownDevice), "sort": 1]
        change(&body)
        return .post("/v2/device/group", token: token, .object(body))
    }

    func renameThingGroup(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = ["id": .string(ownThingGroup), "name": "Hall"]
        change(&body)
        return .put("/v2/device/group", token: token, .object(body))
    }

    func setThingGroupParams(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = ["id": .string(ownThingGroup), "params": ["switch": "on"]]
        change(&body)
        return .post("/v2/device/group/status", token: token, .object(body))
    }

    /// `update`, `add` or `delete`.
    func setThingGroupMembers(
        _ verb: String = "update",
        _ change: (inout JSONObject) -> Void = { _ in }
    ) -> APIRequest {
        var body: JSONObject = [
            "id": .string(ownThingGroup), "deviceidList": [.string(Self.ownDevice), .string(Self.sharedDevice)],
        ]
        change(&body)
        return .post("/v2/device/group/\(verb)", token: token, .object(body))
    }

    func deleteThingGroup(_ query: String? = nil) -> APIRequest {
        .delete("/v2/device/group?\(query ?? "id=\(ownThingGroup)")", token: token)
    }
}

/// Source: `coolkit-v2-http.md` §4.2.
extension V2FaultTable {
    private static let devices: [(name: String, id: JSON)] = [
        ("an absent device", .string(FaultWorld.absentDevice)),
        ("another account's device", .string(FaultWorld.foreignDevice)), ("an impossible device", "a b"),
    ]

    private static let names: [(name: String, value: JSON?)] = [
        ("no name", nil), ("an empty name", ""), ("a blank name", "  "), ("an object as name", [:]),
        ("a name of 51 characters", .string(String(repeating: "ü", count: 51))), ("a NUL in its name", "a\0b"),
    ]

    private static let newGroups: [FaultCase] =
        names.map { name, value in FaultCase("v2 group with \(name)", 400) { $0.makeThingGroup { $0["name"] = value } }
        }
        + devices.flatMap { name, id in
            [
                FaultCase("v2 group of \(name)", 30_018) { $0.makeThingGroup { $0["mainDeviceId"] = id } },
                FaultCase("v2 group with \(name)", 30_018) { $0.makeThingGroup { $0["deviceidList"] = [id] } },
            ]
        }
        + [
            FaultCase("v2 group without main device", 400) { $0.makeThingGroup { $0["mainDeviceId"] = nil } },
            FaultCase("v2 group of an object", 400) { $0.makeThingGroup { $0["mainDeviceId"] = [:] } },
            FaultCase("v2 group with a text as list", 400) {
                $0.makeThingGroup { $0["deviceidList"] = .string(FaultWorld.ownDevice) }
            },
            FaultCase("v2 group with numbers in its list", 400) { $0.makeThingGroup { $0["deviceidList"] = [1] } },
            FaultCase("v2 group with too many devices", 400) {
                $0.makeThingGroup { $0["deviceidList"] = .array(Array(repeating: "1000a1b2c3", count: 65)) }
            },
            FaultCase("v2 group sorted by a word", 400) { $0.makeThingGroup { $0["sort"] = "first" } },
            FaultCase("v2 group sorted by 3", 400) { $0.makeThingGroup { $0["sort"] = 3 } },
            FaultCase("v2 group in an unknown home", 405) {
                $0.makeThingGroup { $0["familyid"] = .string(String(repeating: "0", count: 24)) }
            },
            FaultCase("v2 group in an unknown room", 405) {
                $0.makeThingGroup { $0["roomid"] = .string(String(repeating: "0", count: 24)) }
            },
        ]

    /// Groups that are not there for the caller.
    private static let absentGroups: [(name: String, error: Int, id: @Sendable (FaultWorld) -> JSON?)] = [
        ("no id", 400, { _ in nil }), ("an empty id", 400, { _ in "" }), ("an object as id", 400, { _ in [:] }),
        ("a short id", 405, { _ in "9f8e" }),
        ("an unknown id", 405, { _ in .string(String(repeating: "0", count: 24)) }),
        ("the id of another account's group", 405, { .string($0.foreignThingGroup) }),
        ("the id of a group of version 1", 405, { .string($0.ownGroup) }),
    ]

    private static let groupIDs: [FaultCase] = absentGroups.flatMap { name, error, id in
        [
            FaultCase("v2 rename group with \(name)", error) { world in
                world.renameThingGroup { $0["id"] = id(world) }
            },
            FaultCase("v2 group params with \(name)", error) { world in
                world.setThingGroupParams { $0["id"] = id(world) }
            },
            FaultCase("v2 delete group with \(name)", error) { world in
                APIRequest(method: "DELETE", target: "/v2/device/group", token: world.token)
                    .with(body: JSON.object(id(world).map { ["id": $0] } ?? [:]).text)
            },
        ]
            + ["update", "add", "delete"].map { verb in
                FaultCase("v2 \(verb) group members with \(name)", error) { world in
                    world.setThingGroupMembers(verb) {
                        $0["id"] = id(world)
                        $0["deviceidList"] = verb == "delete" ? [.string(FaultWorld.sharedDevice)] : $0["deviceidList"]
                    }
                }
            }
    }

    private static let members: [FaultCase] =
        ["update", "add", "delete"].flatMap { verb in
            let lists: [(name: String, value: JSON?)] = [
                ("no list", nil), ("an empty list", []), ("a text", "1000a1b2c3"), ("null", .null),
                ("a number in the list", [.string(FaultWorld.ownDevice), 7]),
            ]
            return lists.map { name, value in
                FaultCase("v2 \(verb) group members with \(name)", 400) {
                    $0.setThingGroupMembers(verb) { $0["deviceidList"] = value }
                }
            }
        }
        + ["update", "add"].flatMap { verb in
            devices.map { name, id in
                FaultCase("v2 \(verb) group members with \(name)", 30_018) {
                    $0.setThingGroupMembers(verb) { $0["deviceidList"] = [.string(FaultWorld.ownDevice), id] }
                }
            }
        }
        + [
            FaultCase("v2 group members without the main device", 400) {
                $0.setThingGroupMembers { $0["deviceidList"] = [.string(FaultWorld.sharedDevice)] }
            },
            FaultCase("v2 delete the main device from its group", 400) {
                $0.setThingGroupMembers("delete") { $0["deviceidList"] = [.string(FaultWorld.ownDevice)] }
            },
        ]

    private static let otherGroupFaults: [FaultCase] =
        names.map { name, value in
            FaultCase("v2 rename group to \(name)", 400) { $0.renameThingGroup { $0["name"] = value } }
        }
        + [
            FaultCase("v2 group params without params", 400) { $0.setThingGroupParams { $0["params"] = nil } },
            FaultCase("v2 group params with a text", 400) { $0.setThingGroupParams { $0["params"] = "on" } },
            FaultCase("v2 group params with an array", 400) { $0.setThingGroupParams { $0["params"] = [] } },
            FaultCase("v2 delete group without id", 400) { $0.deleteThingGroup("") },
            FaultCase("v2 delete another account's group", 405) { world in
                world.deleteThingGroup("id=\(world.foreignThingGroup)")
            },
        ]

    static let groups = newGroups + groupIDs + members + otherGroupFaults
}
