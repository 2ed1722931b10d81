import CoolkitWire
import SwitchyardCore
import SwitchyardSQLite
import TestSupport
import Testing

@Suite("/api/user/device/{deviceid} and /api/user/device/add")
struct DeviceRoutesTests {
    private static let addition: JSONObject = [
        "deviceid": "1000a1b2c3", "apikey": "d0d0d0d0-1111-4222-8333-444455550001", "name": "Hall lamp", "isSub": 0,
        "chipid": "00a1b2c3", "appid": "x", "ts": 1_700_000_070, "version": 8, "nonce": "a7a7a7a7",
    ]

    @Test("One device comes flat, with error 0 first")
    func show() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)

            let target =
                "/api/user/device/1000a1b2c3?deviceid=1000a1b2c3&appid=x&nonce=f6f6f6f6&ts=1700000060&version=8"
            let answer = try await rig.send(.get(target, token: user.token))

            #expect(answer.keys.first == "error")
            #expect(answer["error"] == 0)
            #expect(answer["deviceid"] == "1000a1b2c3")
            #expect(answer["params"] == ["switch": "off"])
        }
    }

    @Test("An added device is answered flat, is in the list, and keeps its key and chipid")
    func add() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")

            let answer = try await rig.send(
                .post("/api/user/device/add", token: user.token, .object(Self.addition))
            )

            #expect(answer.keys.first == "_id")
            #expect(answer["error"] == 0)
            #expect(answer["name"] == "Hall lamp")
            #expect(answer["online"] == false)
            #expect(answer["params"] == [:])
            #expect(answer["devicekey"] == "d0d0d0d0-1111-4222-8333-444455550001")
            #expect(answer["extra"]?["extra"]?["chipid"] == "00a1b2c3")
            #expect(answer["apikey"]?.stringValue == user.account.apiKey.rawValue)
            let list = try await rig.send(.get("/api/user/device", token: user.token))
            #expect(list.json.arrayValue?.count == 1)
        }
    }

    @Test("Without a name a device is called after its id, and adding it again renames it")
    func addAgain() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            var unnamed = Self.addition
            unnamed["name"] = nil

            let first = try await rig.send(.post("/api/user/device/add", token: user.token, .object(unnamed)))
            let second = try await rig.send(.post("/api/user/device/add", token: user.token, .object(Self.addition)))

            #expect(first["name"] == "My device a1b2c3")
            #expect(second["name"] == "Hall lamp")
            #expect(second["_id"] == first["_id"])
        }
    }

    @Test("Another key for one's own device is code 403, and the device that has the first goes on alone")
    func addWithAnotherKey() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            #expect(
                try await rig.send(.post("/api/user/device/add", token: user.token, .object(Self.addition))).error == 0
            )
            let device = try await TestPeer.device("1000a1b2c3", of: rig)
            defer { device.abort() }
            let before = try await rig.store.devices().map(\.0)
            var other = Self.addition
            other["apikey"] = "d0d0d0d0-1111-4222-8333-444455550002"
            other["name"] = "Porch"

            let refusal = try await rig.send(.post("/api/user/device/add", token: user.token, .object(other)))

            #expect(refusal["code"] == 403)
            #expect(refusal["error"]?.stringValue?.contains("another apikey") == true, "\(refusal.text)")
            #expect(try await rig.store.devices().map(\.0) == before)
            try await device.settle()
            let impostor = try await TestPeer("impostor", to: rig.server)
            defer { impostor.abort() }
            try await impostor.send(
                #"{"action":"register","deviceid":"1000a1b2c3","apikey":"d0d0d0d0-1111-4222-8333-444455550002"}"#
            )
            #expect(try await impostor.nextText().contains(#""error":403"#))
            try await device.settle()
        }
    }

    @Test("A device of somebody else is not taken over: code 409 with a text in error")
    func addForeign() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            let bob = try await rig.makeUser("bob@example.org")
            try await rig.addDevice("1000a1b2c3", to: bob.account)

            let answer = try await rig.send(
                .post("/api/user/device/add", token: ann.token, .object(Self.addition))
            )

            #expect(
                answer.text
                    == #"{"code":409,"error":"Device belongs to other user!","msg":"Device belongs to other user!"}"#
            )
        }
    }

    @Test("A sub-device is added under its own id and knows its gateway; deleting it leaves the gateway")
    func subDevice() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            var addition = Self.addition
            addition["isSub"] = "1"
            addition["subDeviceId"] = "a480000001"

            let added = try await rig.send(.post("/api/user/device/add", token: user.token, .object(addition)))
            let target = "/api/user/device/1000a1b2c3?deviceid=1000a1b2c3&isSub=1&subDeviceId=a480000001"
            let removed = try await rig.send(.delete(target, token: user.token))
            let again = try await rig.send(.delete(target, token: user.token))

            #expect(added["deviceid"] == "a480000001")
            #expect(added["params"] == ["parentid": "1000a1b2c3"])
            #expect(removed["deviceid"] == "a480000001")
            #expect(again.error == 404)
            #expect(try await rig.send(.get("/api/user/device/1000a1b2c3", token: user.token)).error == 0)
        }
    }

    @Test("A rename answers deviceid and device, and is seen in the list")
    func rename() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)

            let answer = try await rig.send(
                .post("/api/user/device/1000a1b2c3", token: user.token, ["name": "Porch \"日本\"", "group": ""])
            )

            #expect(answer.keys == ["error", "deviceid", "device"])
            #expect(answer["error"] == 0)
            #expect(answer["deviceid"] == "1000a1b2c3")
            #expect(answer["device"]?["name"] == "Porch \"日本\"")
            let list = try await rig.send(.get("/api/user/device", token: user.token))
            #expect(list.json.arrayValue?.first?["name"] == "Porch \"日本\"")
        }
    }

    @Test("A deleted device is answered as it was and is gone")
    func remove() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let target = "/api/user/device/1000a1b2c3?deviceid=1000a1b2c3&appid=x&ts=1700000090&version=8&nonce=c9"

            let answer = try await rig.send(.delete(target, token: user.token))

            #expect(answer.keys.first == "_id")
            #expect(answer["name"] == "Hall lamp")
            #expect(answer["error"] == 0)
            #expect(try await rig.send(.delete(target, token: user.token)).error == 404)
            #expect(try await rig.send(.get("/api/user/device", token: user.token)).text == "[]")
            #expect(try await rig.store.deletedDevices().map(\.id.rawValue) == ["1000a1b2c3"])
        }
    }
}
