import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// Calls over TLS to devices on real sockets.
///
/// Source: `coolkit-v2-http.md` §4.2.
@Suite("Status and commands of version 2")
struct V2DeviceStatusTests {
    private static let ids = ["1000a1b2c3", "1000a1b2c4", "1000a1b2c5"]

    /// Ann with three devices, of which the first two are connected.
    private func withDevices(
        pauses: any Clock<Duration> & Sendable = ContinuousClock(),
        _ body:
            @Sendable (TLSRig, _ user: (account: Account, token: String), _ devices: [TestPeer]) async throws -> Void
    ) async throws {
        try await withAPI(pauses: pauses) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            for id in Self.ids {
                try await rig.addDevice(id, to: user.account, params: #"{"switch":"off","rssi":-60.50}"#)
            }
            var devices: [TestPeer] = []
            for id in Self.ids[..<2] { devices.append(try await TestPeer.device(id, of: rig)) }
            try await body(rig, user, devices)
            for device in devices { device.abort() }
        }
    }

    private static func thing(_ id: String, type: Int = 1, _ params: JSON = ["switch": "on"]) -> JSON {
        ["type": JSON(type), "id": .string(id), "params": params]
    }

    private static func batch(_ things: [JSON], timeout: JSON? = nil, _ token: String) -> APIRequest {
        var body: JSONObject = ["thingList": .array(things)]
        body["timeout"] = timeout
        return .post("/v2/device/thing/batch-status", token: token, .object(body))
    }

    private static func errors(_ answer: APIAnswer) -> [Int?] {
        (answer["data"]?["respList"]?.arrayValue ?? []).map { $0["error"]?.intValue }
    }

    @Test("The named params are answered as they are stored, encoded or not, all of them without names")
    func reads() async throws {
        try await withDevices { (rig, user, _) async throws in
            func read(_ query: String) async throws -> String {
                try await rig.send(.get("/v2/device/thing/status?type=1&id=1000a1b2c3\(query)", token: user.token)).text
            }
            #expect(try await read("&params=rssi") == #"{"error":0,"msg":"","data":{"params":{"rssi":-60.50}}}"#)
            let all = #"{"error":0,"msg":"","data":{"params":{"switch":"off","rssi":-60.50}}}"#
            for query in ["", "&params=", "&params=switch|rssi", "&params=switch%7Crssi"] {
                #expect(try await read(query) == all)
            }
            #expect(try await read("&params=none") == #"{"error":0,"msg":"","data":{"params":{}}}"#)
        }
    }

    @Test("A command waits for the ack; apps on a socket hear of it as of one of version 1")
    func controls() async throws {
        try await withDevices { rig, user, devices in
            let app = try await TestPeer.app(of: rig, apiKey: user.account.apiKey.rawValue, token: user.token)
            async let answer = rig.send(
                .post(
                    "/v2/device/thing/status",
                    token: user.token,
                    Self.thing(Self.ids[0], ["switch": "on", "x": 1.5])
                )
            )
            let frame = try await devices[0].nextText()
            #expect(try JSON(parsing: frame)["params"]?.text == #"{"switch":"on","x":1.5}"#)
            try await devices[0].answer(frame)

            #expect(try await answer.text == #"{"error":0,"msg":"","data":{}}"#)
            let heard = try JSON(parsing: try await app.nextText())
            #expect(heard["action"] == "update")
            #expect(heard["params"] == ["switch": "on", "x": 1.5])
            app.abort()
        }
    }

    @Test("Offline, refused by the device, and no answer in time are 4002")
    func failures() async throws {
        try await withDevices { rig, user, devices in
            func control(_ id: String) -> APIRequest {
                .post("/v2/device/thing/status", token: user.token, Self.thing(id))
            }
            #expect(try await rig.send(control(Self.ids[2])).error == 4_002)

            async let refused = rig.send(control(Self.ids[0]))
            try await devices[0].answer(try await devices[0].nextText(), error: 5)
            #expect(try await refused.error == 4_002)

            async let late = rig.send(control(Self.ids[0]))
            _ = try await devices[0].nextText()
            rig.clocks.advance(by: .seconds(8))
            #expect(try await late.error == 4_002)
        }
    }

