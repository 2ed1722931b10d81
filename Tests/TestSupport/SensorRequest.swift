import CoolkitWire

/// The report of an HTTPS door sensor, byte for byte as its firmware sends it.
///
/// No space after the colons of the head, `content-length` in lower case, no `Connection`. Source: `coolkit-v1-http.md` §6.1.
package struct SensorRequest: Sendable {
    package var host = "eu-api.example.org:8080"
    package var body: String
    package var signature: String

    /// A report of this device, signed with its key.
    package init(deviceID: String, key: String, sequence: String, params: String) throws {
        guard let id = DeviceID(deviceID), let key = APIKey(key) else { throw TestFailure("not a deviceid or key") }
        body = #"{"deviceid":"\#(deviceID)","d_seq":"\#(sequence)","params":\#(params)}"#
        signature = DeviceDigest.sensorReport(apiKey: key, deviceID: id, deviceSequence: sequence)
    }

    /// What goes over the wire.
    package var bytes: String {
        """
        POST /api/user/device/update HTTP/1.1\r
        Host:\(host)\r
        Content-Type:application/json\r
        Authorization:Sign \(signature)\r
        content-length: \(body.utf8.count)\r
        \r
        \(body)
        """
    }
}
