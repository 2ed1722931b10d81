package import NIOCore

/// The messages that devices send: for simulated devices and tests.
///
/// Keys stand in the order of the captures. Source: `coolkit-websocket.md` §4, §7, `coolkit-device-side.md` §5.
package enum DeviceRequests {
    /// What a device says of itself in `register`.
    package struct Registration: Hashable, Sendable {
        package var deviceID: DeviceID
        package var factoryAPIKey: APIKey
        package var version: Int
        package var romVersion: String?
        package var model: String?
        /// `ts`: seconds since boot or since 1970.
        package var timestamp: UInt32
        /// `d_seq`, a number of 13 digits.
        package var deviceSequence: Int64?
        package var chipID: String?
        package var mac: String?

        package init(
            deviceID: DeviceID,
            factoryAPIKey: APIKey,
            version: Int = 8,
            romVersion: String? = nil,
            model: String? = nil,
            timestamp: UInt32,
            deviceSequence: Int64? = nil,
            chipID: String? = nil,
            mac: String? = nil
        ) {
            self.deviceID = deviceID
            self.factoryAPIKey = factoryAPIKey
            self.version = version
            self.romVersion = romVersion
            self.model = model
            self.timestamp = timestamp
            self.deviceSequence = deviceSequence
            self.chipID = chipID
            self.mac = mac
        }
    }

    /// The device's handshake.
    package static func register(_ registration: Registration) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 384)
        frame.writeStaticString("{\"userAgent\":\"device\"")
        frame.writeAPIKey(registration.factoryAPIKey)
        frame.writeDeviceID(registration.deviceID)
        frame.writeMember(",\"action\":\"register\",\"version\":", number: Int64(registration.version))
        frame.writeMember(",\"romVersion\":", text: registration.romVersion)
        frame.writeMember(",\"model\":", text: registration.model)
        frame.writeMember(",\"ts\":", number: Int64(registration.timestamp))
        frame.writeMember(",\"d_seq\":", number: registration.deviceSequence)
        frame.writeMember(",\"chipid\":", text: registration.chipID)
        frame.writeMember(",\"mac\":", text: registration.mac)
        frame.writeObjectEnd()
        return frame
    }

    /// Asks for the time; counts as a heartbeat.
    package static func date(deviceID: DeviceID, ownerAPIKey: APIKey, deviceSequence: Int64? = nil) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 192)
        frame.writeStaticString("{\"action\":\"date\"")
        frame.writeAPIKey(ownerAPIKey)
        frame.writeDeviceID(deviceID)
        frame.writeMember(",\"d_seq\":", number: deviceSequence)
        frame.writeStaticString(",\"userAgent\":\"device\"}")
        return frame
    }

    /// Reports state; `params` is a JSON object.
    package static func update(
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        deviceSequence: Int64? = nil,
        params: ByteBuffer
    ) -> ByteBuffer {
        request("{\"action\":\"update\"", deviceID, ownerAPIKey, deviceSequence, params)
    }

    /// Asks for stored state by names; no names ask for everything.
    package static func query(
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        deviceSequence: Int64? = nil,
        names: [String]
    ) -> ByteBuffer {
        let params = JSON.array(names.map(JSON.string)).buffer
        return request("{\"action\":\"query\"", deviceID, ownerAPIKey, deviceSequence, params)
    }

    /// Answers a command; `code` 0 is success, `config` carries history that was asked for.
    package static func ack(
        code: Int = 0,
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        sequence: SequenceText?,
        config: ByteBuffer? = nil
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 192 + (config?.readableBytes ?? 0))
        frame.writeStaticString("{\"error\":")
        frame.writeString(String(code))
        frame.writeStaticString(",\"userAgent\":\"device\"")
        frame.writeAPIKey(ownerAPIKey)
        frame.writeDeviceID(deviceID)
        frame.writeMember(",\"config\":", json: config)
        frame.writeSequenceMember(sequence)
        frame.writeObjectEnd()
        return frame
    }

    private static func request(
        _ opening: StaticString,
        _ deviceID: DeviceID,
        _ ownerAPIKey: APIKey,
        _ deviceSequence: Int64?,
        _ params: ByteBuffer
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 192 + params.readableBytes)
        frame.writeStaticString(opening)
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(ownerAPIKey)
        frame.writeStaticString(",\"userAgent\":\"device\"")
        frame.writeMember(",\"d_seq\":", number: deviceSequence)
        frame.writeMember(",\"params\":", json: params)
        frame.writeObjectEnd()
        return frame
    }
}
