import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@Suite("/api/group")
struct GroupRoutesTests {
    /// What the groups of an account are: names by index.
    private func groups(_ world: FaultWorld) async throws -> [String] {
        let answer = try await world.rig.send(.get("/api/group?groupType=0", token: world.token))
        return answer["groupinfos"]?.arrayValue?.map { group in
            "\(group["index"]?.intValue ?? 0) \(group["name"]?.stringValue ?? "")"
        } ?? []
    }

    /// The groups in the device's object, by name.
    private func deviceGroups(_ world: FaultWorld) async throws -> [String] {
        let list = try await world.rig.send(.get("/api/group", token: world.token))["groupinfos"]?.arrayValue ?? []
        let device = try await world.rig.send(.get("/api/user/device/\(FaultWorld.ownDevice)", token: world.token))
        return device["groups"]?.arrayValue?.map { id in
            list.first { $0["id"] == id }?["name"]?.stringValue ?? "unknown"
        } ?? []
    }

    private func make(_ name: String, at index: JSON? = nil, _ world: FaultWorld) async throws -> String {
        let answer = try await world.rig.send(
            world.createGroup {
                $0["name"] = .string(name)
                $0["index"] = index
            }
        )
        #expect(answer.keys == ["error", "groupid"])
        #expect(answer.error == 0)
        return answer["groupid"]?.stringValue ?? ""
    }

    private func withWorld(
        _ settings: ProtocolSettings = ProtocolSettings(),
        _ body: @Sendable (FaultWorld) async throws -> Void
    ) async throws {
        try await withAPI(settings) { rig in try await body(try await FaultWorld(rig)) }
    }

