import CoolkitWire
import NIOCore
import NIOHTTP1
import SwitchyardSimulator
import Synchronization
import Testing

/// The download itself, against a server of firmware files.
///
/// Source: `coolkit-device-side.md` §7, `coolkit-v1-http.md` §6.3.
@Suite struct UpgradeDownloadTests {
    /// How the server answers a request for a file.
    enum Manner: Sendable {
        case ranges
        case whole
        case wrongPiece
        case failing
        case endless
    }

    static let image = String(repeating: "0123456789abcdef", count: 600) + "end"

    /// Runs an upgrade of a device that is online, and gives the acknowledgement and the requests.
    private func upgrade(
        _ manner: Manner,
        digest: String = DeviceDigest.sha256(Self.image)
    ) async throws -> (answer: JSONObject, requests: [ScriptedServer.Request]) {
        let requests = Mutex<[ScriptedServer.Request]>([])
        let respond: ScriptedServer.Respond = { request, _ in
            requests.withLock { $0.append(request) }
            return Self.reply(to: request, manner)
        }
        let cloud = ScriptedCloud()
        let answer = try await ScriptedServer.with(respond: respond) { files in
            try await withRunningDevice(cloud) { device, _ in
                try await device.waitUntilOnline()
                cloud.sendToDevice(
                    DeviceUpgradeTests.command(base: "\(files.address)/ota/rom/k1/", digest: digest)
                )
                return try await cloud.next(nil)
            }
        }
        return (answer, requests.withLock { $0 })
    }

    private static func reply(to request: ScriptedServer.Request, _ manner: Manner) -> ScriptedServer.Reply {
        let bytes = Array(image.utf8)
        let start = request.headers.first(name: "Range").flatMap { range in
            Int(range.dropFirst("bytes=".count).prefix { $0 != "-" })
        }
        let from = min(start ?? 0, bytes.count)
        let piece = ByteBuffer(bytes: bytes[from..<min(from + 4_096, bytes.count)])
        switch manner {
        case .whole: return .init(status: .ok, body: ByteBuffer(bytes: bytes))
        case .failing: return .init(status: .notFound)
        case .wrongPiece:
            return .init(
                status: .partialContent,
                headers: ["Content-Range": "bytes 1-4096/\(bytes.count)"],
                body: piece
            )
        case .endless:
            return .init(
                status: .partialContent,
                headers: ["Content-Range": "bytes \(from)-\(from + 4_095)/99999999"],
                body: piece
            )
        case .ranges:
            let end = from + piece.readableBytes - 1
            return .init(
                status: .partialContent,
                headers: ["Content-Range": "bytes \(from)-\(end)/\(bytes.count)"],
                body: piece
            )
        }
    }

    @Test("Both images are fetched in steps of 4096 bytes, signed, as itead-device")
    func steps() async throws {
        let (answer, requests) = try await upgrade(.ranges)

        #expect(answer["error"] == 0)
        let ranges = ["bytes=0-4095", "bytes=4096-8191", "bytes=8192-12287"]
        #expect(requests.map { $0.headers.first(name: "Range") } == ranges + ranges)
        #expect(requests.allSatisfy { $0.headers.first(name: "User-Agent") == "itead-device" })
        let request = try #require(requests.first)
        let parts = request.uri.split(separator: "?")
        #expect(parts.first == "/ota/rom/k1/user1.bin")
        let query = parts.last?.split(separator: "&").map { $0.split(separator: "=").map(String.init) } ?? []
        #expect(query.map(\.first) == ["deviceid", "ts", "sign"])
        #expect(query[0][1] == "1000a1b2c3")
        let sign = DeviceDigest.download(
            deviceID: DeviceRig.identity().deviceID,
            timestamp: query[1][1],
            apiKey: DeviceRig.identity().factoryKey
        )
        #expect(query[2][1] == sign)
    }

    @Test("A server that knows no ranges sends the whole image at once")
    func whole() async throws {
        let (answer, requests) = try await upgrade(.whole)

        #expect(answer["error"] == 0)
        #expect(requests.count == 2)
    }

    @Test("A failed download is acknowledged with 404", arguments: [Manner.failing, .wrongPiece, .endless])
    func failed(manner: Manner) async throws {
        let (answer, requests) = try await upgrade(manner)

        #expect(answer["error"] == 404)
        #expect(requests.count == 1)
    }

    @Test("An image with another digest than promised is not taken; upper-case digests are")
    func digest() async throws {
        let wrong = try await upgrade(.ranges, digest: DeviceDigest.sha256("another"))
        let upper = try await upgrade(.ranges, digest: DeviceDigest.sha256(Self.image).uppercased())

        #expect(wrong.answer["error"] == 404)
        #expect(upper.answer["error"] == 0)
    }

    @Test("The device comes back with the new version")
    func back() async throws {
        let cloud = ScriptedCloud()
        let respond: ScriptedServer.Respond = { request, _ in Self.reply(to: request, .ranges) }
        try await ScriptedServer.with(respond: respond) { files in
            try await withRunningDevice(cloud) { device, clock in
                try await device.waitUntilOnline()
                _ = try await cloud.next("update")
                let digest = DeviceDigest.sha256(Self.image)
                cloud.sendToDevice(DeviceUpgradeTests.command(base: "\(files.address)/ota/", digest: digest))
                _ = try await device.nextEvent { $0 == .upgraded(version: "3.3.0") }

                try await clock.advance(by: .seconds(2))

                let full = try await cloud.next("update")
                #expect(full["params"]?["fwVersion"] == "3.3.0")
                #expect(full["params"]?["only_device"] == ["ota": "success"])
            }
        }
    }
}
