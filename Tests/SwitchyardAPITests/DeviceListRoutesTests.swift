import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@Suite("GET /api/user/device")
struct DeviceListRoutesTests {
    @Test(
        "The list is bare without version and an object with it, unless a shape is set",
        arguments: [
            (DeviceListShape.auto, "", true), (.auto, "?lang=en&appid=x&nonce=y&ts=1", true),
            (.auto, "?version=6", false),
            (.auto, "?getTags=1&version=8", false), (.array, "?version=8", true), (.object, "", false),
        ]
    )
    func shape(setting: DeviceListShape, query: String, isBare: Bool) async throws {
        try await withAPI(.with(\.deviceListShape, setting)) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)

            let answer = try await rig.send(.get("/api/user/device" + query, token: user.token))

            let list = isBare ? answer.json.arrayValue : answer["devicelist"]?.arrayValue
            #expect(list?.map { $0["deviceid"] } == ["1000a1b2c3"])
            #expect(answer.keys == (isBare ? [] : ["error", "devicelist"]))
        }
    }

    @Test("A device has all members in the order of the documents' example, its params as they are stored")
    func deviceObject() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let params = #"{"switch":"off","a":1.0,"b":1e3,"name":"Z\u00eb","rssi":-55}"#
            let device = try await rig.addDevice("1000a1b2c3", to: user.account, params: params).device

            let answer = try await rig.send(.get("/api/user/device?getTags=1", token: user.token))

            let time = device.createdAt.iso8601
            let modelInfo = DeviceDefaults.modelRecordID(uiid: 1)
            let brandID = DeviceDefaults.brandRecordID(of: device.facts)
            let expected = """
                [{"_id":"\(device.objectID)","name":"Hall lamp","type":"10","deviceid":"1000a1b2c3",\
                "apikey":"\(user.account.apiKey)","extra":{"_id":"\(device.factoryRecordID)","extra":{"model":"PSF-B01-GL",\
                "ui":"Single Channel Switch","description":"","manufacturer":"SONOFF","mac":"02:00:00:00:00:01",\
                "apmac":"02:00:00:00:00:01","staMac":"02:00:00:00:00:01","modelInfo":"\(modelInfo)",\
                "brandId":"\(brandID)","uiid":1,"chipid":"00a1b2c3"}},"__v":0,"ip":"","location":"",\
                "settings":{"opsNotify":0,"opsHistory":1,"alarmNotify":1,"wxAlarmNotify":0,"wxOpsNotify":0,\
                "wxDoorbellNotify":0,"appDoorbellNotify":1},"devGroups":[],"groups":[],"params":\(params),\
                "online":false,"createdAt":"\(time)","group":"","sharedTo":[],\
                "devicekey":"d0d0d0d0-1111-4222-8333-444455550001","deviceUrl":"","brandName":"SONOFF",\
                "showBrand":true,"brandLogoUrl":"","productModel":"PSF-B01-GL","devConfig":{},"uiid":1,"tags":{}}]
                """
            #expect(answer.text == expected)
            #expect(modelInfo.wholeMatch(of: /[0-9a-f]{24}/) != nil)
            #expect(brandID.wholeMatch(of: /[0-9a-f]{24}/) != nil)
        }
    }

    @Test("Tags are left out unless they are asked for")
    func tags() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)

            let plain = try await rig.send(.get("/api/user/device?getTags=0", token: user.token))
            let single = try await rig.send(.get("/api/user/device/1000a1b2c3?getTags=1", token: user.token))

            #expect(plain.json.arrayValue?.first?["tags"] == nil)
            #expect(single["tags"] == [:])
        }
    }

    @Test("An account sees its own devices only, by time of adding")
    func ownDevices() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            let bob = try await rig.makeUser("bob@example.org")
            for id in ["1000000002", "1000000001"] { try await rig.addDevice(id, to: ann.account) }
            try await rig.addDevice("1000000003", to: bob.account)

            let answer = try await rig.send(.get("/api/user/device", token: ann.token))

            #expect(answer.json.arrayValue?.map { $0["deviceid"] } == ["1000000002", "1000000001"])
        }
    }

    @Test("With restrictDevicesToAppid devices added under another appid are left out", arguments: [false, true])
    func restriction(isRestricted: Bool) async throws {
        try await withAPI(.with(\.restrictDevicesToAppid, isRestricted)) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000000001", to: user.account, under: AppID(TLSRig.appID))
            try await rig.addDevice("1000000002", to: user.account, under: AppID("another"))
            try await rig.addDevice("1000000003", to: user.account, under: AppID("another"))
            try await rig.addDevice("1000000004", to: user.account)
            var adjustment = DeviceService.Adjustment()
            adjustment.addedApplications = [AppID(unchecked: TLSRig.appID)]
            _ = try await rig.devices.adjust(DeviceID(unchecked: "1000000003"), adjustment)

            let answer = try await rig.send(.get("/api/user/device", token: user.token))

            let listed = answer.json.arrayValue?.compactMap { $0["deviceid"]?.stringValue }
            let all = ["1000000001", "1000000002", "1000000003", "1000000004"]
            #expect(listed == (isRestricted ? ["1000000001", "1000000003"] : all))
        }
    }

    @Test("An online device shows when it came online and from where")
    func online() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let device = try await TestPeer.device(of: rig)
            defer { device.abort() }

            let answer = try await rig.send(.get("/api/user/device/1000a1b2c3", token: user.token))

            #expect(answer["online"] == true)
            #expect(answer["onlineTime"]?.stringValue == rig.clocks.wallClock.now.iso8601)
            #expect(answer["ip"] == "127.0.0.1")
        }
    }
}
