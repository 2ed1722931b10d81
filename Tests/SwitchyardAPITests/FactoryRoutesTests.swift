import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@Suite("Devices that are known before an account has them, and tags")
struct FactoryRoutesTests {
    private func importRecord(
        _ id: String,
        _ rig: TLSRig,
        key: String = TLSRig.deviceKey,
        model: String = "",
        uiid: Int? = nil,
        chipID: String = ""
    ) async throws {
        try await rig.devices.importRecords([
            FactoryRecord(
                id: DeviceID(unchecked: id),
                factoryKey: APIKey(unchecked: key),
                model: model,
                uiid: uiid,
                chipID: chipID,
                source: .operator,
                createdAt: rig.clocks.wallClock.now
            )
        ])
    }

    private static func addGsm(_ code: String, _ token: String, name: JSON = "Gate") -> APIRequest {
        .post("/api/user/device/addGsm", token: token, ["id": .string(code), "name": name, "version": 8])
    }

    @Test("A device is added by the id of its QR code; the vector of the documents")
    func addsByCode() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let (ann, bob) = (try await rig.makeUser("ann@example.org"), try await rig.makeUser("bob@example.org"))
            // Source: `test-vectors.md` §7.
            let key = "4b21ebbe-8870-4d4a-93f2-000000000001"
            let code = "98c8aa7661d8e342b5a84857b66dd091"
            let unknown = try await rig.send(Self.addGsm(code, ann.token))
            try await importRecord("100000788a", rig, key: key, model: "PSF-B04-GL", chipID: "00a1b2c3")

            let added = try await rig.send(Self.addGsm(code.uppercased(), ann.token))
            let again = try await rig.send(Self.addGsm(code, ann.token, name: "Door"))
            let foreign = try await rig.send(Self.addGsm(code, bob.token))

