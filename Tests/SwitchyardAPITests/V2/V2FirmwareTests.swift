import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// Source: `coolkit-v2-http.md` §4.2.
@Suite("Firmware queries of version 2")
struct V2FirmwareTests {
    @Test("Only devices with newer firmware are answered, with its files")
    func newer() async throws {
        try await withFirmware { rig, firmware in
            let token = try await rig.logIn(try await rig.accounts.account(named: "ann@example.org"))
            try await rig.addDevice("1000b0b0b0", to: try await rig.makeAccount("bob@example.org"))
            func query(_ entries: [JSON]) async throws -> JSON? {
                let request = APIRequest.post(
                    "/v2/device/ota/query",
                    token: token,
                    ["deviceInfoList": .array(entries)]
                )
                return try await rig.send(request)["data"]?["otaInfoList"]
            }
            func entry(_ id: String, _ version: JSON) -> JSON {
                ["deviceid": .string(id), "model": "PSF-B01-GL", "version": version]
            }

            let found = try await query([
                entry("1000b0b0b0", "3.0.1"), entry("1000a1b2c3", "3.0.1"), entry("1000999999", "3.0.1"),
            ])

            let port = try #require(rig.server.otaPort)
            let bins = ["user1.bin", "user2.bin"].map { name in
                let url = "http://127.0.0.1:\(port)/ota/rom/\(firmware.release.key)/\(name)"
                let digest = firmware.release.images[0].digest
                return #"{"downloadUrl":"\#(url)","digest":"\#(digest)","name":"\#(name)"}"#
            }
            #expect(
                found?.text
                    == #"[{"deviceid":"1000a1b2c3","version":"3.3.0","binList":[\#(bins.joined(separator: ","))],"#
                    + #""type":"","forceTime":""}]"#
            )
            #expect(try await query([entry("1000a1b2c3", "3.3.0")]) == [])
        }
    }
}
