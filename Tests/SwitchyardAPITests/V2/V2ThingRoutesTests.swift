import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

@Suite("/v2/device/thing and /v2/homepage")
struct V2ThingRoutesTests {
    private func ids(_ answer: APIAnswer) -> [String] {
        (answer["data"]?["thingList"]?.arrayValue ?? []).compactMap { item in
            (item["itemData"]?["deviceid"] ?? item["itemData"]?["id"])?.stringValue
        }
    }

    @Test("A device that was added by version 1 is there, with all members, its params as they are stored")
    func deviceOfVersion1() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            let home = try await rig.devices.homes.contents(of: nil, for: ann.account.id).home
            let body: JSON = [
                "deviceid": "1000c0c0c0", "apikey": .string(TLSRig.deviceKey), "name": "Gate", "isSub": 0,
            ]
            #expect(try await rig.send(.post("/api/user/device/add", token: ann.token, body))["error"] == 0)
            let device = try await rig.addDevice(
                "1000a1b2c3",
                to: ann.account,
                params: #"{"switch":"off","a":1.0,"b":1e3}"#
            ).device

            let answer = try await rig.send(.get("/v2/device/thing", token: ann.token))

            #expect(ids(answer) == ["1000a1b2c3", "1000c0c0c0"])
            let item = """
                {"itemType":1,"itemData":{"name":"Hall lamp","deviceid":"1000a1b2c3","apikey":"\(ann.account.apiKey)",\
                "extra":{"model":"PSF-B01-GL","ui":"Single Channel Switch","description":"","manufacturer":"SONOFF",\
                "mac":"02:00:00:00:00:01","apmac":"02:00:00:00:00:01","staMac":"02:00:00:00:00:01",\
                "modelInfo":"\(DeviceDefaults.modelRecordID(uiid: 1))","brandId":"\(DeviceDefaults.brandRecordID(of: device.facts))",\
                "uiid":1,"chipid":"00a1b2c3"},"brandName":"SONOFF","brandLogo":"","showBrand":true,"productModel":"PSF-B01-GL",\
                "tags":{},"devConfig":{},"settings":{"opsNotify":0,"opsHistory":1,"alarmNotify":1,"wxAlarmNotify":0,\
                "wxOpsNotify":0,"wxDoorbellNotify":0,"appDoorbellNotify":1},"devGroups":[],\
                "family":{"familyid":"\(home)","index":-2},"shareTo":[],"devicekey":"\(TLSRig.deviceKey)","online":false,\
                "params":{"switch":"off","a":1.0,"b":1e3},"isSupportGroup":true,"isSupportedOnMP":true,\
                "isSupportChannelSplit":false,"denyFeatures":[],"deviceFeature":{}},"index":-2}
                """
            #expect(answer.text.hasPrefix(#"{"error":0,"msg":"","data":{"thingList":["# + item + ","))
            #expect(answer.text.hasSuffix(#"],"total":2}}"#))
            let named = try await rig.send(
                .post("/v2/device/thing", token: ann.token, ["thingList": [FaultWorld.thing("1000a1b2c3")]])
            )
            #expect(named.text == #"{"error":0,"msg":"","data":{"thingList":["# + item + "]}}")
        }
    }

    @Test(
        "A received device stands in the receiver's own home, without the key unless a setting shows it",
        arguments: [false, true]
    )
    func receivedDevice(isKeyShown: Bool) async throws {
        try await withAPI(.with(\.exposeDevicekeyToReceivers, isKeyShown)) { rig in
            try await rig.makeApplication()
            let (ann, bob) = (try await rig.makeUser("ann@example.org"), try await rig.makeUser("bob@example.org"))
            try await FaultWorld.share(by: ann.account, with: bob.account, on: rig)

            let hers = try await rig.send(.get("/v2/device/thing?num=0", token: ann.token))
            let his = try await rig.send(.get("/v2/device/thing?num=0", token: bob.token))

            let homes = (
                try await rig.devices.homes.contents(of: nil, for: ann.account.id).home,
                try await rig.devices.homes.contents(of: nil, for: bob.account.id).home
            )
            let (own, received) = (
                hers["data"]?["thingList"]?.arrayValue?[0], his["data"]?["thingList"]?.arrayValue?[0]
            )
            #expect(own?["itemType"] == 1 && received?["itemType"] == 2)
            #expect(own?["itemData"]?["family"]?["familyid"] == .string(homes.0.description))
            #expect(received?["itemData"]?["family"]?["familyid"] == .string(homes.1.description))
            #expect(own?["itemData"]?["devicekey"] == .string(TLSRig.deviceKey))
            #expect(received?["itemData"]?["devicekey"] == .string(isKeyShown ? TLSRig.deviceKey : ""))
            func party(_ account: Account) -> JSON {
                [
                    "apikey": .string(account.apiKey.rawValue), "email": .string(account.identifier.description),
                    "nickname": "", "permit": 8, "comment": "",
                    "shareTime": JSON(rig.clocks.wallClock.now.milliseconds),
                ]
            }
            #expect(own?["itemData"]?["shareTo"] == [party(bob.account)])
            #expect(received?["itemData"]?["sharedBy"] == party(ann.account))
            #expect(own?["itemData"]?["sharedBy"] == nil && received?["itemData"]?["shareTo"] == nil)

            // The owner's move is not the receiver's; when the share ends, so does his place.
            let lake = try await rig.devices.homes.create(named: "Lake", rooms: [], at: .back, for: ann.account.id).id
            let device = DeviceID(unchecked: FaultWorld.sharedDevice)
            _ = try await rig.devices.homes.put(.device(device), Placement(home: lake), for: ann.account.id)
            #expect(ids(try await rig.send(.get("/v2/device/thing", token: bob.token))) == [device.rawValue])
            #expect(ids(try await rig.send(.get("/v2/device/thing", token: ann.token))).isEmpty)
            _ = try await rig.server.switchyard.shares.remove(device, with: bob.account.id)
            #expect(ids(try await rig.send(.get("/v2/device/thing", token: bob.token))).isEmpty)
        }
    }

    @Test("A group is an item without deviceid, and its members name it")
    func group() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            for number in 1...2 { try await rig.addDevice("100000000\(number)", to: ann.account) }
            let home = try await rig.devices.homes.contents(of: nil, for: ann.account.id).home
            let group = ThingGroup(
                id: ThingGroupID(.random(at: rig.clocks.wallClock.now)),
                owner: ann.account.id,
                name: "Lamps",
                mainDevice: DeviceID(unchecked: "1000000002"),
                members: [DeviceID(unchecked: "1000000002")],
                params: Array(#"{"switch":"on"}"#.utf8),
                createdAt: rig.clocks.wallClock.now
            )
            try await rig.store.createThingGroup(group, limit: 9)

            let answer = try await rig.send(.get("/v2/device/thing", token: ann.token))

            #expect(ids(answer) == [group.id.description, "1000000002", "1000000001"])
            let expected: JSON = [
                "itemType": 3,
                "itemData": [
                    "id": .string(group.id.description), "name": "Lamps", "mainDeviceId": "1000000002",
                    "family": ["familyid": .string(home.description), "index": -3], "params": ["switch": "on"],
                ],
                "index": -3,
            ]
            let things = answer["data"]?["thingList"]?.arrayValue ?? []
            #expect(things.first == expected)
            let memberships = things.dropFirst().map { $0["itemData"]?["devGroups"] }
            #expect(memberships == [[["type": 1, "groupId": .string(group.id.description)]], []])
            let names: JSON = [FaultWorld.thing(group.id.description, type: 3)]
            let named = try await rig.send(.post("/v2/device/thing", token: ann.token, ["thingList": names]))
            #expect(named["data"]?["thingList"] == [expected])
        }
    }

    @Test("Named things come in the order of their names, once; those that are not the account's are left out")
    func named() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let names: [JSON] = [
                FaultWorld.thing(FaultWorld.absentDevice), FaultWorld.thing(FaultWorld.sharedDevice, type: 2),
                FaultWorld.thing(FaultWorld.foreignDevice), FaultWorld.thing(FaultWorld.ownDevice),
                FaultWorld.thing(FaultWorld.ownDevice), FaultWorld.thing(FaultHomes.absent, type: 3),
                FaultWorld.thing("no group", type: 3), ["itemType": "1", "id": 1_000_123_456],
            ]

            let some = try await rig.send(world.namedThings(.array(names)))
            let none = try await rig.send(world.namedThings([names[0]]))

            #expect(ids(some) == [FaultWorld.sharedDevice, FaultWorld.ownDevice])
            #expect(none.text == #"{"error":0,"msg":"","data":{"thingList":[]}}"#)
        }
    }

    @Test("With restrictDevicesToAppid a list has the devices of the appid")
    func restricted() async throws {
        try await withAPI(.with(\.restrictDevicesToAppid, true)) { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000000001", to: ann.account, under: AppID(unchecked: TLSRig.appID))
            try await rig.addDevice("1000000002", to: ann.account, under: AppID(unchecked: "other"))

            let list = try await rig.send(.get("/v2/device/thing?num=0", token: ann.token))
            let names: JSON = [FaultWorld.thing("1000000001"), FaultWorld.thing("1000000002")]
            let named = try await rig.send(.post("/v2/device/thing", token: ann.token, ["thingList": names]))

            #expect(ids(list) == ["1000000001"])
            #expect(list["data"]?["total"] == 1)
            #expect(ids(named) == ["1000000001"])
        }
    }

    @Test("300 devices in 3 homes are paged by index as clients do, each exactly once")
    func pages() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            let homes = try await fill(rig, ann.account, 300)

            var seen: [String] = []
            for (home, count) in zip(homes, [100, 100, 100]) {
                // The Java client.
                let all = try await rig.send(
                    .get("/v2/device/thing?familyid=\(home)&num=300&beginIndex=-999999", token: ann.token)
                )
                #expect(all["data"]?["total"] == JSON(count))
                #expect(ids(all).count == count)
                #expect(all["data"]?["thingList"]?.arrayValue?.map { $0["index"]?.intValue ?? 0 }.isSorted == true)

                var (paged, begin): ([String], String) = ([], "")
                while true {
                    let page = try await rig.send(
                        .get("/v2/device/thing?familyid=\(home)\(begin)", token: ann.token)
                    )
                    guard let last = page["data"]?["thingList"]?.arrayValue?.last?["index"]?.intValue else { break }
                    #expect(ids(page).count <= 30)
                    paged += ids(page)
                    begin = "&beginIndex=\(last)"
                }
                #expect(paged == ids(all))
                seen += paged
            }
            #expect(Set(seen).count == 300 && seen.count == 300)
            // Without a home: the current one.
            let current = try await rig.send(.get("/v2/device/thing?num=0", token: ann.token))
            #expect(ids(current).count == 100)
        }
    }

    @Test("1000 devices of one home come in one answer")
    func many() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            _ = try await fill(rig, ann.account, 1_000, homes: 1)

            let answer = try await rig.send(.get("/v2/device/thing?num=0", token: ann.token))

            #expect(Set(ids(answer)).count == 1_000)
            #expect(answer["data"]?["total"] == 1_000)
        }
    }

    /// Adds devices, one after the other in each of the account's homes.
    private func fill(
        _ rig: TLSRig,
        _ account: Account,
        _ count: Int,
        homes homeCount: Int = 3
    ) async throws -> [HomeID] {
        var homes = [try await rig.devices.homes.contents(of: nil, for: account.id).home]
        while homes.count < homeCount {
            homes.append(try await rig.devices.homes.create(named: "Lake", rooms: [], at: .back, for: account.id).id)
        }
        for number in 0..<count {
            let sort: SortEnd = number.isMultiple(of: 2) ? .front : .back
            let addition = DeviceService.Addition(
                id: DeviceID(unchecked: "1000\(100_000 + number)"),
                credential: .key(APIKey(unchecked: TLSRig.deviceKey)),
                facts: DeviceFacts(uiid: 1),
                placement: Placement(home: homes[number % homes.count], sort: sort)
            )
            _ = try await rig.devices.add(addition, to: account, under: nil)
        }
        return homes
    }

    @Test("The home page has the parts that were asked for, each as the call of its own answers")
    func homepage() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            func post(_ body: JSON) async throws -> APIAnswer {
                try await rig.send(.post("/v2/homepage", token: world.token, body))
            }

            let none = try await post(["lang": "en", "clientInfo": ["os": "x"], "getFamily": nil])
            let user = try await post(["getUser": [:]])
            let homes = try await post(["getFamily": [:]])
            let all = try await post([
                "getScene": [:], "getUser": [:], "getMessage": ["num": 1], "getThing": ["num": "1", "beginIndex": -2],
                "getFamily": [:],
            ])

            #expect(none.text == #"{"error":0,"msg":"","data":{}}"#)
            let profile = try await rig.send(.get("/v2/user/profile", token: world.token))["data"]
            #expect(user["data"] == .object(["userInfo": try #require(profile?["user"])]))
            let family = try await rig.send(.get("/v2/family", token: world.token))["data"]
            #expect(homes["data"] == .object(["familyInfo": try #require(family)]))
            let things = try await rig.send(.get("/v2/device/thing?num=1&beginIndex=-2", token: world.token))["data"]
            #expect(things?["thingList"]?.arrayValue?.count == 1 && things?["total"] == 3)
            #expect(
                all["data"]?.objectValue?.map(\.key) == [
                    "userInfo", "familyInfo", "thingInfo", "sceneInfo", "messageInfo",
                ]
            )
            #expect(all["data"]?["userInfo"] == profile?["user"])
            #expect(all["data"]?["thingInfo"] == things)
            #expect(all["data"]?["sceneInfo"] == ["sceneList": []])
            let messages = try await rig.send(.get("/v2/message/read?num=1", token: world.token))["data"]
            #expect(messages?["messageList"]?.arrayValue != nil && all["data"]?["messageInfo"] == messages)
        }
    }
}

extension [Int] {
    /// Whether each is greater than the one before.
    fileprivate var isSorted: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
