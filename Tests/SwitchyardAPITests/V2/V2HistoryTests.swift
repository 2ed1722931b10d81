import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// Source: `coolkit-v2-http.md` §4.2.
@Suite("History of version 2")
struct V2HistoryTests {
    private func control(_ params: JSON, of rig: TLSRig, _ token: String, device: TestPeer) async throws {
        async let answer = rig.send(
            .post("/v2/device/thing/status", token: token, ["type": 1, "id": "1000a1b2c3", "params": params])
        )
        try await device.answer(try await device.nextText())
        #expect(try await answer.error == 0)
    }

    private func histories(_ query: String, of rig: TLSRig, _ token: String) async throws -> [JSON] {
        let answer = try await rig.send(.get("/v2/device/history?deviceid=1000a1b2c3\(query)", token: token))
        #expect(answer.error == 0, "\(answer.text)")
        return answer["data"]?["histories"]?.arrayValue ?? []
    }

    @Test("Reports and commands stand there with their channels, their request as text and who made them")
    func entries() async throws {
        try await withReportingDevice { rig, user, device in
            let time = rig.clocks.wallClock.now.milliseconds
            try await report(#"{"rssi":-60.50}"#, by: device)
            try await control(["switch": "on"], of: rig, user.token, device: device)
            try await control(
                ["switches": [["switch": "on", "outlet": 1], ["switch": "on", "outlet": 3]]],
                of: rig,
                user.token,
                device: device
            )

            let entries = try await histories("", of: rig, user.token)

            #expect(
                entries.map(\.text) == [
                    #"{"deviceid":"1000a1b2c3","userAgent":"app","opsSwitchs":"1,3","request":"{\"switches\":[{\"switch\":\"on\",\"outlet\":1},{\"switch\":\"on\",\"outlet\":3}]}","opsAccount":"ann@example.org","opsTime":\#(time)}"#,
                    #"{"deviceid":"1000a1b2c3","userAgent":"app","opsSwitchs":"switch","request":"{\"switch\":\"on\"}","opsAccount":"ann@example.org","opsTime":\#(time)}"#,
                    #"{"deviceid":"1000a1b2c3","userAgent":"device","opsSwitchs":"","request":"{\"rssi\":-60.50}","opsAccount":"","opsTime":\#(time)}"#,
                ]
            )
        }
    }

    @Test("An owner reads who of the receivers it was; a receiver reads the names of himself and the owner alone")
    func people() async throws {
        try await withReportingDevice { rig, ann, device in
            let bob = try await rig.makeUser("bob@example.org")
            let carol = try await rig.makeUser("carol@example.org")
            for receiver in [bob, carol] {
                _ = try await rig.server.switchyard.shares.add(
                    Share(
                        device: DeviceID(unchecked: FaultWorld.ownDevice),
                        owner: ShareParty(ann.account),
                        receiver: ShareParty(receiver.account),
                        terms: ShareTerms(permit: .all),
                        sharedAt: rig.clocks.wallClock.now
                    )
                )
            }
            for (token, value) in [(ann.token, 1), (bob.token, 2), (carol.token, 3)] as [(String, JSON)] {
                try await control(["x": value], of: rig, token, device: device)
            }
            func accounts(_ token: String) async throws -> [String?] {
                try await histories("", of: rig, token).map { $0["opsAccount"]?.stringValue }
            }

            #expect(try await accounts(ann.token) == ["carol@example.org", "bob@example.org", "ann@example.org"])
            #expect(
                try await accounts(bob.token) == [carol.account.apiKey.rawValue, "bob@example.org", "ann@example.org"]
            )
        }
    }

    @Test("Pages go on with the time of the last entry")
    func pages() async throws {
        try await withReportingDevice { rig, user, device in
            for number in 1...5 {
                try await report("{\"n\":\(number)}", by: device)
                rig.clocks.advance(by: .seconds(1))
            }
            var requests: [String] = []
            var query = "&num=2"
            while case let page = try await histories(query, of: rig, user.token), let last = page.last {
                requests += page.compactMap { $0["request"]?.stringValue }
                query = "&num=2&from=\(try #require(last["opsTime"]?.intValue))"
            }
            #expect(requests == (1...5).reversed().map { "{\"n\":\($0)}" })
        }
    }

    @Test("The owner forgets it, also what is on its way to the store; what comes later is there")
    func clears() async throws {
        try await withReportingDevice { rig, user, device in
            try await report(#"{"n":1}"#, by: device)
            let cleared = try await rig.send(.delete("/v2/device/history?deviceid=1000a1b2c3", token: user.token))
            #expect(cleared.text == #"{"error":0,"msg":"","data":{}}"#)
            #expect(try await histories("", of: rig, user.token).isEmpty)

            rig.clocks.advance(by: .milliseconds(1))
            try await report(#"{"n":2}"#, by: device)
            #expect(try await histories("", of: rig, user.token).count == 1)
            let body = APIRequest(method: "DELETE", target: "/v2/device/history", token: user.token)
                .with(body: #"{"deviceid":"1000a1b2c3"}"#)
            #expect(try await rig.send(body).error == 0)
            #expect(try await histories("", of: rig, user.token).isEmpty)
        }
    }

    @Test("More than one commit can take is cleared too")
    func clearsMany() async throws {
        try await withReportingDevice { rig, user, _ in
            let entries = (0..<1_100).map { number in
                HistoryEntry(
                    device: DeviceID(unchecked: FaultWorld.ownDevice),
                    time: rig.clocks.wallClock.now,
                    actor: .device,
                    params: Array("{\"n\":\(number)}".utf8)
                )
            }
            try await rig.store.appendHistory(entries, keeping: 2_000)
            #expect(try await histories("", of: rig, user.token).count == 30)

            let cleared = try await rig.send(.delete("/v2/device/history?deviceid=1000a1b2c3", token: user.token))

            #expect(cleared.error == 0)
            #expect(try await histories("", of: rig, user.token).isEmpty)
        }
    }
}
