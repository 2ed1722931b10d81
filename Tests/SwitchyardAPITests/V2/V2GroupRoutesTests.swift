import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Source: `coolkit-v2-http.md` §3 (item type 3), §4.2.
@Suite("Groups of version 2 over HTTP")
struct V2GroupRoutesTests {
    /// A second device of Ann's.
    private static let second = "1000a1b2c4"

    private func withWorld(
        _ settings: ProtocolSettings = ProtocolSettings(),
        _ body: @Sendable (FaultWorld) async throws -> Void
    ) async throws {
        try await withAPI(settings) { rig in
            let world = try await FaultWorld(rig)
            try await rig.addDevice(Self.second, to: try await rig.accounts.account(named: "ann@example.org"))
            try await body(world)
        }
    }

    private func groups(_ world: FaultWorld) async throws -> [JSON] {
        let answer = try await world.rig.send(.get("/v2/device/group", token: world.token))
        #expect(answer.error == 0, "\(answer.text)")
        return answer["data"]?["groupList"]?.arrayValue ?? []
    }

    /// The deviceids in a list of things, and the groups that each says it is in.
    private func members(_ list: JSON?) -> [String: [String]] {
        let things = list?.arrayValue?.compactMap { $0["itemData"] } ?? []
        return Dictionary(
            uniqueKeysWithValues: things.map { thing in
                (
                    thing["deviceid"]?.stringValue ?? "",
                    thing["devGroups"]?.arrayValue?.compactMap { $0["groupId"]?.stringValue } ?? []
                )
            }
        )
    }

    @Test("A new group is an item of type 3 without deviceid, and its main device knows of it")
    func makes() async throws {
        try await withWorld { world in
            let answer = try await world.rig.send(world.makeThingGroup { $0["name"] = " Küche " })

            let data = try #require(answer["data"])
            let item = try #require(data["itemData"])
            let id = try #require(item["id"]?.stringValue)
            #expect(answer.error == 0)
            #expect(data["itemType"] == 3)
            #expect(item["name"] == "Küche")
            #expect(item["mainDeviceId"] == .string(FaultWorld.ownDevice))
            #expect(item["params"] == [:])
            #expect(item["deviceid"] == nil)
            #expect(item["family"]?["index"] == data["index"])
            #expect(members(data["updatedThingList"])[FaultWorld.ownDevice]?.contains(id) == true)
            #expect(try await groups(world).compactMap { $0["itemData"]?["id"]?.stringValue }.contains(id))
        }
    }

    @Test("Too many groups are 30009; devices of another kind are left out when a group is made")
    func isBounded() async throws {
        try await withWorld(.with(\.maximumThingGroupsPerAccount, 2)) { world in
            let second = try await world.rig.send(
                world.makeThingGroup { $0["deviceidList"] = [.string(Self.second), .string(FaultWorld.ownDevice)] }
            )
            #expect(Set(members(second["data"]?["updatedThingList"]).keys) == [FaultWorld.ownDevice, Self.second])

            let third = try await world.rig.send(world.makeThingGroup())

            #expect(third.error == 30_009)
            #expect(try await groups(world).count == 2)
        }
    }

    @Test("Members are set, added and taken out; the answers have the devices that it is about")
    func setsMembers() async throws {
        try await withWorld { world in
            let send = { (verb: String, ids: [String]) in
                let answer = try await world.rig.send(
                    world.setThingGroupMembers(verb) { $0["deviceidList"] = .array(ids.map { .string($0) }) }
                )
                #expect(answer.error == 0, "\(answer.text)")
                return members(answer["data"]?["updatedThingList"])
            }
            let group = [world.ownThingGroup]

            let set = try await send("update", [Self.second, FaultWorld.ownDevice])
            let added = try await send("add", [FaultWorld.sharedDevice])
            let removed = try await send("delete", [Self.second])
            let left = try await send("update", [FaultWorld.ownDevice])

            #expect(set == [FaultWorld.ownDevice: group, Self.second: group, FaultWorld.sharedDevice: []])
            #expect(added == [FaultWorld.sharedDevice: group])
            #expect(removed == [Self.second: []])
            #expect(left == [FaultWorld.ownDevice: group, FaultWorld.sharedDevice: []])
        }
    }

    @Test("A group is renamed and removed; its devices stay")
    func changes() async throws {
        try await withWorld { world in
            let renamed = try await world.rig.send(world.renameThingGroup { $0["name"] = "Flur" })
            #expect(renamed.text == #"{"error":0,"msg":"","data":{}}"#)
            #expect(try await groups(world).map { $0["itemData"]?["name"] } == ["Flur"])

            let removed = try await world.rig.send(world.deleteThingGroup())
            #expect(removed.text == #"{"error":0,"msg":"","data":{}}"#)
            #expect(try await groups(world).isEmpty)
            #expect(try await world.rig.send(world.deleteThingGroup()).error == 405)
            let device = try await world.rig.send(
                .get("/api/user/device/\(FaultWorld.ownDevice)", token: world.token)
            )
            #expect(device["deviceid"] == .string(FaultWorld.ownDevice))
        }
    }

    @Test("Params of a group are stored and sent to no device")
    func storesParams() async throws {
        try await withWorld { world in
            let device = try await TestPeer.device(of: world.rig)

            let first = try await world.rig.send(world.setThingGroupParams())
            _ = try await world.rig.send(world.setThingGroupParams { $0["params"] = ["brightness": 40] })

            #expect(first.text == #"{"error":0,"msg":"","data":{}}"#)
            #expect(try await groups(world).map { $0["itemData"]?["params"] } == [["switch": "on", "brightness": 40]])
            try await device.settle()
        }
    }

    @Test("A shared device leaves the group when its share ends, and a group that it leads goes")
    func followsShares() async throws {
        try await withWorld { world in
            let led = try await world.rig.send(
                world.makeThingGroup { $0["mainDeviceId"] = .string(FaultWorld.sharedDevice) }
            )
            #expect(led.error == 0)
            let ann = try await world.rig.accounts.account(named: "ann@example.org")

            let shares = world.rig.server.switchyard.shares
            try await shares.cancel(DeviceID(unchecked: FaultWorld.sharedDevice), with: ann.id)

            #expect(try await groups(world).map { $0["itemData"]?["id"] } == [.string(world.ownThingGroup)])
            let stored = try await world.rig.server.switchyard.thingGroups.groups(of: ann.id)
            #expect(stored.map(\.members) == [[DeviceID(unchecked: FaultWorld.ownDevice)]])
        }
    }
}
