package import NIOCore

/// The messages that apps send: for simulated apps and tests.
///
/// Source: `coolkit-websocket.md` §2, §6.1, §6.3.
package enum AppRequests {
    /// The app's handshake; the keys stand in the order of the documents' example.
    package static func userOnline(
        accessToken: String,
        apiKey: APIKey,
        appID: AppID?,
        timestamp: Int64,
        nonce: String,
        sequence: SequenceText?,
        version: Int = 8
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 384)
        frame.writeStaticString("{\"action\":\"userOnline\"")
        frame.writeMember(",\"version\":", number: Int64(version))
        frame.writeMember(",\"ts\":", number: timestamp)
        frame.writeMember(",\"at\":", text: accessToken)
        frame.writeStaticString(",\"userAgent\":\"app\"")
        frame.writeAPIKey(apiKey)
        frame.writeMember(",\"appid\":", text: appID?.rawValue)
        frame.writeMember(",\"nonce\":", text: nonce)
        frame.writeSequenceMember(sequence)
        frame.writeObjectEnd()
        return frame
    }

    /// A command; `params` is a JSON object or array, `selfAPIKey` the acting user's when the owner is another.
    package static func update(
        deviceID: DeviceID,
        apiKey: APIKey,
        selfAPIKey: APIKey? = nil,
        sequence: SequenceText?,
        params: ByteBuffer
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 256 + params.readableBytes)
        frame.writeStaticString("{\"action\":\"update\"")
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(apiKey)
        frame.writeMember(",\"selfApikey\":", text: selfAPIKey?.rawValue)
        frame.writeStaticString(",\"userAgent\":\"app\"")
        frame.writeSequenceMember(sequence)
        frame.writeMember(",\"ts\":0,\"params\":", json: params)
        frame.writeObjectEnd()
        return frame
    }

    /// Asks for stored state by names; no names ask for everything.
    package static func query(
        deviceID: DeviceID,
        apiKey: APIKey,
        sequence: SequenceText?,
        names: [String]
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 256)
        frame.writeStaticString("{\"action\":\"query\"")
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(apiKey)
        frame.writeSequenceMember(sequence)
        frame.writeStaticString(",\"params\":")
        JSON.array(names.map(JSON.string)).write(into: &frame)
        frame.writeStaticString(",\"ts\":0,\"userAgent\":\"app\"}")
        return frame
    }
}
