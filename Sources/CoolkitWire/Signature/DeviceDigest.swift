import Crypto
import FoundationEssentials

/// The digests that devices and device records are proven with: plain hashes in lower-case hexadecimal, no HMAC.
///
/// Source: `test-vectors.md` §7.
package enum DeviceDigest {
    /// The `Authorization: Sign …` of an HTTPS sensor report.
    ///
    /// `deviceSequence` is the text of `d_seq`. Source: OPL1000 door sensor firmware.
    package static func sensorReport(apiKey: APIKey, deviceID: DeviceID, deviceSequence: String) -> String {
        let object: JSONObject = [
            "apikey": .string(apiKey.rawValue), "deviceid": .string(deviceID.rawValue),
            "d_seq": .string(deviceSequence),
        ]
        return sha256(JSON.object(object).text)
    }

    /// The `sign` of an OTA download's query; `timestamp` is `ts` as sent.
    ///
    /// Source: OPL1000 firmware.
    package static func download(deviceID: DeviceID, timestamp: String, apiKey: APIKey) -> String {
        sha256(deviceID.rawValue + timestamp + apiKey.rawValue)
    }

    /// The `digest` with which version 2 adds a device.
    ///
    /// Source: official documents.
    package static func addDevice(deviceID: DeviceID, apiKey: APIKey) -> String {
        sha256(deviceID.rawValue + apiKey.rawValue)
    }

    /// The id with which a GSM device is added.
    ///
    /// Source: official documents.
    package static func gsm(deviceID: DeviceID, apiKey: APIKey) -> String {
        hexadecimal(Insecure.MD5.hash(data: Data((deviceID.rawValue + apiKey.rawValue).utf8)))
    }

    /// SHA-256 of a text.
    package static func sha256(_ text: String) -> String { hexadecimal(SHA256.hash(data: Data(text.utf8))) }

    /// Whether a digest that was sent is the expected one: in constant time, in either case.
    package static func matches(_ digest: String, _ expected: String) -> Bool {
        let (sent, expected) = (Array(digest.lowercased().utf8), Array(expected.utf8))
        guard sent.count == expected.count else { return false }
        return zip(sent, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        String(
            decoding: digest.flatMap { [JSONByte.hexadecimalDigit($0 >> 4), JSONByte.hexadecimalDigit($0)] },
            as: UTF8.self
        )
    }
}