    @Test("A group has a 32-digit id and the time it was made; the list begins with error 0")
    func list() async throws {
        try await withWorld { world in
            let id = try await make("Küche \"1\"", at: 0, world)

            let answer = try await world.rig.send(.get("/api/group", token: world.token))

            let time = world.rig.clocks.wallClock.now.iso8601
            #expect(id.wholeMatch(of: /[0-9a-f]{32}/) != nil)
            #expect(
                answer.text == """
                    {"error":0,"groupinfos":[\
                    {"id":"\(world.ownGroup)","name":"Downstairs","index":1,"createdAt":"\(time)"},\
                    {"id":"\(id)","name":"Küche \\"1\\"","index":2,"createdAt":"\(time)"}]}
                    """
            )
        }
    }

    @Test("Without an index, or with 0, a group is the last; a taken index moves that group and all later ones up")
    func shiftsOnCreation() async throws {
        try await withWorld { world in
            _ = try await make("B", world)
            _ = try await make("C", at: "0", world)
            _ = try await make("Z", at: 9, world)
            #expect(try await groups(world) == ["1 Downstairs", "2 B", "3 C", "9 Z"])

            _ = try await make("A", at: "2", world)
            #expect(try await groups(world) == ["1 Downstairs", "2 A", "3 B", "4 C", "10 Z"])

            // A free index moves nothing.
            _ = try await make("Y", at: 7, world)
            #expect(try await groups(world) == ["1 Downstairs", "2 A", "3 B", "4 C", "7 Y", "10 Z"])
        }
    }

    @Test("Changing a group moves others in the same way; what is not named stays")
    func shiftsOnChange() async throws {
        try await withWorld { world in
            for name in ["B", "C"] { _ = try await make(name, world) }
            func change(_ body: JSONObject) async throws {
                var body = body
                body["id"] = .string(world.ownGroup)
                let answer = try await world.rig.send(.put("/api/group", token: world.token, .object(body)))
                #expect(answer.text == #"{"error":0}"#)
            }

            try await change(["name": "A"])
            #expect(try await groups(world) == ["1 A", "2 B", "3 C"])
            try await change(["index": 3, "name": "A"])
            #expect(try await groups(world) == ["2 B", "3 A", "4 C"])
            try await change(["index": "3"])
            #expect(try await groups(world) == ["2 B", "3 A", "4 C"])
            try await change(["index": 0])
            #expect(try await groups(world) == ["2 B", "4 C", "5 A"])
            try await change(["index": 1])
            #expect(try await groups(world) == ["1 A", "2 B", "4 C"])
        }
    }

    @Test("A device comes into groups, changes them and leaves them: arrays and objects, numbers and texts")
    func moves() async throws {
        try await withWorld { world in
            let (first, second) = (world.ownGroup, try await make("B", world))
            let third = try await make("C", world)
            func move(_ source: String, _ target: String, _ type: JSON?, isArray: Bool) async throws -> [String] {
                var info: JSON = [
                    "source_id": .string(source), "target_id": .string(target), "deviceid": "1000a1b2c3",
                ]
                info["type"] = type
                let body: JSON = ["deviceinfos": isArray ? [info] : info, "groupType": 0]
                let answer = try await world.rig.send(.post("/api/group/addDevice", token: world.token, body))
                #expect(answer.text == #"{"error":0}"#)
                return try await deviceGroups(world)
            }

            #expect(try await deviceGroups(world) == [])
            #expect(try await move("", second, 0, isArray: true) == ["B"])
            #expect(try await move("", second, "0", isArray: true) == ["B"])
            #expect(try await move("", first, nil, isArray: false) == ["Downstairs", "B"])
            #expect(try await move(second, third, "0", isArray: true) == ["Downstairs", "C"])
            #expect(try await move("", second, "1", isArray: false) == ["B"])
            #expect(try await move(second, third.uppercased(), 1, isArray: false) == ["C"])
            // It is not in the source: nothing leaves.
            #expect(try await move(second, first, 0, isArray: true) == ["Downstairs", "C"])
            #expect(try await move(third, "", 1, isArray: false) == ["Downstairs"])
            #expect(try await move(first, "", 0, isArray: true) == [])
        }
    }

    @Test("Several moves are made in order; list, rename and delete show the groups")
    func manyMoves() async throws {
        try await withWorld { world in
            let second = try await make("B", world)
            let infos: JSON = [
                ["source_id": "", "target_id": .string(world.ownGroup), "deviceid": "1000a1b2c3", "type": 0],
                [
                    "source_id": .string(world.ownGroup), "target_id": .string(second), "deviceid": "1000a1b2c3",
                    "type": "0",
                ],
            ]
            let answer = try await world.rig.send(
                .post("/api/group/addDevice", token: world.token, ["deviceinfos": infos])
            )

            #expect(answer.error == 0)
            let list = try await world.rig.send(.get("/api/user/device", token: world.token))
            #expect(list.json.arrayValue?.first?["groups"] == [.string(second)])
            let renamed = try await world.rig.send(
                world.rename(FaultWorld.ownDevice, ["name": "Porch", "group": .string(world.ownGroup)])
            )
            #expect(renamed["device"]?["groups"] == [.string(world.ownGroup), .string(second)])
            let removed = try await world.rig.send(.delete("/api/user/device/1000a1b2c3", token: world.token))
            #expect(removed["groups"] == [.string(world.ownGroup), .string(second)])
        }
    }

    @Test("A group that goes leaves its devices ungrouped; a device that goes leaves its groups")
    func removals() async throws {
        try await withWorld { world in
            let rig = world.rig
            _ = try await rig.send(world.moveDevice())
            #expect(try await deviceGroups(world) == ["Downstairs"])

            let removed = try await rig.send(.delete("/api/group?id=\(world.ownGroup)&type=0", token: world.token))
            #expect(removed.text == #"{"error":0}"#)
            #expect(try await deviceGroups(world) == [])

            let again = try await make("Again", world)
            _ = try await rig.send(world.moveDevice(changing: ("target_id", .string(again))))
            #expect(try await deviceGroups(world) == ["Again"])
            _ = try await rig.send(.delete("/api/user/device/1000a1b2c3", token: world.token))
            _ = try await rig.send(world.add { $0["deviceid"] = "1000a1b2c3" })
            #expect(try await deviceGroups(world) == [])
        }
    }

    @Test("A receiver groups a shared device for himself; with the share the device leaves his groups")
    func receivers() async throws {
        try await withWorld { world in
            let (rig, shared) = (world.rig, FaultWorld.sharedDevice)
            let moved = try await rig.send(world.moveDevice(changing: ("deviceid", .string(shared))))
            #expect(moved.text == #"{"error":0}"#)
            let own = try await rig.send(.get("/api/user/device/\(shared)", token: world.token))
            #expect(own["groups"] == [.string(world.ownGroup)])
            let bob = try await rig.accounts.account(named: "bob@example.org")
            #expect(try await rig.store.memberships(of: bob.id).isEmpty)

            let dropped = try await rig.send(.delete("/api/user/device/\(shared)", token: world.token))

            #expect(dropped["groups"] == [.string(world.ownGroup)])
            let ann = try await rig.accounts.account(named: "ann@example.org")
            #expect(try await rig.store.memberships(of: ann.id).isEmpty)
            let refused = try await rig.send(world.moveDevice(changing: ("deviceid", .string(shared))))
            #expect(refused.error == 400)
        }
    }

    @Test("Groups of an account are nobody else's, and go with it")
    func accounts() async throws {
        try await withWorld { world in
            let rig = world.rig
            #expect(try await groups(world) == ["1 Downstairs"])
            let ann = try await rig.accounts.account(named: "ann@example.org")

            try await rig.accounts.remove(ann.id)

            #expect(try await rig.store.groups(of: ann.id).isEmpty)
            #expect(try await rig.send(.get("/api/group", token: world.token)).error == 401)
        }
    }

    @Test("An account has a bounded number of groups, also when many are made at once")
    func bound() async throws {
        try await withWorld(.with(\.maximumGroupsPerAccount, 4)) { world in
            let account = try await world.rig.accounts.account(named: "ann@example.org").id
            let groups = world.rig.devices.groups
            await withTaskGroup { tasks in
                for number in 0..<10 {
                    // The refused ones are counted below.
                    tasks.addTask { _ = try? await groups.create(named: "G\(number)", at: 1, for: account) }
                }
            }

            let made = try await world.rig.store.groups(of: account)
            #expect(made.count == 4)
            #expect(made.map(\.index) == [1, 2, 3, 4])
            let answer = try await world.rig.send(world.createGroup())
            #expect(answer.error == 400)
            #expect(answer["msg"] == "the account has as many groups as it may have")
        }
    }
}
