import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// `POST /otaother/app`.
///
/// Source: `coolkit-v1-http.md` §6.2.
@Suite("Firmware queries of apps")
struct FirmwareQueryRoutesTests {
    private func query(_ entries: [JSON], token: String) -> APIRequest {
        .post("/otaother/app", token: token, ["deviceInfoList": .array(entries)])
    }

    private func entry(_ id: String, _ version: JSON = "3.0.1", model: JSON = "PSF-B01-GL") -> JSON {
        ["model": model, "version": version, "deviceid": JSON(id)]
    }

    @Test("One entry for each device, in order; an update has model, version and both images")
    func updates() async throws {
        try await withFirmware { rig, firmware in
            let ann = try await rig.accounts.account(named: "ann@example.org")
            try await rig.addDevice("1000f0f0f0", to: ann)
            let token = try await rig.logIn(ann)

            let answer = try await rig.send(
                query([entry("1000f0f0f0", "3.3.0"), entry("1000a1b2c3"), entry("1000f0f0f0", "3.2.9")], token: token)
            )

            let list = try #require(answer["upgradeInfoList"]?.arrayValue)
            #expect(answer.keys == ["error", "rtnCode", "upgradeInfoList"])
            #expect(answer["error"] == 0 && answer["rtnCode"] == 0)
            #expect(list[0] == ["deviceid": "1000f0f0f0"])
            #expect(list.map { $0["version"]?.stringValue } == [nil, "3.3.0", "3.3.0"])
            #expect(list[1].objectValue?.keys == ["deviceid", "model", "version", "binList"])
            let bins = try #require(list[1]["binList"]?.arrayValue)
            let port = try #require(rig.server.otaPort)
            #expect(
                bins.map(\.text)
                    == ["user1.bin", "user2.bin"].map { name in
                        let url = "http://127.0.0.1:\(port)/ota/rom/\(firmware.release.key)/\(name)"
                        let digest = firmware.release.images[0].digest
                        return #"{"downloadUrl":"\#(url)","digest":"\#(digest)","name":"\#(name)"}"#
                    }
            )
        }
    }

    @Test("Devices of others, unknown ones, other models and versions nobody can read have no update")
    func noUpdates() async throws {
        try await withFirmware { rig, _ in
            try await rig.addDevice("1000b0b0b0", to: try await rig.makeAccount("bob@example.org"))
            let token = try await rig.logIn(try await rig.accounts.account(named: "ann@example.org"))
            let entries = [
                entry("1000b0b0b0"), entry("1000999999"), entry("1000a1b2c3", model: "OTHER"),
                entry("1000a1b2c3", "new"),
                entry("1000a1b2c3", 4), entry("1000a1b2c3", nil), ["deviceid": "1000a1b2c3"],
            ]

            let answer = try await rig.send(query(entries, token: token))

            #expect(
                answer["upgradeInfoList"] == .array(entries.map { ["deviceid": $0["deviceid"] ?? nil] })
            )
            #expect(try await rig.send(query([], token: token))["upgradeInfoList"] == [])
        }
    }

    @Test("Without a listener for downloads there is no update")
    func unreachable() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            _ = try await TestFirmware(in: rig)

            let answer = try await rig.send(query([entry("1000a1b2c3")], token: user.token))

            #expect(answer["upgradeInfoList"] == [["deviceid": "1000a1b2c3"]])
        }
    }
}
