import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@Suite("POST /api/user/device/update")
struct SensorRoutesTests {
    /// The device of the test vectors.
    private static let id = "100000788a"
    private static let key = "4b21ebbe-8870-4d4a-93f2-000000000001"
    private static let params =
        #"{"switch":"on","battery":2.900,"fwVersion":"1000.2.917","type":2,"chipID":"884a18120525","mac":"884a18120525","rssi":-60}"#

    private static func post(_ sequence: String = "1570000000", params: String = params) throws -> SensorRequest {
        try SensorRequest(deviceID: id, key: key, sequence: sequence, params: params)
    }

    /// A server with Ann and her sensor; with her token.
    private func withSensor(
        _ settings: ProtocolSettings = ProtocolSettings(),
        listeners: Set<TestListener> = [],
        _ body: @Sendable (TLSRig, _ user: (account: Account, token: String)) async throws -> Void
    ) async throws {
        try await withAPI(settings, listeners: listeners) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let addition = DeviceService.Addition(
                id: DeviceID(unchecked: Self.id),
                credential: .key(APIKey(unchecked: Self.key)),
                facts: DeviceFacts(uiid: 1)
            )
            _ = try await rig.devices.add(addition, to: user.account, under: AppID(TLSRig.appID))
            try await body(rig, user)
        }
    }

    private func send(_ post: SensorRequest, on client: RawHTTPClient) async throws -> RawHTTPAnswer {
        try await client.send(post.bytes)
        return try await client.answer()
    }

    @Test(
        "The request of the documents, byte for byte, is stored through every listener",
        arguments: TestListener.allCases
    )
    func exampleRequest(listener: TestListener) async throws {
        try await withSensor(listeners: [.device, .plain]) { rig, user in
            let post = try Self.post()
            #expect(post.body.utf8.count == 177)
            #expect(post.signature == "bc75234e2a97ae5ee080acefb62139d9a525b15d9ecf0b5cfe7f3005119035e6")
            let client = try await RawHTTPClient(to: rig.server, through: listener)

            let answer = try await send(post, on: client)

            #expect(answer.body == #"{"error":0,"deviceid":"100000788a","d_seq":"1570000000"}"#)
            let time = rig.clocks.wallClock.now.iso8601
            let stored = try await rig.store.devices().map { String(decoding: $0.1.params, as: UTF8.self) }
            #expect(
                stored == [Self.params.dropLast() + #","actionTime":"\#(time)","lastUpdateTime":"\#(time)"}"#]
            )
            let shown = try await rig.send(.get("/api/user/device/\(Self.id)", token: user.token))
            #expect(shown["online"] == true)
            #expect(shown["uiid"] == 102)
            #expect(shown["extra"]?["extra"]?["mac"] == "884a18120525")
            #expect(shown["extra"]?["extra"]?["chipid"] == "884a18120525")
            await client.close()
        }
    }

    @Test("What the firmware searches the answer for is found where it looks, also in a refusal")
    func firmwareReads() async throws {
        try await withSensor { rig, _ in
            let client = try await RawHTTPClient(to: rig.server)
            var foreign = try Self.post()
            foreign.signature = String(repeating: "0", count: 64)

            for (post, number) in [(try Self.post(), 0), (foreign, 401)] {
                let answer = try await send(post, on: client)
                let head = answer.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\r\n")
                let whole = head + "\r\n\r\n" + answer.body

                let start = try #require(whole.range(of: "error"))
                let end = try #require(whole[start.upperBound...].range(of: ",\""))
                #expect(whole[start.upperBound..<end.lowerBound] == "\":\(number)")
                #expect(!whole.contains("downloadUrl"))
                #expect(whole.utf8.count < 1_000)
                #expect(answer[header: "transfer-encoding"] == nil)
            }
            await client.close()
        }
    }

    @Test("An id that spells downloadUrl does not start a download")
    func downloadText() async throws {
        try await withSensor { rig, user in
            try await rig.addDevice("xdownloadUrl", to: user.account)
            let post = try SensorRequest(deviceID: "xdownloadUrl", key: TLSRig.deviceKey, sequence: "1", params: "{}")
            let client = try await RawHTTPClient(to: rig.server)

            #expect(try await send(post, on: client).body == #"{"error":0,"d_seq":"1"}"#)
            await client.close()
        }
    }

    @Test(
        "What the operator wants it to download stands in the answer, with another text behind the address, until it is done"
    )
    func upgrade() async throws {
        try await withFirmware { rig, firmware in
            let upgrades = rig.server.switchyard.upgrades
            let order = UpgradeService.Order(
                device: DeviceID(unchecked: FaultWorld.ownDevice),
                model: firmware.release.model,
                force: true
            )
            _ = try await upgrades.keepForReport(order)
            func answer(_ sequence: String) async throws -> RawHTTPAnswer {
                let post = try SensorRequest(
                    deviceID: FaultWorld.ownDevice,
                    key: TLSRig.deviceKey,
                    sequence: sequence,
                    params: "{}"
                )
                let client = try await RawHTTPClient(to: rig.server)
                let answer = try await send(post, on: client)
                await client.close()
                return answer
            }

            for sequence in ["1", "2", "2"] {
                let answer = try await answer(sequence)
                let members = try JSON(parsing: answer.body)
                #expect(members.objectValue?.keys == ["error", "deviceid", "upgrade"])
                #expect(members["upgrade"]?.objectValue?.keys == ["downloadUrl", "digest", "name"])
                let url = members["upgrade"]?["downloadUrl"]?.stringValue ?? ""
                #expect(url.hasPrefix("http://127.0.0.1:") && url.hasSuffix(firmware.path()))
                #expect(answer.body.contains(#""downloadUrl":"\#(url)",""#))
                #expect(url.utf8.count < 128 && answer.body.utf8.count < 1_000)
            }
            try await upgrades.forgetPending(of: order.device)
            #expect(try await answer("3").body == #"{"error":0,"deviceid":"1000a1b2c3","d_seq":"3"}"#)
        }
    }

    @Test(
        "The connection is kept for the 3 minutes in which the sensor uses it again",
        arguments: [TestListener.device, .plain]
    )
    func keptConnection(listener: TestListener) async throws {
        try await withSensor(listeners: [listener]) { rig, _ in
            let client = try await RawHTTPClient(to: rig.server, through: listener)
            #expect(try await send(Self.post("1"), on: client).body.hasPrefix(#"{"error":0,"#))

            rig.clocks.advance(by: .seconds(180))

            #expect(try await send(Self.post("2"), on: client).body.hasPrefix(#"{"error":0,"#))
            await client.close()
        }
    }

    @Test("A d_seq that is a number is taken too, and given back as text")
    func numericSequence() async throws {
        try await withSensor { rig, _ in
            var post = try Self.post("1570000007")
            post.body = post.body.replacing(#""1570000007""#, with: "1570000007")
            let client = try await RawHTTPClient(to: rig.server)

            #expect(
                try await send(post, on: client).body == #"{"error":0,"deviceid":"100000788a","d_seq":"1570000007"}"#
            )
            await client.close()
        }
    }

    @Test("Too many bad signatures from an address are refused, and do no harm to the sensor elsewhere")
    func limits() async throws {
        try await withSensor(.with(\.failedReportsPerDevice, 2)) { rig, _ in
            let client = try await RawHTTPClient(to: rig.server)
            var bad = try Self.post()
            bad.signature = "00"
            let numbers = try await [401, 401, 503].asyncMap { _ in
                try JSON(parsing: await send(bad, on: client).body)["error"]
            }
            #expect(numbers == [401, 401, 503])
            let good = try await send(Self.post(), on: client)
            #expect(try JSON(parsing: good.body)["error"] == 503)

            await client.close()

            // The kept connection would be at its end, too.
            rig.clocks.advance(by: .seconds(60))
            let another = try await RawHTTPClient(to: rig.server)
            let later = try await send(Self.post(), on: another)
            #expect(try JSON(parsing: later.body)["error"] == 0)
            await another.close()
        }
    }

    @Test("A sensor is shown offline when its last report is older than set")
    func lapses() async throws {
        try await withSensor(.with(\.sensorOfflineAfter, .seconds(3_600))) { rig, user in
            let client = try await RawHTTPClient(to: rig.server)
            _ = try await send(Self.post(), on: client)
            await client.close()

            rig.clocks.advance(by: .seconds(3_600))

            try await eventually("the sensor is offline") {
                rig.clocks.advance(by: .seconds(1))
                return try await rig.send(.get("/api/user/device/\(Self.id)", token: user.token))["online"] == false
            }
        }
    }
}

extension Sequence where Element: Sendable {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
