import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

/// What today's clients of version 2 call, in their order, with their headers and their bodies.
///
/// Source: `coolkit-v2-http.md` §7, §8; the sources of the clients, each named at its test.
@Suite("Clients of version 2, replayed")
struct ClientReplayTests {
    private static let email = "ann@example.org"

    /// Runs `body` with Ann's account, her switch, and the switch itself on its socket.
    private func withSwitch(
        _ settings: ProtocolSettings = ProtocolSettings(),
        _ body: @Sendable (TLSRig, _ ann: Account, _ device: TestPeer) async throws -> Void
    ) async throws {
        try await withAPI(settings) { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeAccount(Self.email)
            try await rig.addDevice(FaultWorld.ownDevice, to: ann)
            try await body(rig, ann, try await .device(of: rig))
        }
    }

    @Test("SonoffLAN logs in, reads homes and things, opens the socket, switches there and over HTTP")
    func sonoffLAN() async throws {
        // Source: AlexxIT/SonoffLAN, custom_components/sonoff/core/ewelink/cloud.py.
        try await withSwitch { rig, _, device in
            var client = ReplayedClient(rig)
            client.standing = [("Accept", "*/*"), ("User-Agent", "HomeAssistant/2026.1.0 aiohttp/3.13.2 Python/3.13")]
            let data = try await client.logIn(
                body: #"{"password": "\#(TLSRig.password)", "countryCode": "+49", "email": "\#(Self.email)"}"#,
                headers: [("Content-Type", "application/json"), ("X-CK-Appid", TLSRig.appID)]
            )
            #expect(data["user"]?["countryCode"]?.stringValue?.hasPrefix("+") == true)
            let profile = try await Self.profile(client)
            #expect(profile["user"]?["apikey"]?.stringValue == client.apiKey)
            #expect(profile["user"]?["countryCode"] == data["user"]?["countryCode"])

            for home in try await client.homes() {
                let id = try #require(home["id"]?.stringValue)
                #expect(home["name"]?.stringValue?.isEmpty == false)
                let things = try await client.things("num=0&familyid=\(id)")
                #expect(things.items.map { $0["itemData"]?["deviceid"] } == ["1000a1b2c3"])
            }
            let item = try #require(try await client.things("num=0").items.first?["itemData"])
            #expect(item["apikey"]?.stringValue == client.apiKey)
            #expect(item["devicekey"]?.stringValue == TLSRig.deviceKey)
            #expect(item["extra"]?["uiid"] == 1 && item["online"] == true)

            let dispatch = try await client.get("/dispatch/app")
            #expect(dispatch["domain"]?.stringValue == "localhost")
            #expect(dispatch["port"]?.intValue == rig.server.publicPort)
            let socket = try await client.socket(
                #"{"action": "userOnline", "at": "\#(client.token)", "apikey": "\#(client.apiKey)", "#
                    + #""appid": "\#(TLSRig.appID)", "nonce": "17000000", "ts": 1700000000, "userAgent": "app", "#
                    + #""sequence": "1700000000000", "version": 8}"#
            )
            try await Self.switchAsSonoffLAN(client, socket, device)
        }
    }

    /// A log-in by token: what follows is the same.
    private static func profile(_ client: ReplayedClient) async throws -> JSON {
        var client = client
        client.whileLoggedIn = [("X-CK-Appid", TLSRig.appID)]
        let answer = try await client.get("/v2/user/profile")
        #expect(answer.error == 0, "\(answer.text)")
        #expect(answer["data"]?["region"] == "eu")
        return try #require(answer["data"])
    }

