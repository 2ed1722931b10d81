import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

/// An app of version 1 and an app of version 2 on one account, at the same time.
@Suite("Apps of both versions")
struct BothVersionsTests {
    /// One app of the account, logged in over HTTP and on its socket.
    private struct App: Sendable {
        let socket: TestPeer
        let token: String
        let apiKey: String

        /// Says what it wants of the device; version 2 leaves `ts` out and always says who it is.
        func command(_ state: String, sequence: String, version: Int) -> String {
            let rest = version == 1 ? #""ts":0"# : #""selfApikey":"\#(apiKey)""#
            return #"{"action":"update","apikey":"\#(apiKey)","deviceid":"1000a1b2c3","userAgent":"app","#
                + #""sequence":"\#(sequence)","params":{"switch":"\#(state)"},\#(rest)}"#
        }
    }

    @Test("See each other's changes of one device live, on an app id each, and both stay logged in")
    func twoAppIDs() async throws {
        try await together(ProtocolSettings(), secondAppID: "SYdemoAppId000000000000000000002")
    }

    @Test("The same on one app id, where log-ins do not end each other")
    func oneAppID() async throws {
        try await together(.with(\.singleLoginScope, .none), secondAppID: TLSRig.appID)
    }

    private func together(_ settings: ProtocolSettings, secondAppID: String) async throws {
        try await withAPI(settings) { rig in
            try await rig.makeApplication()
            if secondAppID != TLSRig.appID { try await rig.makeApplication(id: secondAppID) }
            let ann = try await rig.makeAccount("ann@example.org")
            try await rig.addDevice(FaultWorld.ownDevice, to: ann)
            let device = try await TestPeer.device(of: rig)
            let old = try await Self.logInByVersion1(rig)
            let new = try await Self.logInByVersion2(rig, appID: secondAppID)

            try await Self.change(from: old, version: 1, heardBy: new, device, state: "on")
            try await Self.change(from: new, version: 2, heardBy: old, device, state: "off")
            try await Self.changeOverHTTP(rig, old, new, device)
            try await Self.report(of: device, heardBy: [old, new])
            try await Self.expectBothIn(rig, old, new, device)
        }
    }

    /// By POST to dispatch, as clients of version 1 do.
    private static func logInByVersion1(_ rig: TLSRig) async throws -> App {
        let login = try await rig.send(FaultWorld.login())
        let token = try #require(login["at"]?.stringValue)
        let apiKey = try #require(login["user"]?["apikey"]?.stringValue)
        #expect(try await rig.send(.post("/dispatch/app", token: token, ["accept": "ws"]))["reason"] == "ok")
        let socket = try await TestPeer.app("app of version 1", of: rig, apiKey: apiKey, token: token)
        return App(socket: socket, token: token, apiKey: apiKey)
    }

    /// By GET, as SonoffLAN does.
    private static func logInByVersion2(_ rig: TLSRig, appID: String) async throws -> App {
        let body = #"{"countryCode":"+49","email":"ann@example.org","password":"\#(TLSRig.password)"}"#
        let login = try await rig.send(APIRequest.post("/v2/user/login", text: body).signedV2(appID: appID))
        let token = try #require(login["data"]?["at"]?.stringValue, "\(login.text)")
        let apiKey = try #require(login["data"]?["user"]?["apikey"]?.stringValue)
        #expect(try await rig.send(.get("/dispatch/app", token: token))["reason"] == "ok")
        let socket = try await TestPeer("app of version 2", to: rig.server)
        try await socket.send(
            #"{"action":"userOnline","at":"\#(token)","apikey":"\#(apiKey)","appid":"\#(appID)","nonce":"k3n9x0pq","#
                + #""userAgent":"app","sequence":"1"}"#
        )
        #expect(try JSON(parsing: try await socket.nextText())["error"] == 0)
        return App(socket: socket, token: token, apiKey: apiKey)
    }

    private static func change(
        from app: App,
        version: Int,
        heardBy other: App,
        _ device: TestPeer,
        state: String
    ) async throws {
        let sequence = "170000000000\(version)"
        let answer = try await app.socket.command(
            app.command(state, sequence: sequence, version: version),
            sequence: .string(sequence),
            by: device
        )
        #expect(answer["error"] == 0)
        let push = try await other.socket.next(with: "action", "update")
        #expect(push["params"] == ["switch": .string(state)])
        #expect(push["deviceid"] == "1000a1b2c3")
    }

    /// Each version's own way over HTTP; both sockets hear of both.
    private static func changeOverHTTP(_ rig: TLSRig, _ old: App, _ new: App, _ device: TestPeer) async throws {
        let requests = [
            (
                "on",
                APIRequest.post(
                    "/v2/device/thing/status",
                    token: new.token,
                    ["type": 1, "id": "1000a1b2c3", "params": ["switch": "on"]]
                )
            ),
            (
                "off",
                .post(
                    "/api/user/device/status",
                    token: old.token,
                    ["deviceid": "1000a1b2c3", "params": ["switch": "off"]]
                )
            ),
        ]
        for (state, request) in requests {
            async let answer = rig.send(request)
            try await device.answer(try await device.nextText())
            #expect(try await answer.error == 0)
            for app in [old, new] {
                #expect(try await app.socket.next(with: "action", "update")["params"] == ["switch": .string(state)])
            }
        }
    }

    private static func report(of device: TestPeer, heardBy apps: [App]) async throws {
        try await device.send(
            """
            {"userAgent":"device","apikey":"\(apps[0].apiKey)","deviceid":"1000a1b2c3","action":"update",\
            "params":{"switch":"on"}}
            """
        )
        for app in apps {
            #expect(try await app.socket.next(with: "action", "update")["params"] == ["switch": "on"])
        }
    }

    /// Both tokens are good, each face lists the last state, and no socket was closed.
    private static func expectBothIn(_ rig: TLSRig, _ old: App, _ new: App, _ device: TestPeer) async throws {
        let listed = try await rig.send(.get("/api/user/device?version=8", token: old.token))
        #expect(listed["devicelist"]?.arrayValue?.first?["params"]?["switch"] == "on", "\(listed.text)")
        let things = try await rig.send(.get("/v2/device/thing?num=0", token: new.token))
        let item = things["data"]?["thingList"]?.arrayValue?.first?["itemData"]
        #expect(item?["params"]?["switch"] == "on", "\(things.text)")
        for app in [old, new] { try await app.socket.settle() }
    }
}
