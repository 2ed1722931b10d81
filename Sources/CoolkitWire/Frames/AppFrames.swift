package import NIOCore

/// The answers that the server sends to apps.
///
/// What it sends them unasked is in `AppFrames+notifications.swift`.
///
/// `sequence` is echoed as a JSON string in every form it may have come. Source: `coolkit-websocket.md` §1.1, §2, §6.
package enum AppFrames {
    /// The answer to `userOnline`, always the first frame of a session; `apiKey` is the one that was sent.
    ///
    /// Source: §2.
    package static func online(apiKey: String, heartbeat: Heartbeat, sequence: SequenceText?) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 128 + apiKey.utf8.count)
        frame.writeStaticString("{\"error\":0")
        frame.writeMember(",\"apikey\":", text: apiKey)
        frame.writeHeartbeat(heartbeat)
        frame.writeSequenceMember(sequence)
        frame.writeObjectEnd()
        return frame
    }

    /// The answer to a command that the device has acknowledged, with the members copied from its acknowledgement.
    ///
    /// Source: §6.1, "copy `config`, `params`, `d_seq` from the device ack".
    package static func answer(
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        sequence: SequenceText?,
        config: ByteBuffer? = nil,
        params: ByteBuffer? = nil,
        deviceSequence: ByteBuffer? = nil
    ) -> ByteBuffer {
        let extraCapacity = (config?.readableBytes ?? 0) + (params?.readableBytes ?? 0)
        var frame = FrameBuffer.make(payloadCapacity: 180 + extraCapacity)
        frame.writeStaticString("{\"error\":0")
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(ownerAPIKey)
        frame.writeMember(",\"config\":", json: config)
        frame.writeMember(",\"params\":", json: params)
        frame.writeMember(",\"d_seq\":", json: deviceSequence)
        frame.writeSequenceMember(sequence)
        frame.writeObjectEnd()
        return frame
    }

    /// The answer to `query`, from stored state; nothing found is `{}` for an app.
    ///
    /// Source: §6.3.
    package static func queryAnswer(
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        sequence: SequenceText?,
        params: ByteBuffer?
    ) -> ByteBuffer {
        answer(
            deviceID: deviceID,
            ownerAPIKey: ownerAPIKey,
            sequence: sequence,
            params: params ?? ByteBuffer(staticString: "{}")
        )
    }

    /// The answer to `date`.
    ///
    /// Source: §6.
    package static func date(_ date: UnixTime, sequence: SequenceText?) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 128)
        frame.writeStaticString("{\"error\":0")
        frame.writeDate(date)
        frame.writeSequenceMember(sequence)
        frame.writeObjectEnd()
        return frame
    }

    /// The answer to the three share commands.
    ///
    /// Source: §10.1 to §10.3.
    package static func shareResult(
        _ result: Int,
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        sequence: SequenceText?
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 192)
        frame.writeStaticString("{\"error\":0")
        frame.writeMember(",\"result\":", number: Int64(result))
        frame.writeAPIKey(ownerAPIKey)
        frame.writeDeviceID(deviceID)
        frame.writeSequenceMember(sequence)
        frame.writeObjectEnd()
        return frame
    }

    /// A refusal.
    ///
    /// Handshakes name `apiKey` and `actionName`, commands `deviceID` and `apiKey`; a frame sent before the handshake
    /// is refused without a `reason`.
    ///
    /// Source: §2 (failures), §6 (any other action), §6.1 (answers).
    package static func failure(
        code: Int,
        reason: String?,
        deviceID: DeviceID? = nil,
        apiKey: String? = nil,
        sequence: SequenceText? = nil,
        actionName: String? = nil
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 256)
        frame.writeStaticString("{\"error\":")
        frame.writeString(String(code))
        frame.writeMember(",\"reason\":", text: reason)
        if let deviceID { frame.writeDeviceID(deviceID) }
        frame.writeMember(",\"apikey\":", text: apiKey)
        frame.writeSequenceMember(sequence)
        frame.writeMember(",\"actionName\":", text: actionName)
        frame.writeObjectEnd()
        return frame
    }
}