    /// No `ts`, always a `selfApikey`, `[]` to query all.
    private static func switchAsSonoffLAN(
        _ client: ReplayedClient,
        _ socket: TestPeer,
        _ device: TestPeer
    ) async throws {
        func message(_ action: String, _ params: String, _ sequence: String) -> String {
            #"{"action": "\#(action)", "apikey": "\#(client.apiKey)", "selfApikey": "\#(client.apiKey)", "#
                + #""deviceid": "1000a1b2c3", "params": \#(params), "userAgent": "app", "sequence": "\#(sequence)"}"#
        }
        let acknowledged = try await socket.command(
            message("update", #"{"switch": "on"}"#, "1700000000001"),
            sequence: "1700000000001",
            by: device
        )
        #expect(acknowledged["error"] == 0)
        try await socket.send(message("query", "[]", "1700000000002"))
        let state = try await socket.next(with: "sequence", "1700000000002")
        #expect(state["params"]?["switch"] == "on")
        try await socket.send("ping")
        #expect(try await socket.nextText() == "pong")

        let status = #"{"type": 1, "id": "1000a1b2c3", "params": {"switch": "off"}}"#
        async let answer = client.post("/v2/device/thing/status", body: status)
        try await device.answer(try await device.nextText())
        #expect(try await answer.text == #"{"error":0,"msg":"","data":{}}"#)
        #expect(try await socket.next(with: "action", "update")["params"] == ["switch": "off"])
    }

    @Test("homebridge-ewelink tries a password twice, logs in, reads each home, posts to dispatch, switches a group")
    func homebridge() async throws {
        // Source: bwp91/homebridge-ewelink, lib/connection/http.js and ws.js.
        try await withSwitch { rig, _, device in
            var client = ReplayedClient(rig)
            client.standing = [("Accept", "application/json, text/plain, */*"), ("User-Agent", "axios/1.13.2")]
            let headers = [
                ("Content-Type", "application/json"), ("X-CK-Appid", TLSRig.appID), ("X-CK-Nonce", "k3n9x0pq"),
            ]
            func body(_ password: String) -> String {
                #"{"countryCode":"+49","password":"\#(password)","email":"\#(Self.email)"}"#
            }
            // It takes what the server calls wrong for base64 once.
            let refusal = try await client.signed(
                "/v2/user/login",
                body: body("Y29ycmVjdC1ob3JzZQ=="),
                headers: headers
            )
            #expect(refusal.error == 10_001 && refusal.status == 200 && refusal["data"] == [:])
            try await client.logIn(body: body(TLSRig.password), headers: headers)
            client.whileLoggedIn = headers

            let homes = try await client.homes()
            #expect(!homes.isEmpty)
            for home in homes {
                let things = try await client.things("num=0&familyid=\(home["id"]?.stringValue ?? "")")
                #expect(things.items.allSatisfy { $0["itemData"]?["extra"]?["uiid"]?.intValue == 1 })
                #expect(things.items.count == 1)
            }
            client.whileLoggedIn = []
            let dispatch = try await client.post(
                "/dispatch/app",
                body: #"{"appid":"\#(TLSRig.appID)","nonce":"k3n9x0pq","ts":1700000000,"version":8}"#
            )
            #expect(dispatch["domain"]?.stringValue?.isEmpty == false)
            client.whileLoggedIn = headers

            let socket = try await client.socket(
                #"{"action":"userOnline","apikey":"\#(client.apiKey)","appid":"\#(TLSRig.appID)","#
                    + #""at":"\#(client.token)","nonce":"k3n9x0pq","sequence":"1700000000000","ts":1700000000,"#
                    + #""userAgent":"app","version":8}"#
            )
            let acknowledged = try await socket.command(
                #"{"sequence":"1700000000001","action":"update","apikey":"\#(client.apiKey)","#
                    + #""deviceid":"1000a1b2c3","params":{"switch":"on"},"ts":0,"userAgent":"app"}"#,
                sequence: "1700000000001",
                by: device
            )
            #expect(acknowledged["error"] == 0)
            try await Self.switchGroup(client, device)
        }
    }

    private static func switchGroup(_ client: ReplayedClient, _ device: TestPeer) async throws {
        let made = try await client.post("/v2/device/group", body: #"{"name":"Lamps","mainDeviceId":"1000a1b2c3"}"#)
        #expect(made.error == 0, "\(made.text)")
        let id = try #require(made["data"]?["itemData"]?["id"]?.stringValue)
        let listed = try await client.things("num=0").items.first { $0["itemType"] == 3 }?["itemData"]
        #expect(listed?["id"]?.stringValue == id && listed?["deviceid"] == nil)

        async let answer = client.post(
            "/v2/device/thing/status",
            body: #"{"type":2,"id":"\#(id)","params":{"switch":"off"}}"#
        )
        let command = try await device.nextText()
        #expect(try JSON(parsing: command)["params"] == ["switch": "off"])
        try await device.answer(command)
        #expect(try await answer.text == #"{"error":0,"msg":"","data":{}}"#)
    }

    @Test(
        "ewelink-api-next asks for the region, logs in, refreshes, reads pages, opens the socket without ts, logs out"
    )
    func ewelinkAPINext() async throws {
        // Source: nocmt/ewelink-api-next, src/utils/request.ts and src/web.
        try await withSwitch { rig, _, device in
            var client = ReplayedClient(rig)
            client.standing = [
                ("Accept", "application/json, text/plain, */*"), ("X-CK-Nonce", "k3n9x0pq"), ("Date", "1700000000000"),
                ("User-Agent", "axios/1.7.9"),
            ]
            var region = APIRequest.get("/v2/utils/get-region?countryCode=49").adding("X-CK-Appid", TLSRig.appID)
            region.headers += client.standing
            #expect(try await rig.send(region.signed(TLSRig.secret))["data"] == ["region": "eu"])

            let headers = [("Content-Type", "application/json"), ("X-CK-Appid", TLSRig.appID)]
            let login = #"{"countryCode":"+49","password":"\#(TLSRig.password)","email":"\#(Self.email)","lang":"en"}"#
            let data = try await client.logIn(body: login, headers: headers)
            let refreshed = try await client.signed(
                "/v2/user/refresh",
                body: #"{"rt":"\#(data["rt"]?.stringValue ?? "")"}"#,
                headers: headers
            )
            #expect(refreshed["data"]?["user"]?["apikey"]?.stringValue == client.apiKey, "\(refreshed.text)")
            client.token = try #require(refreshed["data"]?["at"]?.stringValue)

            let page = try await client.things("lang=en&num=30&beginIndex=-99999")
            #expect(page.items.count == 1 && page.total == 1)
            let some = try await client.post(
                "/v2/device/thing",
                body: #"{"thingList":[{"itemType":1,"id":"1000a1b2c3"},{"itemType":1,"id":"1000ffffff"}]}"#
            )
            #expect(some["data"]?["thingList"]?.arrayValue?.count == 1, "\(some.text)")
            let status = try await client.get("/v2/device/thing/status?type=1&id=1000a1b2c3&params=switch%7CfwVersion")
            #expect(status["data"]?["params"]?["switch"] == "off", "\(status.text)")

            try await Self.dispatchAsNext(client)
            let socket = try await client.socket(
                #"{"action":"userOnline","at":"\#(client.token)","apikey":"\#(client.apiKey)","#
                    + #""appid":"\#(TLSRig.appID)","nonce":"k3n9x0pq","userAgent":"app","sequence":"1700000000000"}"#
            )
            let acknowledged = try await socket.command(
                #"{"action":"update","deviceid":"1000a1b2c3","apikey":"\#(client.apiKey)","userAgent":"app","#
                    + #""sequence":"1700000000001","params":{"switch":"on"}}"#,
                sequence: "1700000000001",
                by: device
            )
            #expect(acknowledged["error"] == 0)
            #expect(try await client.delete("/v2/user/logout").text == #"{"error":0,"msg":"","data":{}}"#)
            #expect(try await client.get("/v2/family").error == 401)
            try await socket.send(#"{"action":"date","userAgent":"app","sequence":"1700000000002"}"#)
            _ = try await socket.next(with: "error", 406)
            _ = try await socket.closeCode()
        }
    }

    /// Its request for the hub bears no token.
    private static func dispatchAsNext(_ client: ReplayedClient) async throws {
        var request = APIRequest.get("/dispatch/app")
        request.headers = client.standing
        let dispatch = try await client.rig.send(request)
        #expect(dispatch["reason"] == "ok", "\(dispatch.text)")
        #expect(dispatch["domain"]?.stringValue?.isEmpty == false && dispatch["port"]?.intValue != nil)
    }

    @Test("The Java client logs in as a phone, reads each home to 300 things, and counts its messages with numbers")
    func java() async throws {
        // Source: RealZimboGuy/ewelink-api-java, EweLink.java, wss/WssLogin.java, model/login/LoginRequest.java.
        try await withSwitch { rig, _, device in
            var client = ReplayedClient(rig)
            client.standing = [("Accept", "application/json"), ("User-Agent", "Java/17.0.12")]
            let body =
                #"{"lang":"en","countryCode":"+49","email":"\#(Self.email)","password":"\#(TLSRig.password)","#
                + #""os":"Android","model":"Pixel 4a (5G)_bramble","romVersion":"13","appVersion":"5.0.0"}"#
            try await client.logIn(
                body: body,
                headers: [
                    ("Content-Type", "application/json; utf-8"), ("X-Ck-Nonce", "k3n9x0pq"),
                    ("X-Ck-Appid", TLSRig.appID),
                ]
            )
            client.whileLoggedIn = [("Content-Type", "application/json")]

            for home in try await client.homes() {
                let id = home["id"]?.stringValue ?? ""
                let things = try await client.things("familyid=\(id)&num=300&beginIndex=-999999")
                #expect(things.items.map { $0["itemData"]?["name"] } == ["Hall lamp"])
            }
            let socket = try await client.socket(
                #"{"action":"userOnline","at":"\#(client.token)","apikey":"\#(client.apiKey)","#
                    + #""appid":"\#(TLSRig.appID)","nonce":"k3n9x0pq","ts":1700000000,"userAgent":"app","#
                    + #""sequence":1700000000000,"version":8}"#
            )
            let acknowledged = try await socket.command(
                #"{"sequence":"1700000000001","userAgent":"app","action":"update","deviceid":"1000a1b2c3","#
                    + #""apikey":"\#(client.apiKey)","selfApikey":"\#(client.apiKey)","params":{"switch":"on"}}"#,
                sequence: "1700000000001",
                by: device
            )
            #expect(acknowledged["error"] == 0)
        }
    }
}
