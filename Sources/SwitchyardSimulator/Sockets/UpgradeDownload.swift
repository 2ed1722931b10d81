import CoolkitWire
import Crypto
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Fetches the images of an upgrade as firmware does: plain HTTP, in steps, with a signed query.
///
/// Real firmware fetches only the image of the idle flash half; this one fetches and checks all, so that a broken one
/// shows.
/// Source: `coolkit-device-side.md` §7, `coolkit-v1-http.md` §6.3.
struct UpgradeDownload: Sendable {
    /// How much one request asks for, in bytes.
    static let stepLength = 4_096
    /// The longest image accepted, in bytes: what fits the largest flash of these devices.
    static let maximumLength = 4_194_304
    /// How long all images together may take.
    static let limit = Duration.seconds(300)

    let request: UpgradeRequest

    /// Fetches all images.
    ///
    /// - Throws: `SimulatorError` that says which image failed and why.
    func run() async throws {
        try await withDeadline(Self.limit, waitingFor: "the images of version \(request.version)") {
            for image in request.images { try await fetch(image) }
        }
    }

    private func fetch(_ image: UpgradeRequest.Image) async throws {
        let (address, path) = try Self.split(image.url)
        let found = try await withHTTPCaller(to: address, trust: .system) { caller in
            try await digest(of: path, caller, image)
        }
        guard DeviceDigest.matches(image.digest, found) else {
            throw SimulatorError(.unexpectedAnswer, "\(image.name) has another digest than promised")
        }
    }

    /// Fetches step by step, and gives the digest of the whole.
    private func digest(of path: String, _ caller: HTTPCaller, _ image: UpgradeRequest.Image) async throws -> String {
        var hash = SHA256()
        var received = 0
        var total: Int?
        while received < total ?? .max {
            let reply = try await caller.call(.GET, path + query(after: path), headers: headers(from: received))
            let end = try Self.length(of: reply, from: received, image)
            hash.update(data: Data(reply.body.readableBytesView))
            received += reply.body.readableBytes
            total = end
        }
        return hash.finalize().reduce(into: "") { text, byte in
            text += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }
    }

    /// How long the whole image is, by the answer to one step.
    private static func length(of reply: HTTPReply, from start: Int, _ image: UpgradeRequest.Image) throws -> Int {
        let received = reply.body.readableBytes
        let whole: Int?
        switch reply.status {
        case 200 where start == 0: whole = received
        case 206:
            let range = reply.headers.first(name: "Content-Range") ?? ""
            whole = range.hasPrefix("bytes \(start)-") ? range.split(separator: "/").last.flatMap { Int($0) } : nil
        default:
            throw SimulatorError(
                .unexpectedAnswer,
                "\(image.name) was answered with HTTP \(reply.status)",
                number: reply.status
            )
        }
        guard let whole, received > 0, start + received <= whole, whole <= maximumLength else {
            throw SimulatorError(.unexpectedAnswer, "\(image.name) is empty, too long, or came in wrong pieces")
        }
        return whole
    }

    private func headers(from start: Int) -> HTTPHeaders {
        ["User-Agent": "itead-device", "Range": "bytes=\(start)-\(start + Self.stepLength - 1)"]
    }

    private func query(after path: String) -> String {
        let timestamp = String(request.timestamp)
        let sign = DeviceDigest.download(
            deviceID: request.deviceID,
            timestamp: timestamp,
            apiKey: request.factoryKey
        )
        return (path.contains("?") ? "&" : "?") + "deviceid=\(request.deviceID)&ts=\(timestamp)&sign=\(sign)"
    }

    /// Splits `http://host[:port]/path`; firmware downloads without TLS.
    private static func split(_ url: String) throws -> (ServerAddress, path: String) {
        let scheme = "http://"
        guard url.hasPrefix(scheme), let slash = url.dropFirst(scheme.count).firstIndex(of: "/") else {
            throw SimulatorError(.invalidInput, "'\(url)' is not http://HOST[:PORT]/PATH")
        }
        return (try ServerAddress(url: String(url[..<slash])), String(url[slash...]))
    }
}
