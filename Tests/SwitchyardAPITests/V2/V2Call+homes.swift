import CoolkitWire

extension V2Call {
    /// Homes, rooms and things; what removes comes last.
    static let homes: [V2Call] = [
        V2Call("homes", hasBody: false) { .get("/v2/family?lang=en", token: $0.token) },
        V2Call("add home") { $0.addHome() },
        V2Call("rename home") { $0.renameHome() },
        V2Call("select home") { $0.selectHome() },
        V2Call("add room") { $0.addRoom() },
        V2Call("rename room") { $0.renameRoom() },
        V2Call("sort rooms") { $0.sortRooms() },
        V2Call("sort things") { $0.sortThings() },
        V2Call("set things of a room") { $0.setRoomThings() },
        V2Call("things", hasBody: false) { $0.things("num=0") },
        V2Call("named things") { $0.namedThings() },
        V2Call("homepage", needsNoBody: true) { $0.homepage() },
        V2Call("remove room", needsNoBody: true) { $0.removeRoom($0.homes.secondRoom) },
        V2Call("remove home", needsNoBody: true) { $0.removeHome("id=\($0.homes.second)") },
    ]
}

extension FaultWorld {
    private func body(
        _ body: JSONObject,
        _ method: String,
        _ path: String,
        _ change: (inout JSONObject) -> Void
    ) -> APIRequest {
        var body = body
        change(&body)
        var request = APIRequest.post(path, token: token, .object(body))
        request.method = method
        return request
    }

    func addHome(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        body(["name": "Town", "sort": 2, "roomNameList": ["Hall", "Attic"]], "POST", "/v2/family", change)
    }

    func renameHome(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        body(["id": .string(homes.own), "name": "Town"], "PUT", "/v2/family", change)
    }

    func removeHome(_ query: String) -> APIRequest { .delete("/v2/family?\(query)", token: token) }

    func selectHome(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        body(["id": .string(homes.own)], "POST", "/v2/family/current", change)
    }

    func addRoom(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        body(["familyid": .string(homes.own), "name": "Cellar", "sort": "1"], "POST", "/v2/family/room", change)
    }

    func renameRoom(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        body(["id": .string(homes.ownRoom), "name": "Cellar"], "PUT", "/v2/family/room", change)
    }

    func removeRoom(_ id: String) -> APIRequest { .delete("/v2/family/room?id=\(id)", token: token) }

    func sortRooms(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        body(
            ["familyid": .string(homes.second), "idList": [.string(homes.secondRoom)]],
            "POST",
            "/v2/family/room/index",
            change
        )
    }

    func sortThings(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        body(
            [
                "familyid": .string(homes.own),
                "thingList": [
                    Self.thing(Self.ownDevice), Self.thing(Self.sharedDevice), Self.thing(ownThingGroup, type: 3),
                ],
            ],
            "POST",
            "/v2/family/thing/sort",
            change
        )
    }

    func setRoomThings(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        body(
            [
                "roomid": .string(homes.ownRoom), "oldThingList": [],
                "newThingList": [Self.thing(Self.ownDevice)],
            ],
            "POST",
            "/v2/family/room/thing",
            change
        )
    }

    func things(_ query: String) -> APIRequest { .get("/v2/device/thing?\(query)", token: token) }

    func namedThings(
        _ things: JSON? = [FaultWorld.thing(FaultWorld.ownDevice), FaultWorld.thing(FaultWorld.foreignDevice)]
    ) -> APIRequest {
        body(["thingList": things ?? .null], "POST", "/v2/device/thing") { if things == nil { $0["thingList"] = nil } }
    }

    func homepage(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        body(
            [
                "getUser": [:], "getMessage": [:], "getFamily": [:], "getThing": ["num": 1], "getScene": [:],
                "lang": "en",
            ],
            "POST",
            "/v2/homepage",
            change
        )
    }

    /// A device in a list.
    static func thing(_ id: String, type: Int = 1) -> JSON { ["itemType": JSON(type), "id": .string(id)] }
}