            #expect(unknown.text == #"{"code":404,"error":"fd data is null","msg":"fd data is null"}"#)
            #expect(added.keys.first == "_id")
            #expect(added.error == 0)
            #expect(added["deviceid"] == "100000788a")
            #expect(added["name"] == "Gate")
            #expect(added["devicekey"] == .string(key))
            #expect(added["uiid"] == 4)
            #expect(added["extra"]?["extra"]?["chipid"] == "00a1b2c3")
            #expect(added["params"]?["switches"]?.arrayValue?.count == 4)
            #expect(again["name"] == "Door")
            #expect(again["_id"] == added["_id"])
            #expect(
                foreign.text
                    == #"{"code":409,"error":"Device belongs to other user!","msg":"Device belongs to other user!"}"#
            )
        }
    }

    @Test("One's own device is found by its code without a record, another's is not")
    func findsOwn() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let (ann, bob) = (try await rig.makeUser("ann@example.org"), try await rig.makeUser("bob@example.org"))
            try await rig.addDevice("1000a1b2c3", to: ann.account)
            let code = FaultWorld.code(of: "1000a1b2c3")

            #expect(try await rig.send(Self.addGsm(code, ann.token)).error == 0)
            #expect(try await rig.send(Self.addGsm(code, bob.token)).error == 404)
        }
    }

    @Test("What the factory record knows is taken over by device/add; another apikey is 403")
    func addsKnownDevice() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await importRecord("1000a1b2c3", rig, model: "PSA-B11-GL", uiid: 6, chipID: "00c0ffee")
            func add(_ key: String) async throws -> APIAnswer {
                let body: JSON = [
                    "deviceid": "1000a1b2c3", "apikey": .string(key), "name": "Lamp", "chipid": "another",
                ]
                return try await rig.send(.post("/api/user/device/add", token: user.token, body))
            }

            let refused = try await add("d0d0d0d0-1111-4222-8333-444455550002")
            #expect(refused["code"] == 403)
            #expect(refused["error"]?.stringValue?.isEmpty == false)
            #expect(try await rig.store.devices().isEmpty)

            let added = try await add(TLSRig.deviceKey)
            #expect(added.error == 0)
            #expect(added["uiid"] == 6)
            #expect(added["extra"]?["extra"]?["model"] == "PSA-B11-GL")
            #expect(added["extra"]?["extra"]?["chipid"] == "00c0ffee")
            // Re-adding with a key that is not the factory's would lock the device out.
            #expect(try await add("d0d0d0d0-1111-4222-8333-444455550002").error == 403)
        }
    }

    @Test("The uiid comes from the model told at dispatch, else from the first report, unless somebody has chosen it")
    func guessesInterface() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            func uiid(_ id: String) async throws -> JSON? {
                try await rig.send(.get("/api/user/device/\(id)", token: user.token))["uiid"]
            }
            func add(_ id: String) async throws {
                let body: JSON = ["deviceid": .string(id), "apikey": .string(TLSRig.deviceKey), "name": "x"]
                #expect(try await rig.send(.post("/api/user/device/add", token: user.token, body)).error == 0)
            }
            func dispatch(_ id: String, key: String = TLSRig.deviceKey, model: String) async throws {
                let body: JSON = [
                    "accept": "ws;2", "version": 2, "ts": 933, "deviceid": .string(id), "apikey": .string(key),
                    "model": .string(model), "romVersion": "1.5.5",
                ]
                #expect(try await rig.send(.post("/dispatch/device", body)).error == 0)
            }
            for id in ["1000000001", "1000000002", "1000000003"] { try await add(id) }

            try await dispatch("1000000001", key: "wrong", model: "PSF-B04-GL")
            #expect(try await uiid("1000000001") == 1)
            try await dispatch("1000000001", model: "PSF-B04-GL")
            #expect(try await uiid("1000000001") == 4)
            #expect(try await rig.store.devices().first { $0.0.id.rawValue == "1000000001" }?.0.facts.uiid == 4)

            // No model of the list: the shape of the first report decides.
            try await dispatch("1000000002", model: "XYZ-1")
            let device = try await TestPeer.device("1000000002", of: rig)
            defer { device.abort() }
            try await device.send(
                #"{"action":"update","deviceid":"1000000002","apikey":"x","userAgent":"device","params":{"switch":"on","power":"1.0"}}"#
            )
            _ = try await device.nextText()
            #expect(try await uiid("1000000002") == 32)

            // The operator's choice stands against both.
            var choice = DeviceService.Adjustment()
            choice.uiid = 14
            _ = try await rig.devices.adjust(DeviceID(unchecked: "1000000003"), choice)
            try await dispatch("1000000003", model: "PSF-B04-GL")
            #expect(try await uiid("1000000003") == 14)
        }
    }

    @Test("What is behind a gateway learns nothing at dispatch: it speaks through the gateway, whose key it has")
    func dispatchOfSubDevice() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let gateway: JSONObject = ["deviceid": "1000000001", "apikey": .string(TLSRig.deviceKey), "name": "x"]
            var subDevice = gateway
            subDevice["isSub"] = 1
            subDevice["subDeviceId"] = "a480f0f0f0"
            for body in [gateway, subDevice] {
                let answer = try await rig.send(.post("/api/user/device/add", token: user.token, .object(body)))
                #expect(answer.error == 0)
            }
            let before = try await StoreContents(of: rig.store)
            let body: JSON = [
                "accept": "ws;2", "version": 2, "ts": 933, "deviceid": "a480f0f0f0",
                "apikey": .string(TLSRig.deviceKey), "model": "PSF-B04-GL", "romVersion": "1.5.5",
            ]

            #expect(try await rig.send(.post("/dispatch/device", body)).error == 0)

            #expect(try await StoreContents(of: rig.store) == before)
        }
    }

    @Test("After too many wrong keys of a device an address teaches it nothing at dispatch, right or wrong")
    func guessesAtDispatch() async throws {
        try await withAPI(.with(\.failedReportsPerDevice, 2)) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let body: JSON = ["deviceid": "1000000001", "apikey": .string(TLSRig.deviceKey), "name": "x"]
            #expect(try await rig.send(.post("/api/user/device/add", token: user.token, body)).error == 0)
            func dispatch(_ key: String) async throws -> JSON? {
                let body: JSON = [
                    "accept": "ws;2", "version": 2, "ts": 933, "deviceid": "1000000001", "apikey": .string(key),
                    "model": "PSF-B04-GL", "romVersion": "1.5.5",
                ]
                #expect(try await rig.send(.post("/dispatch/device", body)).error == 0)
                return try await rig.send(.get("/api/user/device/1000000001", token: user.token))["uiid"]
            }

            for key in ["wrong", "wronger", TLSRig.deviceKey] {
                let uiid = try await dispatch(key)
                #expect(uiid == 1)
            }

            rig.clocks.advance(by: .seconds(60))
            #expect(try await dispatch(TLSRig.deviceKey) == 4)
        }
    }

    @Test("Wrong keys at dispatch count nowhere else: no report and no download tells that there was a device")
    func dispatchCountsForItself() async throws {
        let change: @Sendable (inout ServerConfiguration) -> Void = {
            $0.protocolSettings.failedReportsPerAddress = 2
            $0.protocolSettings.failedReportsPerDevice = 1
        }
        try await withAPI(configuring: change) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let body: JSON = ["deviceid": "1000000001", "apikey": .string(TLSRig.deviceKey), "name": "x"]
            #expect(try await rig.send(.post("/api/user/device/add", token: user.token, body)).error == 0)
            func afterDispatches(of id: String) async throws -> [Int?] {
                for _ in 0..<10 {
                    let body: JSON = [
                        "accept": "ws;2", "version": 2, "ts": 933, "deviceid": .string(id), "apikey": "wrong",
                        "model": "PSF-B04-GL",
                    ]
                    #expect(try await rig.send(.post("/dispatch/device", body)).error == 0)
                }
                let report = #"{"deviceid":"1000000009","d_seq":"1570000000","params":{"switch":"on"}}"#
                let request = APIRequest.post("/api/user/device/update", text: report)
                let answer = try await rig.send(request.authorized("Sign " + String(repeating: "0", count: 64)))
                rig.clocks.advance(by: .seconds(60))
                return [answer.error]
            }

            let (there, absent) = (
                try await afterDispatches(of: "1000000001"), try await afterDispatches(of: "1000c0c0c0")
            )

            #expect(there == [404])
            #expect(absent == [404])
        }
    }

    @Test("Tags are kept as they came, by key, and shown with getTags=1")
    func tags() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let value = #"{"0":"Left \"A\"","1":"日本","n":1.0,"e":1e2}"#
            let body =
                #"{"deviceid":"1000a1b2c3","apikey":"\#(TLSRig.deviceKey)","key":"ck_channel_name","value":\#(value)}"#

            let first = try await rig.send(.post("/api/user/tags", token: world.token, text: body))
            let second = try await rig.send(
                world.setTag {
                    $0["key"] = "disable_timers"
                    $0["value"] = [["mId": "1"]]
                }
            )
            let shown = try await rig.send(.get("/api/user/device/1000a1b2c3?getTags=1", token: world.token))
            let plain = try await rig.send(.get("/api/user/device/1000a1b2c3", token: world.token))

            #expect(first.text == #"{"error":0}"#)
            #expect(second.text == #"{"error":0}"#)
            #expect(shown.text.contains(#""tags":{"ck_channel_name":\#(value),"disable_timers":[{"mId":"1"}]}"#))
            #expect(plain["tags"] == nil)

            _ = try await rig.send(world.setTag())
            let replaced = try await rig.send(.get("/api/user/device?getTags=1", token: world.token))
            #expect(
                replaced.json.arrayValue?.first?["tags"]
                    == ["ck_channel_name": ["0": "Left", "1": "Right"], "disable_timers": [["mId": "1"]]]
            )
        }
    }

    @Test("Tags set at once are all kept, within the bound")
    func tagsAtOnce() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let account = try await rig.accounts.account(named: "ann@example.org").id
            let value = JSON(String(repeating: "x", count: 1_500))
            await withTaskGroup { tasks in
                for number in 0..<10 {
                    tasks.addTask {
                        // Those beyond the bound are refused.
                        try? await rig.devices.setTag(
                            "k\(number)",
                            to: ["v": value],
                            of: DeviceID(unchecked: FaultWorld.ownDevice),
                            by: account
                        )
                    }
                }
            }

            let device = try await rig.store.devices().first { $0.0.id.rawValue == FaultWorld.ownDevice }?.0
            #expect(device?.tags.count == 5)
            let shown = try await rig.send(.get("/api/user/device/1000a1b2c3?getTags=1", token: world.token))
            #expect(shown["tags"] == device.map { .object($0.tags) })
        }
    }

    @Test("Names of status parameters are separated by bars, raw or encoded")
    func statusNames() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account, params: #"{"switch":"off","rssi":-55,"a":{}}"#)
            func params(_ query: String) async throws -> JSON? {
                let target = "/api/user/device/status?deviceid=1000a1b2c3&apiKey=x&lang=en" + query
                return try await rig.send(.get(target, token: user.token))["params"]
            }

            #expect(try await params("&params=switch|rssi") == ["switch": "off", "rssi": -55])
            #expect(try await params("&params=switch%7Crssi") == ["switch": "off", "rssi": -55])
            #expect(try await params("&params=rssi|none|") == ["rssi": -55])
            #expect(try await params("&params=none") == [:])
            #expect(try await params("&params=") == ["switch": "off", "rssi": -55, "a": [:]])
            #expect(try await params("") == ["switch": "off", "rssi": -55, "a": [:]])
        }
    }

    @Test("A device of several channels has its switches before its first report, and then its own")
    func channels() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await importRecord("1000000001", rig, uiid: 2)
            try await importRecord("1000000002", rig, uiid: 2)
            let codes = ["1000000001", "1000000002"].map(FaultWorld.code)
            let silent = try await rig.send(Self.addGsm(codes[0], user.token))
            _ = try await rig.send(Self.addGsm(codes[1], user.token))
            let device = try await TestPeer.device("1000000002", of: rig)
            defer { device.abort() }
            try await device.send(
                #"{"action":"update","deviceid":"1000000002","apikey":"x","userAgent":"device","params":{"switches":[{"switch":"on","outlet":0}]}}"#
            )
            _ = try await device.nextText()

            #expect(silent["params"]?["switches"]?.arrayValue?.map { $0["outlet"] } == [0, 1, 2, 3])
            let shown = try await rig.send(.get("/api/user/device/1000000002", token: user.token))
            #expect(shown["params"] == ["switches": [["switch": "on", "outlet": 0]]])
            let status = try await rig.send(
                .get("/api/user/device/status?deviceid=1000000001", token: user.token)
            )
            #expect(status["params"] == [:])
        }
    }
}
