package import NIOCore

extension AppFrames {
    /// The share commands that a receiver's apps are told about.
    package enum ShareAction: String, Sendable {
        case share
        case updateShare
        case cancelShare
    }

    /// A share command for the receiver's apps: the owner's message with a `sequence` of the server's and `ts` 0.
    ///
    /// Source: `coolkit-websocket.md` §10.1 step 3.
    package static func shareNotice(
        _ action: ShareAction,
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        sequence: SequenceText,
        params: ByteBuffer
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 288 + params.readableBytes)
        frame.writeStaticString("{\"action\":\"")
        frame.writeString(action.rawValue)
        frame.writeStaticString("\"")
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(ownerAPIKey)
        frame.writeMember(",\"selfApikey\":", text: ownerAPIKey.rawValue)
        frame.writeStaticString(",\"userAgent\":\"app\"")
        frame.writeSequenceMember(sequence)
        frame.writeMember(",\"ts\":0,\"params\":", json: params)
        frame.writeObjectEnd()
        return frame
    }
}
