import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// `GET /ota/rom/{key}/{file}` over real sockets.
///
/// Source: `coolkit-v1-http.md` §6.3.
@Suite("Downloads of firmware")
struct FirmwareDownloadTests {
    private static let length = TestFirmware.bytes.count

    @Test(
        "A device gets its image over each listener",
        arguments: [TestListener.ota, .plain, .public]
    )
    func whole(listener: TestListener) async throws {
        try await withFirmware { rig, firmware in
            let answer = try await rig.send(firmware.request().through(listener))

            #expect(answer.status == 200)
            #expect(answer.headers["content-length"] == "\(Self.length)")
            #expect(answer.headers["content-type"] == "application/octet-stream")
            #expect(answer.headers["accept-ranges"] == "bytes")
            #expect(answer.headers["content-range"] == nil)
            #expect(answer.text.hasSuffix(TestFirmware.text(1..<Self.length)))
        }
    }

    @Test(
        "A range is 206 with the part and where it is from",
        arguments: [
            ("bytes=4096-8191", 4_096..<8_192), ("bytes=8192-", 8_192..<10_000), ("bytes=-5", 9_995..<10_000),
            ("bytes=9999-20000", 9_999..<10_000),
        ]
    )
    func parts(range: String, part: Range<Int>) async throws {
        try await withFirmware { rig, firmware in
            let answer = try await rig.send(firmware.request(range: range))

            #expect(answer.status == 206)
            #expect(answer.headers["content-range"] == "bytes \(part.lowerBound)-\(part.upperBound - 1)/10000")
            #expect(answer.headers["content-length"] == "\(part.count)")
            #expect(answer.text == TestFirmware.text(part))
        }
    }

    @Test("The image comes whole in steps of 4096 bytes on one connection")
    func steps() async throws {
        try await withFirmware { rig, firmware in
            var text = ""
            for start in stride(from: 1, to: Self.length, by: 4_096) {
                let answer = try await rig.send(firmware.request("user2.bin", range: "bytes=\(start)-\(start + 4_095)"))
                #expect(answer.status == 206)
                text += answer.text
            }
            #expect(text == TestFirmware.text(1..<Self.length))
        }
    }

    @Test("A range beyond the end is 416 with the length; what is no range gets all of it")
    func oddRanges() async throws {
        try await withFirmware { rig, firmware in
            for range in ["bytes=10000-", "bytes=-0"] {
                let answer = try await rig.send(firmware.request(range: range))
                #expect(answer.status == 416)
                #expect(answer.headers["content-range"] == "bytes */10000")
                #expect(answer.text.isEmpty)
            }
            for range in ["bytes=x", "bytes=0-1,3-4", "bytes=5-2"] {
                #expect(try await rig.send(firmware.request(range: range)).status == 200)
            }
            let stale = firmware.request(range: "bytes=1-2").adding("If-Range", "\"other\"")
            #expect(try await rig.send(stale).status == 200)
            let tag = try await rig.send(firmware.request(range: "bytes=1-2")).headers["etag"] ?? ""
            #expect(try await rig.send(firmware.request(range: "bytes=1-2").adding("If-Range", tag)).status == 206)
        }
    }

    @Test("HEAD tells the length and sends nothing")
    func head() async throws {
        try await withFirmware { rig, firmware in
            var request = firmware.request()
            request.method = "HEAD"
            let answer = try await rig.send(request)

            #expect(answer.status == 200)
            #expect(answer.headers["content-length"] == "\(Self.length)")
            #expect(answer.text.isEmpty)
            #expect(try await rig.send(firmware.request(range: "bytes=1-1")).text == "b")
        }
    }

    @Test("What is not there is 404, whatever the path tries; what is there needs the signature of its device")
    func refusals() async throws {
        try await withFirmware { rig, firmware in
            try await rig.addDevice("1000e0e0e0", to: try await rig.makeAccount("bob@example.org"))
            let query = TestFirmware.query()
            let key = firmware.release.key
            let digest = firmware.release.images[0].digest
            let other = key.rawValue.hasSuffix("x") ? "y" : "x"
            let absent = [
                "/ota/rom/\(key)/user3.bin", "/ota/rom/\(key)/", "/ota/rom/\(key)", "/ota/rom/\(key)/\(digest)",
                "/ota/rom/\(String(key.rawValue.dropLast()))\(other)/user1.bin", "/ota/rom/../user1.bin",
                "/ota/rom/\(key)/..%2f..%2fswitchyard.sqlite", "/ota/rom/\(key)/../../switchyard.sqlite",
                "/ota/rom/\(key)/%2e%2e", "/ota/rom/\(key)/user1.bin%00", "/ota/rom/\(key)/user1.bin/more",
                "/ota/rom/\(key)/USER1.BIN", "/ota", "/",
            ]
            for path in absent {
                let answer = try await rig.send(.get("\(path)?\(query)").through(.ota))
                #expect(answer.status == 404, "\(path)")
                #expect(answer["error"] == 404)
            }
            let forbidden = [
                "", "deviceid=1000a1b2c3&ts=970", TestFirmware.query(key: "wrong"),
                TestFirmware.query().replacing("ts=970", with: "ts=971"), TestFirmware.query("1000999999"),
                TestFirmware.query("1000e0e0e0", key: "wrong"),
            ]
            for query in forbidden {
                let answer = try await rig.send(firmware.request(query: query))
                #expect(answer.status == 403, "\(query)")
                #expect(answer["error"] == 403)
            }
            #expect(try await rig.send(firmware.request(query: TestFirmware.query("1000e0e0e0"))).status == 200)
        }
    }

