import CoolkitWire
import NIOCore

extension AppFrames {
    /// A failure with one of the protocol's own codes and its reason text.
    ///
    /// - Parameter withReason: off for the answer to anything but a handshake before the handshake.
    static func failure(
        _ code: WireCode,
        withReason: Bool = true,
        deviceID: DeviceID? = nil,
        apiKey: String? = nil,
        sequence: SequenceText? = nil,
        actionName: String? = nil
    ) -> ByteBuffer {
        failure(
            code: code.rawValue,
            reason: withReason ? code.reason : nil,
            deviceID: deviceID,
            apiKey: apiKey,
            sequence: sequence,
            actionName: actionName
        )
    }
}

extension DeviceFrames {
    /// A failure with one of the protocol's own codes.
    ///
    /// Devices get no reason text.
    static func failure(
        _ code: WireCode,
        deviceID: DeviceID? = nil,
        deviceSequence: ByteBuffer? = nil
    ) -> ByteBuffer {
        failure(code: code.rawValue, deviceID: deviceID, deviceSequence: deviceSequence)
    }
}
