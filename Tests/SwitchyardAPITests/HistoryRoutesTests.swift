import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@Suite("GET /api/user/device/history")
struct HistoryRoutesTests {
    private static func history(_ query: String, of rig: TLSRig, _ token: String) async throws -> APIAnswer {
        try await rig.send(.get("/api/user/device/history?deviceid=\(FaultWorld.ownDevice)\(query)", token: token))
    }

    private func control(_ params: JSON, of rig: TLSRig, _ token: String, device: TestPeer) async throws {
        async let answer = rig.send(
            .post("/api/user/device/status", token: token, ["deviceid": "1000a1b2c3", "params": params])
        )
        try await device.answer(try await device.nextText())
        #expect(try await answer.error == 0)
    }

    @Test("Reports and acknowledged commands that change something are there, newest first; others are not")
    func entries() async throws {
        try await withReportingDevice { rig, user, device in
            let time = rig.clocks.wallClock.now.iso8601
            try await report(#"{"switch":"off","rssi":-60.50}"#, by: device)
            try await report(#"{"switch":"off","rssi":-60.50}"#, by: device)
            try await control(["switch": "on"], of: rig, user.token, device: device)
            try await control(["switch": "on"], of: rig, user.token, device: device)

            let answer = try await Self.history("", of: rig, user.token)

            #expect(
                answer.text
                    == #"{"error":0,"deviceid":"1000a1b2c3","history":["#
                    + #"{"number":2,"time":"\#(time)","kind":"command","apikey":"\#(user.account.apiKey)","params":{"switch":"on"}},"#
                    + #"{"number":1,"time":"\#(time)","kind":"report","params":{"switch":"off","rssi":-60.50}}]}"#
            )
        }
    }

    @Test("A receiver of a share reads it as the owner does, and stands in it by his own apikey")
    func receiver() async throws {
        try await withReportingDevice { rig, ann, device in
            let bob = try await rig.makeUser("bob@example.org")
            #expect(try await Self.history("", of: rig, bob.token).error == 404)
            let share = Share(
                device: DeviceID(unchecked: FaultWorld.ownDevice),
                owner: ShareParty(ann.account),
                receiver: ShareParty(bob.account),
                terms: ShareTerms(deviceName: "Lamp", userName: "friend", permit: SharePermit(rawValue: 15)),
                sharedAt: rig.clocks.wallClock.now
            )
            _ = try await rig.server.switchyard.shares.add(share)
            try await control(["switch": "on"], of: rig, bob.token, device: device)

            for token in [ann.token, bob.token] {
                let entry = try await Self.history("", of: rig, token)["history"]?.arrayValue?.first
                #expect(entry?["kind"] == "command")
                #expect(entry?["apikey"]?.stringValue == bob.account.apiKey.rawValue)
            }
        }
    }

    @Test("It is read in pages and between times, in seconds or milliseconds")
    func pages() async throws {
        try await withReportingDevice { rig, user, device in
            let start = rig.clocks.wallClock.now
            for number in 1...4 {
                try await report("{\"n\":\(number)}", by: device)
                rig.clocks.advance(by: .seconds(2))
            }
            func numbers(_ query: String) async throws -> [Int?] {
                let answer = try await Self.history(query, of: rig, user.token)
                return (answer["history"]?.arrayValue ?? []).map { $0["params"]?["n"]?.intValue } + [
                    answer["next"]?.intValue
                ]
            }

            #expect(try await numbers("&num=3") == [4, 3, 2, 2])
            #expect(try await numbers("&num=3&before=2") == [1, nil])
            let (from, to) = (start.milliseconds + 2_000, start.milliseconds + 4_000)
            #expect(try await numbers("&from=\(from)&to=\(to)") == [3, 2, nil])
            #expect(try await numbers("&from=\(start.seconds + 5)") == [4, nil])
        }
    }

    @Test("Of a device the newest are kept, as many as are set")
    func bounded() async throws {
        try await withReportingDevice(.with(\.maximumPerDevice, 2)) { rig, user, device in
            for number in 1...5 { try await report("{\"n\":\(number)}", by: device) }

            let answer = try await Self.history("", of: rig, user.token)

            #expect(answer["history"]?.arrayValue?.map { $0["params"]?["n"]?.intValue } == [5, 4])
        }
    }

    @Test("Switched off, there is nothing to read")
    func switchedOff() async throws {
        try await withReportingDevice(.with(\.isEnabled, false)) { rig, user, device in
            try await report(#"{"switch":"on"}"#, by: device)

            #expect(
                try await Self.history("", of: rig, user.token).text
                    == #"{"error":0,"deviceid":"1000a1b2c3","history":[]}"#
            )
        }
    }

    @Test("A device that is deleted and added again begins without a past")
    func deleted() async throws {
        try await withReportingDevice { rig, user, device in
            try await report(#"{"switch":"on"}"#, by: device)
            #expect(try await rig.send(.delete("/api/user/device/1000a1b2c3", token: user.token)).error == 0)
            #expect(try await Self.history("", of: rig, user.token).error == 404)
            try await rig.addDevice(FaultWorld.ownDevice, to: user.account)

            #expect(try await Self.history("", of: rig, user.token)["history"] == [])
        }
    }

    @Test("The history is there after a restart")
    func restart() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try TestCertificates.install(in: folder)
        let id = DeviceID(unchecked: FaultWorld.ownDevice)
        try await withTestServer(in: folder) { server in
            let rig = TLSRig(server)
            let ann = try await rig.makeAccount("ann@example.org")
            try await rig.addDevice(FaultWorld.ownDevice, to: ann)
            let device = try await TestPeer.device(of: rig)
            try await report(#"{"switch":"on"}"#, by: device)
            device.abort()
        }

        let records = try await withTestServer(in: folder) { server in
            try await server.switchyard.history.page(of: id, HistoryQuery(limit: 10)).records
        }

        #expect(records.map { String(decoding: $0.entry.params, as: UTF8.self) } == [#"{"switch":"on"}"#])
    }
}

extension HistorySettings {
    /// The defaults with one change.
    fileprivate static func with<Value>(_ key: WritableKeyPath<Self, Value>, _ value: Value) -> HistorySettings {
        var settings = HistorySettings()
        settings[keyPath: key] = value
        return settings
    }
}
