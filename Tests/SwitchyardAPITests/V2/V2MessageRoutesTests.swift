import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Source: `coolkit-v2-http.md` §6.
@Suite("Messages over HTTP")
struct V2MessageRoutesTests {
    private func read(_ query: String = "", _ token: String, _ rig: TLSRig) async throws -> [JSON] {
        let answer = try await rig.send(.get("/v2/message/read\(query)", token: token))
        #expect(answer.error == 0, "\(answer.text)")
        return answer["data"]?["messageList"]?.arrayValue ?? []
    }

    @Test("A share and its end are read at once, by the receiver alone")
    func readsShares() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let bob = try await rig.accounts.account(named: "bob@example.org")
            let bobsToken = try await rig.logIn(bob)
            let ann = try await rig.accounts.account(named: "ann@example.org")

            try await rig.server.switchyard.shares.cancel(
                DeviceID(unchecked: FaultWorld.sharedDevice),
                with: ann.id
            )

            let messages = try await read("", world.token, rig)
            #expect(messages.map { $0["msgType"] } == ["cancelShareNotify_v2", "shareNotify_v2"])
            #expect(messages.map { $0["message"]?["email"] } == ["bob@example.org", "bob@example.org"])
            #expect(messages.last?["message"]?["permit"] == 8)
            let dates = messages.compactMap { $0["date"]?.intValue }
            #expect(dates == dates.sorted(by: >))
            #expect(try await read("", bobsToken, rig).isEmpty)
        }
    }

    @Test("A device that is switched on its socket is read of, and pages go on with the last date")
    func readsSwitching() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            var adjustment = DeviceService.Adjustment()
            adjustment.settings = [.opsNotify: true]
            _ = try await rig.devices.adjust(DeviceID(unchecked: FaultWorld.ownDevice), adjustment)
            let device = try await TestPeer.device(of: rig)

            for value in ["on", "off", "on", "on"] {
                try await device.send(
                    """
                    {"userAgent":"device","apikey":"\(TLSRig.deviceKey)","deviceid":"\(FaultWorld.ownDevice)",\
                    "action":"update","params":{"switch":"\(value)"}}
                    """
                )
                _ = try await device.nextText()
            }

            var values: [String] = []
            var query = "?num=2"
            while case let page = try await read(query, world.token, rig), let last = page.last {
                values += page.filter { $0["msgType"] == "opsNotify_v2" }
                    .compactMap { $0["message"]?["params"]?["switch"]?.stringValue }
                query = "?num=2&from=\(try #require(last["date"]?.intValue))"
            }
            #expect(values == ["on", "off", "on"])
        }
    }
}
