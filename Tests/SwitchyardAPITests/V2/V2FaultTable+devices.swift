import CoolkitWire

extension FaultWorld {
    func v2Status(_ query: String = "type=1&id=1000a1b2c3") -> APIRequest {
        .get("/v2/device/thing/status?\(query)", token: token)
    }

    func v2Control(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        v2("/v2/device/thing/status", ["type": 1, "id": "1000a1b2c3", "params": ["switch": "on"]], change)
    }

    func v2ControlAll(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        let thing: JSON = ["type": 1, "id": "1000a1b2c3", "params": ["switch": "on"]]
        return v2("/v2/device/thing/batch-status", ["thingList": [thing], "timeout": 8_000], change)
    }

    func v2History(_ query: String = "deviceid=1000a1b2c3") -> APIRequest {
        .get("/v2/device/history?\(query)", token: token)
    }

    func v2ClearHistory(_ id: String = FaultWorld.ownDevice) -> APIRequest {
        .delete("/v2/device/history?deviceid=\(id)", token: token)
    }

    func v2FirmwareQuery(
        _ entry: JSON = ["deviceid": "1000a1b2c3", "model": "PSF-B01-GL", "version": "3.0.1"]
    ) -> APIRequest {
        v2("/v2/device/ota/query", ["deviceInfoList": [entry]])
    }

    /// Adds a device that has no factory record, by the digest of the usual key.
    func v2Add(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        let digest = Self.digest(of: Self.absentDevice)
        return v2("/v2/device/add", ["name": "Gate", "deviceid": .string(Self.absentDevice), "digest": digest], change)
    }

    static func digest(of id: String, key: String = FaultWorld.deviceKey) -> JSON {
        .string(DeviceDigest.addDevice(deviceID: DeviceID(unchecked: id), apiKey: APIKey(unchecked: key)))
    }

    func v2AddGSM(_ id: String = FaultWorld.knownDevice, _ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest
    {
        let code = DeviceDigest.gsm(deviceID: DeviceID(unchecked: id), apiKey: APIKey(unchecked: Self.deviceKey))
        return v2("/v2/device/add-gsm", ["id": .string(code), "name": "Gate"], change)
    }

    func v2UpdateInfo(
        _ id: String = FaultWorld.ownDevice,
        _ change: (inout JSONObject) -> Void = { $0["name"] = "Porch" }
    ) -> APIRequest {
        v2("/v2/device/update-info", ["deviceid": .string(id)], change)
    }

    func v2Delete(_ id: String = FaultWorld.ownDevice) -> APIRequest {
        .delete("/v2/device?deviceid=\(id)", token: token)
    }

    func v2Tags(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        v2("/v2/device/tags", ["deviceid": "1000a1b2c3", "tags": ["key1": "value1"]], change)
    }

    func v2Settings(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        v2("/v2/device/settings", ["deviceidList": ["1000a1b2c3"], "settings": ["opsNotify": 1]], change)
    }

    private func v2(
        _ path: String,
        _ body: JSONObject,
        _ change: (inout JSONObject) -> Void = { _ in }
    ) -> APIRequest {
        var body = body
        change(&body)
        return .post(path, token: token, .object(body))
    }
}

extension V2Call {
    static let devices = [
        V2Call("status", hasBody: false) { $0.v2Status() },
        V2Call("control") { $0.v2Control() },
        V2Call("control all") { $0.v2ControlAll() },
        V2Call("history", hasBody: false) { $0.v2History() },
        V2Call("clear history", needsNoBody: true) { $0.v2ClearHistory() },
        V2Call("firmware query") { $0.v2FirmwareQuery() },
        V2Call("add device") { $0.v2Add() },
        V2Call("add gsm device") { $0.v2AddGSM() },
        V2Call("update device") { $0.v2UpdateInfo() },
        V2Call("set tags") { $0.v2Tags() },
        V2Call("set settings") { $0.v2Settings() },
        V2Call("delete device", needsNoBody: true) { $0.v2Delete() },
    ]
}

/// Source: `coolkit-v2-http.md` §4.2.
extension V2FaultTable {
    static let deviceFaults =
        statuses + controls + batches + histories + firmware + additions + gsmAdditions + updates + keeping

    private static let statuses: [FaultCase] = [
        ("", 400), ("type=1", 400), ("id=1000a1b2c3", 400), ("type=0&id=1000a1b2c3", 400),
        ("type=3&id=1000a1b2c3", 400), ("type=x&id=1000a1b2c3", 400), ("type=1&id=", 400),
        ("type=1&id=\(FaultWorld.foreignDevice)", 30_018), ("type=1&id=\(FaultWorld.absentDevice)", 30_018),
        ("type=1&id=a%20b", 30_018), ("type=2&id=1000a1b2c3", 405), ("type=2&id=6553f1a8b3c4d5e6f7081901", 405),
    ].map { query, error in FaultCase("v2 status with \(query)", error) { $0.v2Status(query) } }

