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
    ]
}

/// Source: `coolkit-v2-http.md` §4.2.
extension V2FaultTable {
    static let devices = statuses + controls + batches + histories + firmware

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
}
