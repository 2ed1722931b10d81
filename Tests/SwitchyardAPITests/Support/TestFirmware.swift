import CoolkitWire
import NIOCore
import SwitchyardCore
import SwitchyardServer
import TestSupport

/// A firmware in a test server, and how a device asks for it.
struct TestFirmware: Sendable {
    /// The EA of an ESP8266, and text that can be told apart at every place.
    static let bytes: [UInt8] = [0xEA] + (1..<10_000).map { UInt8(ascii: "a") + UInt8($0 % 26) }

    let release: FirmwareRelease

    init(_ version: String = "3.3.0", model: String = "PSF-B01-GL", in rig: TLSRig) async throws {
        let firmware = rig.server.switchyard.upgrades.firmware
        let upload = try await firmware.beginUpload()
        try await upload.append(ByteBuffer(bytes: Self.bytes))
        let image = try await upload.finish()
        release = try await firmware.add(
            model: model,
            version: version,
            images: FirmwareImage.halfNames.map { .init(name: $0, digest: image.digest) },
            force: false
        ).0
    }

    /// The text of a part, which does not begin with the first byte.
    static func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    func path(_ file: String = "user1.bin") -> String { "/ota/rom/\(release.key)/\(file)" }

    static func query(
        _ device: String = FaultWorld.ownDevice,
        ts: String = "970",
        key: String = TLSRig.deviceKey
    ) -> String {
        let sign = DeviceDigest.download(
            deviceID: DeviceID(unchecked: device),
            timestamp: ts,
            apiKey: APIKey(unchecked: key)
        )
        return "deviceid=\(device)&ts=\(ts)&sign=\(sign)"
    }

    /// A download as firmware asks for it.
    func request(_ file: String = "user1.bin", range: String? = nil, query: String = query()) -> APIRequest {
        var request = APIRequest.get("\(path(file))?\(query)").adding("User-Agent", "itead-device").through(.ota)
        if let range { request = request.adding("Range", range) }
        return request
    }
}

/// Runs `body` with a server that has the listener for downloads, one device and one firmware.
func withFirmware(
    pauses: any Clock<Duration> & Sendable = ContinuousClock(),
    configuring change: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @Sendable (TLSRig, TestFirmware) async throws -> Void
) async throws {
    try await withAPI(
        listeners: [.plain],
        pauses: pauses,
        configuring: {
            $0.listeners.ota.isEnabled = true
            change(&$0)
        },
        { rig in
            try await rig.makeApplication()
            try await rig.addDevice(FaultWorld.ownDevice, to: try await rig.makeAccount("ann@example.org"))
            try await body(rig, try await TestFirmware(in: rig))
        }
    )
}