    @Test(
        "Guesses at a device's key end after a few from one address, right or wrong, and the minute after it is served"
    )
    func guesses() async throws {
        let change: @Sendable (inout ServerConfiguration) -> Void = { $0.protocolSettings.failedReportsPerAddress = 3 }
        try await withFirmware(configuring: change) { rig, firmware in
            let guess = firmware.request(query: TestFirmware.query(key: "wrong"))
            var head = firmware.request()
            head.method = "HEAD"
            let both = [firmware.request(), head]

            let guesses = try await [guess, guess, guess, guess].statuses(of: rig)
            let refused = try await both.statuses(of: rig)
            rig.clocks.advance(by: .seconds(60))
            let served = try await both.statuses(of: rig)

            #expect(guesses == [403, 403, 403, 503])
            #expect(refused == [503, 503])
            #expect(served == [200, 200])
        }
    }

    @Test("Firmware of another model is refused, and an unsigned download let through with the setting")
    func modelAndSetting() async throws {
        let unsigned: (inout ServerConfiguration) -> Void = { $0.firmware.allowsUnsignedDownloads = true }
        try await withFirmware(configuring: unsigned) { rig, firmware in
            let other = try await TestFirmware(model: "OTHER", in: rig)

            #expect(try await rig.send(other.request()).status == 403)
            #expect(try await rig.send(firmware.request(query: "")).status == 200)
            #expect(try await rig.send(firmware.request(query: TestFirmware.query(key: "wrong"))).status == 403)
        }
    }

    @Test("The listener for downloads serves nothing else")
    func onlyDownloads() async throws {
        try await withFirmware { rig, _ in
            for path in ["/api/user/region", "/dispatch/device", "/otaother/app", "/api/ws"] {
                let answer = try await rig.send(.get(path).through(.ota))
                #expect(answer.status == 404, "\(path)")
            }
        }
    }

    @Test("An image whose file is gone is 404, and a removed firmware too")
    func gone() async throws {
        try await withFirmware { rig, firmware in
            let folder = rig.server.dataDirectory.firmware
            try FileManager.default.removeItem(atPath: folder + "/" + firmware.release.images[0].digest.rawValue)
            #expect(try await rig.send(firmware.request()).status == 404)

            try await rig.server.switchyard.upgrades.firmware.remove(model: "PSF-B01-GL", version: "3.3.0")
            #expect(try await rig.send(firmware.request()).status == 404)
        }
    }

    @Test("Old firmware gets 1400 bytes every 0.3 seconds; so does a request that asks for it")
    func slowly() async throws {
        let clock = ManualClock()
        try await withFirmware(pauses: clock) { rig, firmware in
            for query in [TestFirmware.query() + "&throttle=1", TestFirmware.query()] {
                async let answer = rig.send(firmware.request(range: "bytes=1-4200", query: query))
                // Three pieces, so two pauses.
                for _ in 0..<2 { try await clock.advance(by: .milliseconds(300)) }
                #expect(try await answer.text == TestFirmware.text(1..<4_201))
                // The second time for the device's sake.
                let device = try #require(
                    rig.server.switchyard.registry.device(DeviceID(unchecked: FaultWorld.ownDevice))
                )
                device.update { $0.facts.romVersion = "1.5.5" }
            }
        }
    }

    @Test("Only so many download at a time; the next is told to come again")
    func downloadBound() async throws {
        let clock = ManualClock()
        let one: (inout ServerConfiguration) -> Void = { $0.firmware.maximumDownloads = 1 }
        try await withFirmware(pauses: clock, configuring: one) { rig, firmware in
            let slow = try await RawHTTPClient(to: rig.server, through: .ota)
            try await slow.send(firmware.request(query: TestFirmware.query() + "&throttle=1").bytes)
            try await eventually("the download to have begun") {
                try await rig.send(firmware.request(range: "bytes=1-1")).status == 503
            }
            #expect(try await rig.send(firmware.request(range: "bytes=10000-")).status == 416)

            await slow.close()
            try await eventually("the place to be free") {
                try await clock.advanceIfAsleep(by: .milliseconds(300))
                return try await rig.send(firmware.request(range: "bytes=1-1")).status == 206
            }
        }
    }

    @Test("Each step of a download is told of the device that has proven itself")
    func progress() async throws {
        try await withFirmware { rig, firmware in
            let (events, continuation) = AsyncStream.makeStream(of: UpgradeEvent.self)
            let subscription = rig.server.switchyard.bus.subscribe { event in
                if case .upgrade(let upgrade) = event { continuation.yield(upgrade) }
            }
            defer { subscription.cancel() }

            for start in stride(from: 0, to: Self.length, by: 2_500) {
                _ = try await rig.send(firmware.request(range: "bytes=\(start)-\(start + 2_499)"))
            }
            continuation.finish()

            var steps: [UpgradeStep] = []
            for await event in events { steps.append(event.step) }
            #expect(
                steps == [
                    .downloadBegan(image: "user1.bin"), .downloading(image: "user1.bin", bytes: 2_500, of: 10_000),
                    .downloading(image: "user1.bin", bytes: 5_000, of: 10_000),
                    .downloading(image: "user1.bin", bytes: 7_500, of: 10_000),
                    .downloaded(image: "user1.bin", bytes: 10_000),
                ]
            )
        }
    }
}

extension [APIRequest] {
    /// What comes back to each, one after the other.
    fileprivate func statuses(of rig: TLSRig) async throws -> [Int] {
        var statuses: [Int] = []
        for request in self { statuses.append(try await rig.send(request).status) }
        return statuses
    }
}