    private static let controls: [FaultCase] =
        ["type", "id", "params"].map { name in
            FaultCase("v2 control without \(name)", 400) { $0.v2Control { $0[name] = nil } }
        }
        + [
            FaultCase("v2 control of type 3", 400) { $0.v2Control { $0["type"] = 3 } },
            FaultCase("v2 control with an array as id", 400) { $0.v2Control { $0["id"] = [] } },
            FaultCase("v2 control with text as params", 400) { $0.v2Control { $0["params"] = "on" } },
            FaultCase("v2 control with an array as params", 400) { $0.v2Control { $0["params"] = [["switch": "on"]] } },
            FaultCase("v2 control with null as params", 400) { $0.v2Control { $0["params"] = .some(.null) } },
            FaultCase("v2 control of an offline device", 4_002) { $0.v2Control() },
            FaultCase("v2 control of another's device", 30_018) {
                $0.v2Control { $0["id"] = .string(FaultWorld.foreignDevice) }
            },
            FaultCase("v2 control of no device", 30_018) {
                $0.v2Control { $0["id"] = .string(FaultWorld.absentDevice) }
            },
            FaultCase("v2 control of what is no deviceid", 30_018) { $0.v2Control { $0["id"] = "a b" } },
            FaultCase("v2 control of no group", 405) {
                $0.v2Control {
                    $0["type"] = 2
                    $0["id"] = "6553f1a8b3c4d5e6f7081901"
                }
            },
            FaultCase("v2 control of what is no group's id", 405) { $0.v2Control { $0["type"] = 2 } },
            FaultCase("v2 control of timers beyond the permit", 406) {
                $0.v2Control {
                    $0["id"] = .string(FaultWorld.sharedDevice)
                    $0["params"] = ["timers": [["mId": "1", "type": "once", "at": "2030-01-01T00:00:00.000Z"]]]
                }
            },
        ]

    private static let batches: [FaultCase] = {
        let thing: JSON = ["type": 1, "id": "1000a1b2c3", "params": ["switch": "on"]]
        let many = (0...10).map { JSON.object(["type": 1, "id": .string("\($0)"), "params": [:]]) }
        let lists: [(String, JSON?)] = [
            ("no things", nil), ("an empty list", []), ("eleven things", .array(many)), ("an object", [:]),
            ("one thing twice", [thing, thing]), ("a text", ["1000a1b2c3"]),
            ("a thing without type", [["id": "1000a1b2c3", "params": [:]]]),
            ("a thing without id", [["type": 1, "params": [:]]]),
            ("a thing without params", [["type": 1, "id": "1000a1b2c3"]]),
            ("a thing of type 3", [["type": 3, "id": "1000a1b2c3", "params": [:]]]),
            ("a thing with an array as params", [["type": 1, "id": "1000a1b2c3", "params": []]]),
            ("a thing with no deviceid as id", [["type": 1, "id": "a b", "params": [:]]]),
            ("a thing with no group's id", [["type": 2, "id": "1000a1b2c3", "params": [:]]]),
        ]
        let timeouts: [JSON] = [-1, 8_001, "x", 0.5, [:]]
        return lists.map { list in
            FaultCase("v2 control all with \(list.0)", 400) { $0.v2ControlAll { $0["thingList"] = list.1 } }
        }
            + timeouts.map { timeout in
                FaultCase("v2 control all with timeout \(timeout.text)", 400) {
                    $0.v2ControlAll { $0["timeout"] = timeout }
                }
            }
    }()

    private static let histories: [FaultCase] =
        [
            "", "deviceid=", "deviceid=1000a1b2c3&num=0", "deviceid=1000a1b2c3&num=31", "deviceid=1000a1b2c3&num=x",
            "deviceid=1000a1b2c3&from=-1", "deviceid=1000a1b2c3&from=now", "deviceid=1000a1b2c3&from=1.5",
        ].map { query in FaultCase("v2 history with \(query)", 400) { $0.v2History(query) } }
        + ["a%20b", FaultWorld.foreignDevice, FaultWorld.absentDevice].flatMap { id in
            [
                FaultCase("v2 history of \(id)", 30_018) { $0.v2History("deviceid=\(id)") },
                FaultCase("v2 clear history of \(id)", 30_018) { $0.v2ClearHistory(id) },
            ]
        }
        + [
            FaultCase("v2 clear history without deviceid", 400) { .delete("/v2/device/history", token: $0.token) },
            FaultCase("v2 clear history of a shared device", 406) { $0.v2ClearHistory(FaultWorld.sharedDevice) },
        ]