    @Test(
        "A group's members all get the command, the answer is 0 whatever becomes of it, and the group's status is kept"
    )
    func groups() async throws {
        try await withDevices { rig, user, devices in
            let group = try await rig.server.switchyard.thingGroups.create(
                named: "All",
                mainDevice: DeviceID(unchecked: Self.ids[0]),
                others: Self.ids.map { DeviceID(unchecked: $0) },
                for: user.account.id
            )
            async let answer = rig.send(
                .post("/v2/device/thing/status", token: user.token, Self.thing(group.id.description, type: 2))
            )
            try await devices[0].answer(try await devices[0].nextText())
            try await devices[1].answer(try await devices[1].nextText(), error: 5)

            #expect(try await answer.text == #"{"error":0,"msg":"","data":{}}"#)
            let status = "/v2/device/thing/status?type=2&id=\(group.id)"
            let stored = #"{"error":0,"msg":"","data":{"params":{"switch":"on"}}}"#
            #expect(try await rig.send(.get(status, token: user.token)).text == stored)
            #expect(try await rig.send(.get(status + "&params=switch", token: user.token)).text == stored)
            #expect(try await rig.send(.get(status + "&params=x", token: user.token))["data"]?["params"] == [:])
        }
    }

    @Test("A batch is sent at once and tells what became of each, in the same order")
    func batches() async throws {
        try await withDevices { rig, user, devices in
            let things = [Self.ids[2], Self.ids[1], Self.ids[0], "1000000009"].map { Self.thing($0) }
            async let answer = rig.send(Self.batch(things, timeout: 8_000, user.token))
            let frames = [try await devices[0].nextText(), try await devices[1].nextText()]
            try await devices[1].answer(frames[1], error: 5)
            try await devices[0].answer(frames[0])

            let answered = try await answer
            #expect(Self.errors(answered) == [30_022, 4_002, 0, 4_002])
            #expect(
                answered["data"]?["respList"]?.arrayValue?.first?.text == #"{"type":1,"id":"1000a1b2c5","error":30022}"#
            )
        }
    }

    @Test(
        "A batch waits no longer than its timeout, by default not at all; acks that come later are state all the same"
    )
    func batchTimeouts() async throws {
        let timer = ManualClock()
        try await withDevices(pauses: timer) { rig, user, devices in
            async let answer = rig.send(Self.batch([Self.thing(Self.ids[0])], timeout: 500, user.token))
            let frame = try await devices[0].nextText()
            try await timer.advance(by: .milliseconds(500))
            #expect(Self.errors(try await answer) == [4_002])
            try await devices[0].answer(frame)
            try await devices[0].settle()
            let status = APIRequest.get("/v2/device/thing/status?type=1&id=1000a1b2c3&params=switch", token: user.token)
            #expect(try await rig.send(status)["data"]?["params"] == ["switch": "on"])

            for timeout in [nil, 0] as [JSON?] {
                let things = Self.ids.map { Self.thing($0) }
                #expect(Self.errors(try await rig.send(Self.batch(things, timeout: timeout, user.token))) == [0, 0, 0])
                for device in devices { try await device.answer(try await device.nextText()) }
            }
            // What was not sent is no success, however short the wait.
            #expect(Self.errors(try await rig.send(Self.batch([Self.thing("1000000009")], user.token))) == [4_002])
        }
    }

    @Test("The receiver of a share controls it, in a batch too")
    func receivers() async throws {
        try await withDevices { rig, ann, devices in
            let bob = try await rig.makeUser("bob@example.org")
            _ = try await rig.server.switchyard.shares.add(
                Share(
                    device: DeviceID(unchecked: Self.ids[0]),
                    owner: ShareParty(ann.account),
                    receiver: ShareParty(bob.account),
                    terms: ShareTerms(permit: .all),
                    sharedAt: rig.clocks.wallClock.now
                )
            )
            async let answer = rig.send(
                Self.batch([Self.thing(Self.ids[0]), Self.thing(Self.ids[1])], timeout: 8_000, bob.token)
            )
            try await devices[0].answer(try await devices[0].nextText())

            #expect(Self.errors(try await answer) == [0, 4_002])
            #expect(devices[1].arrived() == nil)
        }
    }
}
