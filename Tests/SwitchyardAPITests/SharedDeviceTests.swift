import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Devices that others share, over HTTP.
///
/// Source: `coolkit-v1-http.md` §1.6, §3.1, §3.2, §3.5, §3.9.
@Suite("Shared devices")
struct SharedDeviceTests {
    /// Ann's device, shared with Bob and Carol.
    private struct Cast {
        let rig: TLSRig
        let ann: (account: Account, token: String)
        let bob: (account: Account, token: String)
        let carol: (account: Account, token: String)

        init(_ rig: TLSRig) async throws {
            self.rig = rig
            try await rig.makeApplication()
            ann = try await rig.makeUser("ann@example.org")
            bob = try await rig.makeUser("bob@example.org")
            carol = try await rig.makeUser("+8613123456789")
            let device = try await rig.addDevice("1000a1b2c3", to: ann.account).device
            for (receiver, permit) in [(bob.account, 9), (carol.account, 0)] {
                _ = try await rig.server.switchyard.shares.add(
                    Share(
                        device: device.id,
                        owner: ShareParty(ann.account),
                        receiver: ShareParty(receiver),
                        terms: ShareTerms(
                            deviceName: "Lamp",
                            userName: "friend",
                            permit: SharePermit(rawValue: permit),
                            note: "hello"
                        ),
                        sharedAt: rig.clocks.wallClock.now
                    )
                )
            }
        }

        func show(_ token: String) async throws -> APIAnswer {
            try await rig.send(.get("/api/user/device/1000a1b2c3", token: token))
        }

        func list(_ token: String) async throws -> [JSON] {
            try await rig.send(.get("/api/user/device", token: token)).json.arrayValue ?? []
        }
    }

    @Test("The owner sees all receivers in sharedTo, a receiver the owner in sharedBy and no devicekey")
    func bothSides() async throws {
        try await withAPI { rig in
            let cast = try await Cast(rig)
            let time = rig.clocks.wallClock.now.milliseconds

            let own = try #require(try await cast.list(cast.ann.token).first)
            let shared = try #require(try await cast.list(cast.bob.token).first)

            #expect(
                own["sharedTo"]?.text == """
                    [{"apikey":"\(cast.bob.account.apiKey)","email":"bob@example.org","nickname":"","deviceName":"Lamp",\
                    "userName":"friend","permit":9,"note":"hello","shareTime":\(time)},\
                    {"apikey":"\(cast.carol.account.apiKey)","phoneNumber":"+8613123456789","nickname":"",\
                    "deviceName":"Lamp","userName":"friend","permit":0,"note":"hello","shareTime":\(time)}]
                    """
            )
            #expect(own["sharedBy"] == nil)
            #expect(
                shared["sharedBy"]?.text == """
                    {"apikey":"\(cast.ann.account.apiKey)","email":"ann@example.org","nickname":"","permit":9,\
                    "note":"hello","shareTime":\(time)}
                    """
            )
            #expect(shared["sharedTo"] == nil)
            #expect(shared["devicekey"] == "")
            #expect(shared["apikey"]?.stringValue == cast.ann.account.apiKey.rawValue)
            #expect(!shared.text.contains(TLSRig.deviceKey) && !shared.text.contains("+8613123456789"))
            let single = try await cast.show(cast.bob.token)
            #expect(single["sharedBy"] == shared["sharedBy"])
            #expect(single["devicekey"] == "")
        }
    }

    @Test("With exposeDevicekeyToReceivers receivers see the devicekey")
    func exposed() async throws {
        try await withAPI(.with(\.exposeDevicekeyToReceivers, true)) { rig in
            let cast = try await Cast(rig)

            #expect(try await cast.show(cast.bob.token)["devicekey"]?.stringValue == TLSRig.deviceKey)
        }
    }

    @Test("A receiver's DELETE answers the device as he saw it and ends his share alone")
    func receiverDeletes() async throws {
        try await withAPI { rig in
            let cast = try await Cast(rig)
            let request = APIRequest.delete("/api/user/device/1000a1b2c3", token: cast.bob.token)

            let answer = try await rig.send(request)

            #expect(answer.error == 0)
            #expect(answer["deviceid"] == "1000a1b2c3")
            #expect(answer["devicekey"] == "")
            #expect(answer["sharedBy"]?["permit"] == 9)
            #expect(try await rig.send(request).error == 404)
            #expect(try await cast.list(cast.bob.token).isEmpty)
            #expect(try await cast.list(cast.carol.token).count == 1)
            #expect(try await cast.show(cast.ann.token)["sharedTo"]?.arrayValue?.count == 1)
        }
    }

    @Test("An owner's DELETE ends all shares")
    func ownerDeletes() async throws {
        try await withAPI { rig in
            let cast = try await Cast(rig)

            let answer = try await rig.send(.delete("/api/user/device/1000a1b2c3", token: cast.ann.token))

            #expect(answer["sharedTo"]?.arrayValue?.count == 2)
            #expect(try await cast.show(cast.bob.token).error == 404)
            #expect(try await rig.store.shares().isEmpty)
            try await rig.addDevice("1000a1b2c3", to: cast.ann.account)
            #expect(try await cast.list(cast.bob.token).isEmpty)
        }
    }

    @Test("A receiver's command goes to the device, and owner and receivers hear who it was")
    func control() async throws {
        try await withAPI { rig in
            let cast = try await Cast(rig)
            let device = try await TestPeer.device(of: rig)
            let ann = try await TestPeer.app(
                "ann",
                of: rig,
                apiKey: cast.ann.account.apiKey.rawValue,
                token: cast.ann.token
            )
            let bob = try await TestPeer.app(
                "bob",
                of: rig,
                apiKey: cast.bob.account.apiKey.rawValue,
                token: cast.bob.token
            )
            defer { for peer in [device, ann, bob] { peer.abort() } }
            try await device.settle()

            async let answer = rig.send(
                .post(
                    "/api/user/device/status",
                    token: cast.bob.token,
                    ["deviceid": "1000a1b2c3", "params": ["switch": "on"]]
                )
            )
            try await device.answer(device.nextText())

            #expect(try await answer.error == 0)
            for app in [ann, bob] {
                let told = try JSON(parsing: await app.nextText())
                #expect(told["apikey"]?.stringValue == cast.ann.account.apiKey.rawValue)
                #expect(
                    told["params"] == ["switch": "on", "partnerApikey": .string(cast.bob.account.apiKey.rawValue)]
                )
            }
            let status = try await rig.send(
                .get("/api/user/device/status?deviceid=1000a1b2c3", token: cast.carol.token)
            )
            #expect(status["params"] == ["switch": "on"])
        }
    }
}
