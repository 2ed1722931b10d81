package import CoolkitWire
package import NIOCore

/// What a door sensor that keeps no socket reports by HTTPS, each time it wakes.
///
/// Source: `coolkit-v1-http.md` §6.1.
package struct SensorReport: Sendable {
    package let device: DeviceID
    /// The text of `d_seq`: decimal digits, the sensor's time in seconds.
    package let sequence: String
    /// A JSON object, as the sensor wrote it.
    package let params: ByteBuffer
    /// The `Authorization: Sign …`, a digest in hexadecimal.
    package let signature: String

    package init(device: DeviceID, sequence: String, params: ByteBuffer, signature: String) {
        self.device = device
        self.sequence = sequence
        self.params = params
        self.signature = signature
    }

    /// A `d_seq` has no more digits than this.
    package static let maximumSequenceDigits = 20

    /// Whether the text can be a `d_seq`.
    package static func isSequence(_ text: String) -> Bool {
        (1...maximumSequenceDigits).contains(text.utf8.count)
            && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Whether the digest is that of this report by the device with this key.
    ///
    /// It covers apikey, deviceid and `d_seq`, not the params: a `d_seq` therefore counts once.
    func isSigned(with key: APIKey) -> Bool {
        let expected = DeviceDigest.sensorReport(apiKey: key, deviceID: device, deviceSequence: sequence)
        return DeviceDigest.matches(signature, expected)
    }
}

/// Which report by HTTPS was the last one of a device.
package struct ReportMark: Hashable, Sendable {
    /// Its `d_seq`.
    package let sequence: String
    package let time: UnixTime

    package init(sequence: String, time: UnixTime) {
        self.sequence = sequence
        self.time = time
    }
}

extension DeviceRegistration {
    /// The longest text that is believed of a device.
    private static let maximumFactBytes = 64

    /// What the params of a sensor's report tell of its make.
    ///
    /// Source: `uiid-catalogue.md` §6 (102: `mac`, `chipid` or `chipID`, `fwVersion`).
    init(of report: SensorReport, factoryKey: APIKey) {
        // The params were parsed on their way in; what is no object tells nothing.
        let params = (try? JSON(parsing: report.params))?.objectValue ?? JSONObject()
        func fact(_ names: String...) -> String? {
            let text = names.lazy.compactMap { params[$0]?.stringValue }.first { !$0.isEmpty }
            return text.flatMap { $0.utf8.count > Self.maximumFactBytes || $0.utf8.contains(0) ? nil : $0 }
        }
        self.init(
            id: report.device,
            factoryKey: factoryKey,
            version: nil,
            mac: fact("mac"),
            chipID: fact("chipID", "chipid"),
            romVersion: fact("fwVersion")
        )
    }
}