    private static let firmware: [FaultCase] = {
        let many = (0...30).map { JSON.object(["deviceid": .string("\($0)"), "model": "M", "version": "1"]) }
        let lists: [(String, JSON)] = [
            ("an empty list", []), ("31 devices", .array(many)), ("an object", [:]), ("a text", "1000a1b2c3"),
        ]
        let entries: [JSON] = [
            [:], "1000a1b2c3", ["deviceid": ""], ["deviceid": "a b"], ["deviceid": "1", "model": []],
            ["deviceid": "1", "version": [:]],
        ]
        return lists.map { list in
            FaultCase("v2 firmware query with \(list.0)", 400) {
                .post("/v2/device/ota/query", token: $0.token, ["deviceInfoList": list.1])
            }
        }
            + entries.map { entry in
                FaultCase("v2 firmware query for \(entry.text)", 400) { $0.v2FirmwareQuery(entry) }
            }
    }()

    private static let placements: [(String, Int, @Sendable (FaultWorld) -> (String, JSON))] = [
        ("an unknown home", 405, { _ in ("familyid", .string(FaultHomes.absent)) }),
        ("a foreign home", 405, { ("familyid", .string($0.homes.foreign)) }),
        ("an impossible home", 405, { _ in ("familyid", "home") }),
        ("an array as home", 400, { _ in ("familyid", []) }),
        ("an unknown room", 405, { _ in ("roomid", .string(FaultHomes.absent)) }),
        ("a foreign room", 405, { ("roomid", .string($0.homes.foreignRoom)) }),
        ("an impossible room", 405, { _ in ("roomid", "room") }), ("sort 3", 400, { _ in ("sort", 3) }),
        ("sort in words", 400, { _ in ("sort", "front") }),
    ]

    private static let additions: [FaultCase] = {
        let long = JSON.string(String(repeating: "a", count: 130))
        let faults: [(String, JSON?, Int)] = [
            ("name", nil, 400), ("name", [], 400), ("name", long, 400), ("deviceid", nil, 400), ("deviceid", [:], 400),
            ("deviceid", "a b", 30_010), ("deviceid", long, 30_010), ("digest", nil, 400), ("digest", [], 400),
            ("digest", "5feceb66", 30_015), ("chipid", long, 400), ("chipid", [], 400), ("settings", [], 400),
            ("settings", ["opsNotify": 2], 400), ("settings", ["x": "y"], 400),
        ]
        let owned: [(String, JSON, Int)] = [
            (FaultWorld.foreignDevice, FaultWorld.digest(of: FaultWorld.foreignDevice), 406),
            (FaultWorld.sharedDevice, FaultWorld.digest(of: FaultWorld.sharedDevice), 406),
            (FaultWorld.ownDevice, FaultWorld.digest(of: FaultWorld.ownDevice, key: "another"), 30_015),
            (FaultWorld.knownDevice, FaultWorld.digest(of: FaultWorld.knownDevice, key: "another"), 30_015),
        ]
        return faults.map { name, value, error in
            FaultCase("v2 add device with \(name) \(value?.text ?? "missing")", error) { $0.v2Add { $0[name] = value } }
        }
            + owned.map { id, digest, error in
                FaultCase("v2 add device \(id)", error) {
                    $0.v2Add {
                        $0["deviceid"] = .string(id)
                        $0["digest"] = digest
                    }
                }
            }
            + placements.map { title, error, member in
                FaultCase("v2 add device with \(title)", error) { world in
                    let (name, value) = member(world)
                    return world.v2Add { $0[name] = value }
                }
            }
            + [
                FaultCase("v2 add device with the digest of the account's apikey", 400) { world in
                    world.v2Add { $0["digest"] = FaultWorld.digest(of: FaultWorld.absentDevice, key: world.apiKey) }
                }
            ]
    }()

    private static let gsmAdditions: [FaultCase] =
        [
            FaultCase("v2 add gsm device without id", 400) { $0.v2AddGSM(FaultWorld.knownDevice) { $0["id"] = nil } },
            FaultCase("v2 add gsm device without name", 400) {
                $0.v2AddGSM(FaultWorld.knownDevice) { $0["name"] = nil }
            },
            FaultCase("v2 add gsm device with what is no MD5", 400) {
                $0.v2AddGSM(FaultWorld.knownDevice) { $0["id"] = "98c8aa77" }
            },
            FaultCase("v2 add gsm device that nobody knows", 30_011) { $0.v2AddGSM(FaultWorld.absentDevice) },
            FaultCase("v2 add gsm device of another", 30_007) { $0.v2AddGSM(FaultWorld.foreignDevice) },
        ]
        + placements.map { title, error, member in
            FaultCase("v2 add gsm device with \(title)", error) { world in
                let (name, value) = member(world)
                return world.v2AddGSM(FaultWorld.knownDevice) { $0[name] = value }
            }
        }

