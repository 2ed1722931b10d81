import CoolkitWire
import HTTPTypes
import Hummingbird
import NIOCore
import SwitchyardCore
import SwitchyardTransport
import Synchronization

/// `GET /ota/rom/{key}/{file}`: a device gets an image of the firmware it was told of.
///
/// Plain HTTP with real statuses. `key` cannot be guessed, `file` is compared with the names of the release and never becomes a path.
/// Source: `coolkit-v1-http.md` §6.3.
struct FirmwareDownloadRoutes: Sendable {
    let upgrades: UpgradeService
    let keys: DeviceKeyLimits
    /// The time that slow downloads wait by.
    let pauses: any Clock<Duration>
    private let slots: DownloadSlots

    /// What goes out at once: to most devices, and to those whose firmware is too slow for that.
    ///
    /// Source: SonOTA.
    private static let chunkBytes = 16_384
    private static let slowChunkBytes = 1_400
    private static let slowPause = Duration.milliseconds(300)

    init(upgrades: UpgradeService, keys: DeviceKeyLimits, pauses: any Clock<Duration>) {
        self.upgrades = upgrades
        self.keys = keys
        self.pauses = pauses
        slots = DownloadSlots(limit: upgrades.firmware.settings.maximumDownloads)
    }

    func add(to router: Router<APIRequestContext>) {
        router.get("/ota/rom/{key}/{file}", use: download)
        router.head("/ota/rom/{key}/{file}", use: describe)
    }

    /// What a request is for, once it is known that it may have it.
    private struct Subject {
        let release: FirmwareRelease
        let image: FirmwareImage
        /// Nil for an unsigned download.
        let device: LiveDevice?
        /// The request itself asks for slowness: `throttle=1`.
        let isThrottled: Bool
    }

    /// A download under way: holds its place and its file until it is over.
    private struct Download: Sendable {
        let release: FirmwareRelease
        let image: FirmwareImage
        let device: LiveDevice?
        let range: Range<Int>
        let isThrottled: Bool
        let file: FirmwareFile
        let slot: DownloadSlots.Slot
    }

    // MARK: Answers

    @Sendable
    private func describe(_ request: Request, context: APIRequestContext) throws -> Response {
        let image = try subject(of: request, context).image
        var headers = Self.headers(of: image)
        headers[.contentLength] = String(image.byteCount)
        return Response(status: .ok, headers: headers)
    }

    @Sendable
    private func download(_ request: Request, context: APIRequestContext) async throws -> Response {
        let subject = try subject(of: request, context)
        let length = subject.image.byteCount
        var headers = Self.headers(of: subject.image)
        switch Self.range(of: request, for: subject.image) {
        case .whole:
            return Response(status: .ok, headers: headers, body: try await body(subject, 0..<length))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
            return Response(status: .partialContent, headers: headers, body: try await body(subject, range))
        case .unsatisfiable:
            return Response(status: .rangeNotSatisfiable, headers: [.contentRange: "bytes */\(length)"])
        }
    }

    /// A part is of no use to whoever has the beginning of another file.
    private static func range(of request: Request, for image: FirmwareImage) -> ByteRange {
        if let condition = request.headers[.ifRange], condition != entityTag(of: image) { return .whole }
        return ByteRange(request.headers[.range], length: image.byteCount)
    }

    private static func entityTag(of image: FirmwareImage) -> String { "\"\(image.digest)\"" }

    private static func headers(of image: FirmwareImage) -> HTTPFields {
        [
            .contentType: "application/octet-stream", .acceptRanges: "bytes", .eTag: entityTag(of: image),
            .cacheControl: "no-store",
        ]
    }

    // MARK: Who and what

    private func subject(of request: Request, _ context: APIRequestContext) throws(SwitchyardError) -> Subject {
        let file = context.parameters.get("file").map { QueryParameters.decoded($0.utf8) }
        guard
            let release = context.parameters.get("key").flatMap({ FirmwareKey($0) }).flatMap(upgrades.firmware.release),
            let image = file.flatMap(release.image(named:))
        else { throw SwitchyardError(.notFound, "not found") }
        let parameters = QueryParameters(request.uri.query ?? "")
        let downloader = UpgradeService.Downloader(
            device: parameters["deviceid"],
            timestamp: parameters["ts"],
            sign: parameters["sign"]
        )
        let device = try keys.judge(from: context.connection.peerAddress) { () throws(SwitchyardError) in
            try upgrades.admit(downloader, to: release)
        }
        return Subject(release: release, image: image, device: device, isThrottled: parameters["throttle"] == "1")
    }

    // MARK: The bytes

    /// Takes a place among the downloads, opens the file, and promises the bytes.
    private func body(_ subject: Subject, _ range: Range<Int>) async throws -> ResponseBody {
        guard let slot = slots.take() else {
            throw SwitchyardError(.busy, "too many downloads at a time; come again later")
        }
        let download = Download(
            release: subject.release,
            image: subject.image,
            device: subject.device,
            range: range,
            isThrottled: subject.isThrottled || upgrades.isThrottled(subject.device),
            file: try await upgrades.firmware.folder.open(subject.image.digest),
            slot: slot
        )
        return ResponseBody(contentLength: range.count) { writer in
            var position = range.lowerBound
            while let bytes = try await nextBytes(of: download, at: position) {
                position += bytes.readableBytes
                try await writer.write(bytes)
                try await note(position, of: download)
            }
            try await writer.finish(nil)
        }
    }

    /// What goes out next, in its time; nil at the end.
    private func nextBytes(of download: Download, at position: Int) async throws -> ByteBuffer? {
        guard position < download.range.upperBound else { return nil }
        let chunk = download.isThrottled ? Self.slowChunkBytes : Self.chunkBytes
        if download.isThrottled, position > download.range.lowerBound { try await pauses.sleep(for: Self.slowPause) }
        return try await download.file.read(min(chunk, download.range.upperBound - position), at: position)
    }

    /// Tells how far a device is; one that has all of an image needs not be told of it again.
    private func note(_ position: Int, of download: Download) async throws {
        guard let device = download.device?.id else { return }
        upgrades.tracker.served(download.image, of: download.release, upTo: position, to: device)
        guard position == download.image.byteCount,
            upgrades.pendingRelease(of: device)?.key == download.release.key
        else { return }
        try await upgrades.forgetPending(of: device)
    }
}

/// Counts downloads, so that no more than a limit are under way.
final class DownloadSlots: Sendable {
    /// A place; free again when nobody holds it any more.
    final class Slot: Sendable {
        private let slots: DownloadSlots

        fileprivate init(_ slots: DownloadSlots) { self.slots = slots }

        deinit { slots.taken.subtract(1, ordering: .relaxed) }
    }

    private let limit: Int
    private let taken = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Nil when all are taken.
    func take() -> Slot? {
        guard taken.add(1, ordering: .relaxed).newValue <= limit else {
            taken.subtract(1, ordering: .relaxed)
            return nil
        }
        return Slot(self)
    }
}
