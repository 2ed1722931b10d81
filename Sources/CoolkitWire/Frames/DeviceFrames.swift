package import NIOCore

/// The messages that the server sends to devices.
///
/// The order of the keys is that of the captures. Firmware searches answers for the text `action` and takes one that
/// has it for a command, so nothing here but commands has it, stored params included. Source: `coolkit-websocket.md` §4
/// to §6, §12.
package enum DeviceFrames {
    /// What an answer carries behind `apikey`.
    package enum Extra: Sendable {
        case none
        /// To `date`: the moment.
        case date(UnixTime)
        /// To `query`: an object with what was found.
        case params(ByteBuffer)
        /// To `query`: nothing was found, `"params":0`. Source: §5, "`query` answer conflict".
        case noParams
    }

    /// A command.
    ///
    /// Source: §6.1, exactly these keys in this order.
    package static func update(
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        sequence: SequenceText,
        params: ByteBuffer
    ) -> ByteBuffer {
        var frame = command("{\"action\":\"update\"", deviceID, ownerAPIKey, sequence, params)
        frame.writeStaticString(",\"from\":\"app\"}")
        return frame
    }

    /// An `upgrade`: as a command, without `from`.
    ///
    /// Source: §6.4.
    package static func upgrade(
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        sequence: SequenceText,
        params: ByteBuffer
    ) -> ByteBuffer {
        var frame = command("{\"action\":\"upgrade\"", deviceID, ownerAPIKey, sequence, params)
        frame.writeObjectEnd()
        return frame
    }

    /// The answer to `register`; `deviceSequence` is the JSON of `d_seq` as it came.
    ///
    /// Source: §4.
    /// - Parameter ownerAPIKey: nil for a device that waits for an owner (`autoAdopt`).
    package static func registered(
        deviceID: DeviceID,
        ownerAPIKey: APIKey?,
        heartbeat: Heartbeat,
        deviceSequence: ByteBuffer?
    ) -> ByteBuffer {
        var frame = success(deviceID, ownerAPIKey, extraCapacity: 64)
        frame.writeHeartbeat(heartbeat)
        frame.writeMember(",\"d_seq\":", json: deviceSequence)
        frame.writeObjectEnd()
        return frame
    }

    /// The answer to `date`, `update`, `query` and whatever else a registered device sends.
    ///
    /// Source: §5.
    package static func answer(
        deviceID: DeviceID,
        ownerAPIKey: APIKey?,
        deviceSequence: ByteBuffer?,
        extra: Extra = .none
    ) -> ByteBuffer {
        var extraCapacity = 64
        if case .params(let params) = extra { extraCapacity += params.readableBytes }
        var frame = success(deviceID, ownerAPIKey, extraCapacity: extraCapacity)
        switch extra {
        case .none: break
        case .date(let date): frame.writeDate(date)
        case .params(let params):
            frame.writeStaticString(",\"params\":")
            frame.writeEscapingActionText(params)
        case .noParams: frame.writeStaticString(",\"params\":0")
        }
        frame.writeMember(",\"d_seq\":", json: deviceSequence)
        frame.writeObjectEnd()
        return frame
    }

    /// A refusal: `error`, and what is known of the request.
    ///
    /// Devices need no `reason`. Source: §4, §11.
    package static func failure(code: Int, deviceID: DeviceID? = nil, deviceSequence: ByteBuffer? = nil) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 128)
        frame.writeStaticString("{\"error\":")
        frame.writeString(String(code))
        if let deviceID { frame.writeDeviceID(deviceID) }
        frame.writeMember(",\"d_seq\":", json: deviceSequence)
        frame.writeObjectEnd()
        return frame
    }

    private static func success(_ deviceID: DeviceID, _ ownerAPIKey: APIKey?, extraCapacity: Int) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 120 + extraCapacity)
        frame.writeStaticString("{\"error\":0")
        frame.writeDeviceID(deviceID)
        if let ownerAPIKey { frame.writeAPIKey(ownerAPIKey) }
        return frame
    }

    private static func command(
        _ opening: StaticString,
        _ deviceID: DeviceID,
        _ ownerAPIKey: APIKey,
        _ sequence: SequenceText,
        _ params: ByteBuffer
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 200 + params.readableBytes)
        frame.writeStaticString(opening)
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(ownerAPIKey)
        frame.writeStaticString(",\"userAgent\":\"app\",\"sequence\":")
        frame.writeSequence(sequence)
        frame.writeMember(",\"ts\":0,\"params\":", json: params)
        return frame
    }
}