    private static let updates: [FaultCase] =
        ["a%20b", FaultWorld.foreignDevice, FaultWorld.absentDevice].flatMap { id in
            [
                FaultCase("v2 update device \(id)", 30_018) { $0.v2UpdateInfo(id.replacing("%20", with: " ")) },
                FaultCase("v2 delete device \(id)", 30_018) { $0.v2Delete(id) },
            ]
        }
        + [
            FaultCase("v2 delete device without deviceid", 400) { .delete("/v2/device", token: $0.token) },
            FaultCase("v2 update device without deviceid", 400) {
                $0.v2UpdateInfo(FaultWorld.ownDevice) { $0["deviceid"] = nil }
            },
            FaultCase("v2 update device with neither name nor room", 400) {
                $0.v2UpdateInfo(FaultWorld.ownDevice) { _ in }
            },
            FaultCase("v2 update device with a blank name", 400) {
                $0.v2UpdateInfo(FaultWorld.ownDevice) { $0["name"] = " \t" }
            },
            FaultCase("v2 update device with an array as name", 400) {
                $0.v2UpdateInfo(FaultWorld.ownDevice) { $0["name"] = [] }
            },
            FaultCase("v2 update device with a long name", 400) {
                $0.v2UpdateInfo(FaultWorld.ownDevice) { $0["name"] = .string(String(repeating: "ü", count: 65)) }
            },
            FaultCase("v2 rename a shared device", 406) { $0.v2UpdateInfo(FaultWorld.sharedDevice) },
            FaultCase("v2 update device with a name and an unknown room", 405) {
                $0.v2UpdateInfo(FaultWorld.ownDevice) {
                    $0["name"] = "Porch"
                    $0["roomid"] = .string(FaultHomes.absent)
                }
            },
        ]
        + [FaultWorld.ownDevice, FaultWorld.sharedDevice].flatMap { id in
            [
                FaultCase("v2 put \(id) into a foreign room", 405) { world in
                    world.v2UpdateInfo(id) { $0["roomid"] = .string(world.homes.foreignRoom) }
                },
                FaultCase("v2 put \(id) into an impossible room", 405) { $0.v2UpdateInfo(id) { $0["roomid"] = "x" } },
            ]
        }

    private static let keeping: [FaultCase] = {
        let many = JSON.array((0...100).map { .string("\($0)") })
        let tags: [(String, JSON?, Int)] = [
            ("deviceid", nil, 400), ("deviceid", "a b", 30_018),
            ("deviceid", .string(FaultWorld.foreignDevice), 30_018),
            ("deviceid", .string(FaultWorld.absentDevice), 30_018), ("deviceid", .string(FaultWorld.sharedDevice), 406),
            ("tags", nil, 400), ("tags", [], 400), ("tags", ["": 1], 400), ("type", "append", 400), ("type", [], 400),
            ("tags", ["x": .string(String(repeating: "x", count: 8_192))], 400),
        ]
        let settings: [(String, JSON?, Int)] = [
            ("deviceidList", nil, 400), ("deviceidList", [], 400), ("deviceidList", "1000a1b2c3", 400),
            ("deviceidList", [1], 400), ("deviceidList", many, 400),
            ("deviceidList", ["1000a1b2c3", "1000a1b2c3"], 400),
            ("deviceidList", ["1000a1b2c3", "a b"], 30_018),
            ("deviceidList", ["1000a1b2c3", .string(FaultWorld.foreignDevice)], 30_018),
            ("deviceidList", ["1000a1b2c3", .string(FaultWorld.absentDevice)], 30_018),
            ("deviceidList", ["1000a1b2c3", .string(FaultWorld.sharedDevice)], 406), ("settings", nil, 400),
            ("settings", [], 400), ("settings", ["opsHistory": "on"], 400),
            ("settings", ["minTemperature": "cold"], 400),
            ("settings", ["x": [:]], 400),
        ]
        return tags.map { name, value, error in
            FaultCase("v2 set tags with \(name) \(value?.text.prefix(60) ?? "missing")", error) {
                $0.v2Tags { $0[name] = value }
            }
        }
            + settings.map { name, value, error in
                FaultCase("v2 set settings with \(name) \(value?.text.prefix(60) ?? "missing")", error) {
                    $0.v2Settings { $0[name] = value }
                }
            }
    }()
}
