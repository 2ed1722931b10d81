import CoolkitWire
import NIOCore
import Testing

/// The bytes of the examples in `coolkit-websocket.md` §2, §6 and §10.
@Suite("Answers to apps")
struct AppFramesTests {
    @Test("The answer to userOnline echoes the apikey that was sent")
    func online() {
        let frame = AppFrames.online(
            apiKey: Sample.ownerAPIKey.rawValue,
            heartbeat: Sample.heartbeat,
            sequence: SequenceText("1700000200100")
        )

        #expect(
            text(frame)
                == #"{"error":0,"apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","config":{"hb":1,"hbInterval":145},"sequence":"1700000200100"}"#
        )
        #expect(
            text(
                AppFrames.online(apiKey: "a\"b", heartbeat: Heartbeat(isOn: false, intervalSeconds: nil), sequence: nil)
            )
                == #"{"error":0,"apikey":"a\"b","config":{"hb":0}}"#
        )
    }

    @Test("The answer to a command has the members of the device's acknowledgement before the sequence")
    func answer() {
        let plain = AppFrames.answer(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            sequence: Sample.sequence
        )
        let extended = AppFrames.answer(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            sequence: Sample.sequence,
            config: buffer(#"{"hundredDaysKwhData":"190101"}"#),
            params: buffer(#"{"x":1}"#),
            deviceSequence: buffer("11")
        )

        #expect(
            text(plain)
                == #"{"error":0,"deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","sequence":"1700000300100"}"#
        )
        #expect(
            text(extended)
                == #"{"error":0,"deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","config":{"hundredDaysKwhData":"190101"},"params":{"x":1},"d_seq":11,"sequence":"1700000300100"}"#
        )
    }

    @Test("The answer to a query has what was found, or an empty object", arguments: [#"{"switch":"on"}"#, nil])
    func queryAnswer(params: String?) {
        let frame = AppFrames.queryAnswer(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            sequence: SequenceText("1700000310000"),
            params: params.map(buffer)
        )

        #expect(
            text(frame)
                == #"{"error":0,"deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","params":\#(params ?? "{}"),"sequence":"1700000310000"}"#
        )
    }

    @Test("The answer to a share command has the result first")
    func shareResult() {
        let frame = AppFrames.shareResult(
            2,
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            sequence: SequenceText("1700000330000")
        )

        #expect(
            text(frame)
                == #"{"error":0,"result":2,"apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","deviceid":"1000a1b2c3","sequence":"1700000330000"}"#
        )
    }

    @Test("Refused handshakes name the apikey and the action")
    func handshakeFailures() {
        let apiKey = Sample.ownerAPIKey.rawValue

        #expect(
            text(
                AppFrames.failure(
                    code: 406,
                    reason: "Authentication Failed",
                    apiKey: apiKey,
                    sequence: Sample.sequence,
                    actionName: "userOnline"
                )
            )
                == #"{"error":406,"reason":"Authentication Failed","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","sequence":"1700000300100","actionName":"userOnline"}"#
        )
        #expect(
            text(AppFrames.failure(code: 406, reason: nil, sequence: Sample.sequence))
                == #"{"error":406,"sequence":"1700000300100"}"#
        )
    }

    @Test(
        "Refused commands name the device",
        arguments: [(503, "Device Offline"), (504, "Request Timeout"), (403, "Forbidden")]
    )
    func commandFailures(code: Int, reason: String) {
        let frame = AppFrames.failure(
            code: code,
            reason: reason,
            deviceID: Sample.deviceID,
            apiKey: Sample.ownerAPIKey.rawValue,
            sequence: Sample.sequence
        )

        #expect(
            text(frame)
                == #"{"error":\#(code),"reason":"\#(reason)","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","sequence":"1700000300100"}"#
        )
    }

    @Test("Other refusals carry what there is, escaped where it must be")
    func otherFailures() {
        #expect(text(AppFrames.failure(code: 400, reason: "Bad Request")) == #"{"error":400,"reason":"Bad Request"}"#)
        #expect(
            text(
                AppFrames.failure(code: 400, reason: "Bad Request", sequence: SequenceText("1"), actionName: "a\"\n")
            ) == #"{"error":400,"reason":"Bad Request","sequence":"1","actionName":"a\"\n"}"#
        )
    }
}
