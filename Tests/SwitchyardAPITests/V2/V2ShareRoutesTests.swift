import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Source: `coolkit-v2-http.md` §4.2, `coolkit-websocket.md` §10.
@Suite("Shares over HTTP version 2")
struct V2ShareRoutesTests {
    /// Bob's app on its socket, logged in.
    private func app(of world: FaultWorld) async throws -> (peer: TestPeer, token: String) {
        let bob = try await world.rig.accounts.account(named: "bob@example.org")
        let token = try await world.rig.logIn(bob)
        return (try await .app("bob", of: world.rig, apiKey: world.otherAPIKey, token: token), token)
    }

    private func push(_ peer: TestPeer) async throws -> JSON { try JSON(parsing: try await peer.nextText()) }

    @Test("A share, its permit and its end reach the receiver's socket as the socket's own commands do")
    func reachesSockets() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let bob = try await app(of: world)

            let shared = try await rig.send(world.shareByCall())
            let share = try await push(bob.peer)
            #expect(shared.error == 0, "\(shared.text)")
            #expect(share["action"] == "share")
            #expect(share["apikey"] == .string(world.apiKey))
            #expect(share["deviceid"] == .string(FaultWorld.ownDevice))
            #expect(share["params"]?["uid"] == "bob@example.org")
            #expect(share["params"]?["permit"] == 15)
            #expect(share["params"]?["note"] == "from Ann")

            #expect(try await rig.send(world.changePermit()).error == 0)
            let update = try await push(bob.peer)
            #expect(update["action"] == "updateShare")
            #expect(update["params"]?["permit"] == 1)

            #expect(try await rig.send(world.cancelShare()).error == 0)
            #expect(try await push(bob.peer)["action"] == "cancelShare")
        }
    }

    @Test(
        "What the receiver's app answers to a silent share changes nothing; he hears of the device as long as he has it"
    )
    func receives() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let bob = try await app(of: world)
            let device = try await TestPeer.device(of: rig)
            _ = try await rig.send(world.shareByCall())
            let share = try await push(bob.peer)

            let refusal: JSONObject = [
                "error": 0, "result": 3, "userAgent": "app", "apikey": .string(world.apiKey),
                "deviceid": .string(FaultWorld.ownDevice), "sequence": share["sequence"] ?? .null,
            ]
            try await bob.peer.send(JSON.object(refusal).text)
            try await bob.peer.settle()
            try await report("on", device)
            let update = try await push(bob.peer)
            #expect(update["params"]?["switch"] == "on")

            _ = try await rig.send(world.cancelShare())
            #expect(try await push(bob.peer)["action"] == "cancelShare")
            try await report("off", device)
            try await bob.peer.settle()
            #expect(
                try await rig.send(.get("/api/user/device/\(FaultWorld.ownDevice)", token: bob.token)).error == 404
            )
        }
    }

    private func report(_ value: String, _ device: TestPeer) async throws {
        try await device.send(
            """
            {"userAgent":"device","apikey":"\(TLSRig.deviceKey)","deviceid":"\(FaultWorld.ownDevice)",\
            "action":"update","params":{"switch":"\(value)"}}
            """
        )
        _ = try await device.nextText()
    }

    @Test("The answer has the device with the receiver under both names; version 1 shows the same share")
    func answers() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)

            let answer = try await rig.send(
                world.shareByCall {
                    $0["permit"] = "9"
                    $0["shareType"] = nil
                }
            )

            let data = try #require(answer["data"])
            #expect(data["updatedThingList"] == data["updatedThing"])
            let receiver = data["updatedThing"]?.arrayValue?.first?["itemData"]?["shareTo"]?.arrayValue?.first
            #expect(receiver?["apikey"] == .string(world.otherAPIKey))
            #expect(receiver?["email"] == "bob@example.org")
            #expect(receiver?["permit"] == 9)
            #expect(receiver?["comment"] == "from Ann")
            let shown = try await rig.send(.get("/api/user/device/\(FaultWorld.ownDevice)", token: world.token))
            #expect(shown["sharedTo"]?.arrayValue?.first?["note"] == "from Ann")

            let again = try await rig.send(world.shareByCall { $0["permit"] = 2 })
            #expect(again["data"]?["updatedThing"]?.arrayValue?.first?["itemData"]?["shareTo"]?.arrayValue?.count == 1)
            let permit = try await rig.send(world.changePermit { $0["permit"] = 4 })
            let changed = permit["data"]?["updatedThing"]?.arrayValue?.first?["itemData"]?["shareTo"]
            #expect(changed?.arrayValue?.map { $0["permit"] } == [4])
        }
    }

    @Test("A share ends by query, by body and by another spelling of apikey; ended again it is a success, too")
    func cancels() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let body: JSON = ["deviceid": .string(FaultWorld.ownDevice), "apikey": .string(world.otherAPIKey)]
            let calls = [
                world.cancelShare(), world.cancelShare("deviceid=\(FaultWorld.ownDevice)&apiKey=\(world.otherAPIKey)"),
                APIRequest(method: "DELETE", target: "/v2/device/share", token: world.token).with(body: body.text),
            ]
            for call in calls {
                _ = try await rig.send(world.shareByCall())
                for _ in 1...2 {
                    let answer = try await rig.send(call)
                    #expect(answer.error == 0, "\(answer.text)")
                    #expect(answer["data"]?["updatedThing"]?.arrayValue?.first?["itemData"]?["shareTo"] == [])
                }
            }
        }
    }

    @Test(
        "A phone number may lack its country code when that stands beside it",
        arguments: ["+8613123456789", "13123456789"]
    )
    func sharesByPhone(number: String) async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            _ = try await rig.makeUser("+8613123456789")

            let answer = try await rig.send(
                world.shareByCall { $0["user"] = ["countryCode": "+86", "phoneNumber": .string(number)] }
            )

            let receivers = answer["data"]?["updatedThing"]?.arrayValue?.first?["itemData"]?["shareTo"]?.arrayValue
            #expect(receivers?.map { $0["phoneNumber"] } == ["+8613123456789"])
        }
    }

    @Test("The messages of the receiver tell of it")
    func tells() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let bob = try await app(of: world)
            for request in [world.shareByCall(), world.changePermit(), world.cancelShare()] {
                _ = try await rig.send(request)
            }

            let answer = try await rig.send(.get("/v2/message/read", token: bob.token))

            let messages = answer["data"]?["messageList"]?.arrayValue ?? []
            #expect(messages.map { $0["msgType"] } == ["cancelShareNotify_v2", "shareNotify_v2"])
            #expect(messages.map { $0["message"]?["deviceName"] } == ["Hall lamp", "Hall lamp"])
        }
    }
}
