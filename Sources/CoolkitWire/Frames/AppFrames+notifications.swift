package import NIOCore

extension AppFrames {
    /// A device's report, for every app session of owner and receivers; `params` exactly as the device sent them.
    ///
    /// `deviceSequence` and `seq` are copied as JSON. Source: `coolkit-websocket.md` §7.
    package static func deviceReport(
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        deviceSequence: ByteBuffer?,
        params: ByteBuffer,
        seq: ByteBuffer? = nil
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 216 + params.readableBytes)
        frame.writeStaticString("{\"action\":\"update\"")
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(ownerAPIKey)
        frame.writeStaticString(",\"userAgent\":\"device\"")
        frame.writeMember(",\"d_seq\":", json: deviceSequence)
        frame.writeMember(",\"ts\":0,\"params\":", json: params)
        frame.writeStaticString(",\"from\":\"device\"")
        frame.writeMember(",\"seq\":", json: seq)
        frame.writeObjectEnd()
        return frame
    }

    /// A gateway's list of its sub-devices, for every app session of owner and receivers; as the gateway sent it.
    ///
    /// In the form of a report. Source: §8.
    package static func subDeviceReport(
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        deviceSequence: ByteBuffer?,
        params: ByteBuffer
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 232 + params.readableBytes)
        frame.writeStaticString("{\"action\":\"reportSubDevice\"")
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(ownerAPIKey)
        frame.writeStaticString(",\"userAgent\":\"device\"")
        frame.writeMember(",\"d_seq\":", json: deviceSequence)
        frame.writeMember(",\"ts\":0,\"params\":", json: params)
        frame.writeStaticString(",\"from\":\"device\"}")
        return frame
    }

    /// A change made by an app, for every other app session of owner and receivers.
    ///
    /// `partnerAPIKey` is the acting user's when it is not the owner's; it goes inside `params`. Source: §6.2.
    package static func appChange(
        deviceID: DeviceID,
        ownerAPIKey: APIKey,
        sequence: SequenceText?,
        params: ByteBuffer,
        partnerAPIKey: APIKey? = nil
    ) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 320 + params.readableBytes)
        frame.writeStaticString("{\"action\":\"update\"")
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(ownerAPIKey)
        frame.writeStaticString(",\"userAgent\":\"app\"")
        frame.writeSequenceMember(sequence)
        frame.writeStaticString(",\"ts\":0,\"params\":")
        if let partnerAPIKey {
            frame.writeParams(params, partnerAPIKey: partnerAPIKey)
        } else {
            frame.writeImmutableBuffer(params)
        }
        frame.writeStaticString(",\"tempRec\":\"")
        frame.writeString(deviceID.rawValue)
        frame.writeStaticString("\"}")
        return frame
    }

    /// `sysmsg`: the device came or went.
    ///
    /// Source: §8.
    package static func presence(deviceID: DeviceID, ownerAPIKey: APIKey, isOnline: Bool) -> ByteBuffer {
        var frame = FrameBuffer.make(payloadCapacity: 180)
        frame.writeStaticString("{\"action\":\"sysmsg\"")
        frame.writeDeviceID(deviceID)
        frame.writeAPIKey(ownerAPIKey)
        frame.writeStaticString(
            isOnline ? ",\"ts\":0,\"params\":{\"online\":true}}" : ",\"ts\":0,\"params\":{\"online\":false}}"
        )
        return frame
    }
}

extension ByteBuffer {
    /// Writes an object with `partnerApikey` as its last member, in place of one it may have; anything but an object as
    /// it is.
    fileprivate mutating func writeParams(_ params: ByteBuffer, partnerAPIKey: APIKey) {
        let start = writerIndex
        do {
            try params.withUnsafeReadableBytes { (bytes) throws(JSONSyntaxError) in
                try writeMembers(of: bytes, except: "partnerApikey")
            }
            writeStaticString("\"partnerApikey\":\"")
            writeString(partnerAPIKey.rawValue)
            writeStaticString("\"}")
        } catch {
            moveWriterIndex(to: start)
            writeImmutableBuffer(params)
        }
    }

    /// Writes `{` and the members with a comma behind each, but for the one named.
    private mutating func writeMembers(
        of object: UnsafeRawBufferPointer,
        except excluded: StaticString
    ) throws(JSONSyntaxError) {
        var scanner = JSONScanner(object)
        guard try scanner.nextToken() == JSONByte.openBrace else { throw scanner.failure(.notAnObject) }
        writeInteger(JSONByte.openBrace)
        guard try scanner.enterObject(depth: 0) else { return }
        repeat {
            let name = try scanner.memberName()
            let value = try scanner.skipValue(depth: 1)
            if JSONString.contents(name, in: object, equal: excluded) { continue }
            writeBytes(UnsafeRawBufferPointer(rebasing: object[name.range]))
            writeInteger(JSONByte.colon)
            writeBytes(UnsafeRawBufferPointer(rebasing: object[value.range]))
            writeInteger(JSONByte.comma)
        } while try scanner.hasNextMember()
    }
}
