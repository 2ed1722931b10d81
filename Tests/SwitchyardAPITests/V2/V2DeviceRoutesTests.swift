import CoolkitWire
import SwitchyardCore
import SwitchyardSimulator
import TestSupport
import Testing

@testable import SwitchyardServer

/// Calls over TLS, devices on real sockets, and the same devices seen by version 1.
///
/// Source: `coolkit-v2-http.md` §4.2.
@Suite("Devices of version 2")
struct V2DeviceRoutesTests {
    private static let id = FaultWorld.ownDevice

    private func withUser(
        _ body: @Sendable (TLSRig, _ user: (account: Account, token: String)) async throws -> Void
    ) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            try await body(rig, try await rig.makeUser("ann@example.org"))
        }
    }

    private static func add(_ token: String, key: String = TLSRig.deviceKey, _ members: JSONObject = [:]) -> APIRequest
    {
        var body: JSONObject = [
            "name": "Hall lamp", "deviceid": .string(id), "digest": FaultWorld.digest(of: id, key: key),
        ]
        for (name, value) in members { body[name] = value }
        return .post("/v2/device/add", token: token, .object(body))
    }

    /// What version 1 shows of the device.
    private static func version1(_ rig: TLSRig, _ token: String) async throws -> APIAnswer {
        try await rig.send(.get("/api/user/device/\(id)?getTags=1", token: token))
    }

    @Test("A device added by its digest is held for, believed by its first register, and shown with its key afterwards")
    func addsByDigest() async throws {
        try await withUser { rig, user in
            let held = try await TestPeer.registering(with: rig)
            defer { held.abort() }
            try await held.ping()
            while try await held.next() != .pong {}

            let added = try await rig.send(Self.add(user.token))

            #expect(added["data"]?["itemType"] == 1)
            #expect(added["data"]?["index"] == -1)
            let data = try #require(added["data"]?["itemData"])
            #expect(data["name"] == "Hall lamp")
            #expect(try JSON(parsing: try await held.nextText())["error"] == 0)
            let shown = try await Self.version1(rig, user.token)
            #expect(shown["devicekey"]?.stringValue == TLSRig.deviceKey)
            #expect(shown["online"] == true)
        }
    }

    @Test("Another apikey than the digest's is refused with 403, before and after the right one")
    func refusesOtherKeys() async throws {
        try await withUser { rig, user in
            #expect(try await rig.send(Self.add(user.token, key: "another")).error == 0)
            let wrong = try await TestPeer.registering(with: rig)
            #expect(try JSON(parsing: try await wrong.nextText())["error"] == 403)
            #expect(try await Self.version1(rig, user.token)["devicekey"] == "")

            // The owner corrects the digest.
            #expect(try await rig.send(Self.add(user.token)).error == 0)
            try await wrong.register(Self.id)
            #expect(try JSON(parsing: try await wrong.nextText())["error"] == 0)
            #expect(try await rig.send(Self.add(user.token, key: "another")).error == 30_015)
            #expect(try await Self.version1(rig, user.token)["devicekey"]?.stringValue == TLSRig.deviceKey)
            wrong.abort()
        }
    }

    @Test("A simulated device that was added by its digest registers and obeys")
    func simulated() async throws {
        try await withUser { rig, user in
            #expect(try await rig.send(Self.add(user.token)).error == 0)
            let identity = SimulatedDeviceIdentity(
                deviceID: DeviceID(unchecked: Self.id),
                factoryKey: APIKey(unchecked: TLSRig.deviceKey)
            )
            let address = try rig.server.address(of: .public)
            try await DeviceNetwork.with(server: address, trust: .authorities(file: rig.server.authorityFile)) {
                network in
                let device = SimulatedDevice(identity, network: network)
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { _ = await device.run() }
                    try await device.waitUntilOnline()
                    let command: JSON = ["type": 1, "id": .string(Self.id), "params": ["switch": "on"]]
                    let answer = try await rig.send(.post("/v2/device/thing/status", token: user.token, command))
                    #expect(answer.error == 0)
                    #expect(device.params["switch"] == "on")
                    tasks.cancelAll()
                }
            }
        }
    }

    @Test("Name, settings, chipid and place come with the addition; added again, they are taken over")
    func addsWithMembers() async throws {
        try await withUser { rig, user in
            let homes = rig.devices.homes
            let home = try await homes.contents(of: nil, for: user.account.id).home
            let room = try await homes.addRoom(named: "Hall", to: home, at: .back, for: user.account.id)
            let answer = try await rig.send(
                Self.add(
                    user.token,
                    [
                        "chipid": "00a1b2c3", "settings": ["opsNotify": 1, "offlineNotify": "1"], "ifrCode": "x",
                        "familyid": .string(home.description), "roomid": .string(room.id.description), "sort": 2,
                    ]
                )
            )
            let data = try #require(answer["data"]?["itemData"])
            #expect(data["extra"]?["chipid"] == "00a1b2c3")
            #expect(data["settings"]?["opsNotify"] == 1)
            #expect(data["settings"]?["offlineNotify"] == 1)
            #expect(data["family"]?["roomid"]?.stringValue == room.id.description)

            let again = try await rig.send(Self.add(user.token, ["name": "Porch", "settings": ["offlineNotify": 0]]))

            #expect(again["data"]?["itemData"]?["name"] == "Porch")
            #expect(again["data"]?["itemData"]?["settings"]?["opsNotify"] == 1)
            #expect(again["data"]?["itemData"]?["settings"]?["offlineNotify"] == 0)
            #expect(again["data"]?["itemData"]?["family"]?["roomid"]?.stringValue == room.id.description)
            let seen = try await Self.version1(rig, user.token)
            #expect(seen["name"] == "Porch")
            #expect(seen["settings"]?["opsNotify"] == 1)
            #expect(seen["settings"]?["offlineNotify"] == nil)
        }
    }

    @Test("With a factory record the digest counts at once, and the chipid")
    func addsKnown() async throws {
        try await withUser { rig, user in
            try await rig.devices.importRecords([
                FactoryRecord(
                    id: DeviceID(unchecked: Self.id),
                    factoryKey: APIKey(unchecked: TLSRig.deviceKey),
                    model: "PSF-B04-GL",
                    chipID: "00a1b2c3",
                    source: .operator,
                    createdAt: rig.clocks.wallClock.now
                )
            ])
            #expect(try await rig.send(Self.add(user.token, key: "another")).error == 30_015)
            #expect(try await rig.send(Self.add(user.token, ["chipid": "00000000"])).error == 30_014)

            let data = try await rig.send(Self.add(user.token, ["chipid": "00a1b2c3"]))["data"]?["itemData"]

            #expect(data?["devicekey"]?.stringValue == TLSRig.deviceKey)
            #expect(data?["extra"]?["uiid"] == 4)
        }
    }

    @Test("A device is added by the id of its QR code, and answered in both forms")
    func addsByCode() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let answer = try await rig.send(world.v2AddGSM())

            let data = try #require(answer["data"]?.objectValue)
            #expect(data.keys == ["itemType", "itemData", "index", "thingList"])
            #expect(data["itemData"]?["deviceid"]?.stringValue == FaultWorld.knownDevice)
            #expect(data["itemData"]?["name"] == "Gate")
            #expect(data["thingList"]?.arrayValue?.first?["itemData"] == data["itemData"])
            #expect(try await rig.send(world.v2AddGSM()).error == 0)
        }
    }

    @Test("Name and room change together, for version 1 too; a receiver chooses a room of his own")
    func updates() async throws {
        try await withUser { rig, ann in
            let bob = try await rig.makeUser("bob@example.org")
            let snapshot = try await rig.addDevice(Self.id, to: ann.account)
            _ = try await rig.server.switchyard.shares.add(
                Share(
                    device: snapshot.device.id,
                    owner: ShareParty(ann.account),
                    receiver: ShareParty(bob.account),
                    terms: ShareTerms(permit: .all),
                    sharedAt: rig.clocks.wallClock.now
                )
            )
            func room(_ account: Account) async throws -> String {
                let home = try await rig.devices.homes.contents(of: nil, for: account.id).home
                return try await rig.devices.homes.addRoom(named: "Hall", to: home, at: .back, for: account.id).id
                    .description
            }
            func update(_ token: String, _ members: JSONObject) async throws -> Int? {
                var body: JSONObject = ["deviceid": .string(Self.id)]
                for (name, value) in members { body[name] = value }
                return try await rig.send(.post("/v2/device/update-info", token: token, .object(body))).error
            }
            func place(_ account: Account) async throws -> String? {
                try await rig.devices.homes.place(of: .device(snapshot.device.id), for: account.id).room?.description
            }
            let (hers, his) = (try await room(ann.account), try await room(bob.account))

            #expect(try await update(ann.token, ["name": " Porch ", "roomid": .string(hers)]) == 0)
            #expect(try await update(bob.token, ["roomid": .string(his)]) == 0)
            #expect(try await update(bob.token, ["name": "Mine", "roomid": .string(his)]) == 406)

            #expect(try await Self.version1(rig, bob.token)["name"] == "Porch")
            #expect(try await place(ann.account) == hers)
            #expect(try await place(bob.account) == his)
            #expect(try await update(ann.token, ["name": "Lamp"]) == 0)
            #expect(try await place(ann.account) == hers)
        }
    }

    @Test("A deleted device loses its session; a receiver only ends the share")
    func deletes() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let device = try await TestPeer.device(of: rig)

            let gone = try await rig.send(world.v2Delete(FaultWorld.sharedDevice))
            #expect(gone.text == #"{"error":0,"msg":"","data":{}}"#)
            #expect(try await rig.send(world.v2Delete(FaultWorld.sharedDevice)).error == 30_018)
            #expect(rig.server.switchyard.registry.device(DeviceID(unchecked: FaultWorld.sharedDevice)) != nil)

            let body = APIRequest(method: "DELETE", target: "/v2/device", token: world.token)
                .with(body: #"{"deviceid":"\#(Self.id)"}"#)
            #expect(try await rig.send(body).error == 0)
            #expect(try await device.closeCode() == 1_008)
            #expect(try await rig.send(.get("/api/user/device/\(Self.id)", token: world.token)).error == 404)
        }
    }

    @Test("Tags are replaced and merged, and are those of version 1")
    func tags() async throws {
        try await withUser { rig, user in
            try await rig.addDevice(Self.id, to: user.account)
            func set(_ members: JSONObject) async throws -> JSON? {
                var body: JSONObject = ["deviceid": .string(Self.id)]
                for (name, value) in members { body[name] = value }
                let answer = try await rig.send(.post("/v2/device/tags", token: user.token, .object(body)))
                return answer["data"]?["updatedThing"]?["itemData"]?["tags"]
            }
            let old = APIRequest.post(
                "/api/user/tags",
                token: user.token,
                ["deviceid": .string(Self.id), "key": "ck_channel_name", "value": ["0": "Left"]]
            )
            #expect(try await rig.send(old).error == 0)

            let both: JSON = ["ck_channel_name": ["0": "Left"], "key1": "value1"]
            #expect(try await set(["type": "merge", "tags": ["key1": "value1"]]) == both)
            #expect(try await Self.version1(rig, user.token)["tags"] == both)
            #expect(try await set(["tags": ["key2": [1, 2.5]]])?.text == #"{"key2":[1,2.5]}"#)
        }
    }

    @Test("Settings of several devices change together; history is kept as version 1 says")
    func settings() async throws {
        try await withUser { rig, user in
            for id in [Self.id, "1000a1b2c4"] { try await rig.addDevice(id, to: user.account) }
            func set(_ settings: JSON) async throws -> [JSON] {
                let body: JSON = ["deviceidList": [.string(Self.id), "1000a1b2c4"], "settings": settings]
                let answer = try await rig.send(.post("/v2/device/settings", token: user.token, body))
                return answer["data"]?["updatedThingList"]?.arrayValue ?? []
            }

            let things = try await set(["opsHistory": 0, "minTemperature": -99999, "maxTemperature": 21.5])
            #expect(things.map { $0["itemData"]?["deviceid"] } == [.string(Self.id), "1000a1b2c4"])
            #expect(
                things.first?["itemData"]?["settings"]?.text
                    == #"{"opsNotify":0,"opsHistory":0,"alarmNotify":1,"wxAlarmNotify":0,"wxOpsNotify":0,"#
                    + #""wxDoorbellNotify":0,"appDoorbellNotify":1,"minTemperature":-99999,"maxTemperature":21.5}"#
            )
            #expect(try await Self.version1(rig, user.token)["settings"]?["opsHistory"] == 0)
            #expect(try await set(["opsHistory": true]).first?["itemData"]?["settings"]?["minTemperature"] == -99999)
        }
    }
}
