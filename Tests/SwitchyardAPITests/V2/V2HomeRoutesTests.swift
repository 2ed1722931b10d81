import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@Suite("/v2/family")
struct V2HomeRoutesTests {
    /// Names and indexes of homes and rooms; the current home has a star.
    private func summary(_ rig: TLSRig, _ token: String) async throws -> [String] {
        let data = try await rig.send(.get("/v2/family", token: token))["data"]
        let current = data?["currentFamilyId"]
        return (data?["familyList"]?.arrayValue ?? []).map { home in
            let rooms = (home["roomList"]?.arrayValue ?? []).map { " \(name($0))" }.joined()
            return name(home) + (home["id"] == current ? "*" : "") + rooms
        }
    }

    private func name(_ object: JSON) -> String {
        "\(object["name"]?.stringValue ?? "?")@\(object["index"]?.intValue ?? -99)"
    }

    @Test("An account begins with one home, which has all members of the documents' example")
    func firstHome() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            let home = try await rig.devices.homes.homes(of: ann.account.id)[0].id

            let answer = try await rig.send(.get("/v2/family?lang=en", token: ann.token))

            #expect(
                answer.text == """
                    {"error":0,"msg":"","data":{"familyList":[{"id":"\(home)","apikey":"\(ann.account.apiKey)","name":"Home",\
                    "index":0,"familyType":1,"members":[],"roomList":[]}],"currentFamilyId":"\(home)",\
                    "hasChangedCurrentFamily":false}}
                    """
            )
        }
    }

    @Test("Homes and rooms are made, renamed, arranged and removed")
    func homesAndRooms() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let token = try await rig.makeUser("ann@example.org").token
            let made = try await rig.send(
                .post("/v2/family", token: token, ["name": " Lake ", "sort": "2", "roomNameList": ["Hall", "Attic"]])
            )
            let lake = try #require(made["data"]?["id"])
            #expect(made["data"]?.objectValue?.map(\.key) == ["id", "name", "index", "roomList"])
            let hall = try #require(made["data"]?["roomList"]?.arrayValue?.first?["id"])
            #expect(try await summary(rig, token) == ["Home@0*", "Lake@1 Hall@0 Attic@1"])

            let cellar = try await rig.send(
                .post("/v2/family/room", token: token, ["familyid": lake, "name": "Cellar", "sort": 1])
            )
            #expect(cellar["data"]?["index"] == -1)
            let attic = try #require(made["data"]?["roomList"]?.arrayValue?.last?["id"])
            let order = JSON.array([attic, try #require(cellar["data"]?["id"]), hall])
            let calls: [APIRequest] = [
                .post("/v2/family/room/index", token: token, ["familyid": lake, "idList": order]),
                .put("/v2/family/room", token: token, ["id": hall, "name": "Big hall"]),
                .put("/v2/family", token: token, ["name": "Town"]),
                .post("/v2/family/current", token: token, ["id": lake]),
                .delete("/v2/family/room?id=\(try #require(attic.stringValue))", token: token),
            ]
            for call in calls { #expect(try await rig.send(call).text == #"{"error":0,"msg":"","data":{}}"#) }
            #expect(try await summary(rig, token) == ["Town@0", "Lake@1* Cellar@1 Big hall@2"])

            // Parameters of a DELETE may stand in its body.
            var removal = APIRequest.post("/v2/family", token: token, ["id": lake])
            removal.method = "DELETE"
            #expect(try await rig.send(removal).error == 0)
            #expect(try await summary(rig, token) == ["Town@0*"])
        }
    }

    @Test("There is one home at least, and not more than allowed; of removals at once one home stays")
    func bounds() async throws {
        try await withAPI(.with(\.maximumHomesPerAccount, 3)) { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            func add() async throws -> Int? {
                try await rig.send(.post("/v2/family", token: ann.token, ["name": "Lake"])).error
            }
            #expect(try await [add(), add(), add()] == [0, 0, 20_002])

            let ids = try await rig.devices.homes.homes(of: ann.account.id).map(\.id)
            let removals = await withTaskGroup(of: Bool.self) { group in
                for id in ids {
                    group.addTask {
                        do throws(SwitchyardError) {
                            try await rig.devices.homes.remove(id, leaving: HomeHeirs(), for: ann.account.id)
                            return true
                        } catch { return false }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(removals == 2)
            let last = try await rig.devices.homes.contents(of: nil, for: ann.account.id).home
            let answer = try await rig.send(.delete("/v2/family?id=\(last)", token: ann.token))
            #expect(answer.text == #"{"error":20003,"msg":"the last home cannot be deleted","data":{}}"#)
            let rooms = JSON.array(Array(repeating: "Hall", count: 100))
            let large = try await rig.send(
                .post("/v2/family", token: ann.token, ["name": "Castle", "roomNameList": rooms])
            )
            let room = try await rig.send(
                .post("/v2/family/room", token: ann.token, ["familyid": large["data"]?["id"] ?? "", "name": "Hall"])
            )
            #expect([large.error, room.error] == [0, 20_002])
        }
    }

    @Test("Things are arranged, put into rooms and taken out; a removed home leaves them to another")
    func things() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            for number in 1...3 { try await rig.addDevice("100000000\(number)", to: ann.account) }
            let homes = rig.devices.homes
            let first = try await homes.contents(of: nil, for: ann.account.id).home
            let lake = try await homes.create(named: "Lake", rooms: ["Hall"], at: .back, for: ann.account.id)
            let hall = lake.rooms[0].id
            func thing(_ number: Int) -> JSON { FaultWorld.thing("100000000\(number)") }
            func list(_ home: HomeID) async throws -> [String] {
                try await homes.contents(of: home, for: ann.account.id).things.map { placed in
                    placed.thing.description.suffix(1) + (placed.place.room == nil ? "" : "+")
                }
            }
            func post(_ path: String, _ body: JSON) async throws -> Int? {
                try await rig.send(.post("/v2/family/\(path)", token: ann.token, body)).error
            }
            #expect(try await list(first) == ["3", "2", "1"])
            let order: JSON = ["familyid": .string(first.description), "thingList": [thing(2), thing(1), thing(3)]]
            #expect(try await post("thing/sort", order) == 0)
            #expect(try await list(first) == ["2", "1", "3"])

            let room = JSON.string(hall.description)
            let enter: JSON = ["roomid": room, "oldThingList": [], "newThingList": [thing(1), thing(3)]]
            #expect(try await post("room/thing", enter) == 0)
            #expect(try await list(lake.id) == ["3+", "1+"])
            let leave: JSON = ["roomid": room, "oldThingList": [thing(1), thing(3)], "newThingList": [thing(3)]]
            #expect(try await post("room/thing", leave) == 0)
            #expect(try await list(lake.id) == ["3+", "1"])
            let page = try await rig.send(.get("/v2/device/thing?familyid=\(lake.id)", token: ann.token))
            let families = page["data"]?["thingList"]?.arrayValue?.map { $0["itemData"]?["family"] }
            let family: JSON = ["familyid": .string(lake.id.description), "index": -2, "roomid": room]
            #expect(families?.first == family)

            let removal = "/v2/family?id=\(lake.id)&deviceFamily=\(first)&switchFamily=\(first)"
            #expect(try await rig.send(.delete(removal, token: ann.token)).error == 0)
            #expect(try await list(first) == ["2", "3", "1"])
        }
    }
}
