import CoolkitWire
import NIOCore
import Testing

/// The bytes of the examples in `coolkit-websocket.md` §4 to §6 and §11.
@Suite("Frames to devices")
struct DeviceFramesTests {
    private let deviceSequence = buffer("1700000400000")

    @Test("A command has exactly the captured keys in their order")
    func update() {
        let frame = DeviceFrames.update(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            sequence: Sample.sequence,
            params: buffer(#"{"switch":"on"}"#)
        )

        #expect(
            text(frame)
                == #"{"action":"update","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","userAgent":"app","sequence":"1700000300100","ts":0,"params":{"switch":"on"},"from":"app"}"#
        )
    }

    @Test("An upgrade is a command without from")
    func upgrade() {
        let frame = DeviceFrames.upgrade(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            sequence: Sample.sequence,
            params: buffer(#"{"model":"PSF-B01-GL"}"#)
        )

        #expect(
            text(frame)
                == #"{"action":"upgrade","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","userAgent":"app","sequence":"1700000300100","ts":0,"params":{"model":"PSF-B01-GL"}}"#
        )
    }

    @Test(
        "The answer to register carries the heartbeat and, last, the d_seq as it came",
        arguments: [
            (Heartbeat(isOn: true, intervalSeconds: 145), nil, #""config":{"hb":1,"hbInterval":145}"#),
            (Heartbeat(isOn: true, intervalSeconds: nil), nil, #""config":{"hb":1}"#),
            (Heartbeat(isOn: false, intervalSeconds: nil), nil, #""config":{"hb":0}"#),
            (
                Heartbeat(isOn: true, intervalSeconds: 61), "1700000400000",
                #""config":{"hb":1,"hbInterval":61},"d_seq":1700000400000"#
            ),
            (Heartbeat(isOn: true, intervalSeconds: 61), #""7""#, #""config":{"hb":1,"hbInterval":61},"d_seq":"7""#),
        ] as [(Heartbeat, String?, String)]
    )
    func registered(heartbeat: Heartbeat, deviceSequence: String?, tail: String) {
        let frame = DeviceFrames.registered(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            heartbeat: heartbeat,
            deviceSequence: deviceSequence.map(buffer)
        )

        #expect(
            text(frame)
                == #"{"error":0,"deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001",\#(tail)}"#
        )
    }

    @Test(
        "Answers carry their extra, then the d_seq",
        arguments: [
            (.none, false, ""),
            (.none, true, #","d_seq":1700000400000"#),
            (.date(UnixTime(seconds: 1_700_000_400)), false, #","date":"2023-11-14T22:20:00.000Z""#),
            (
                .date(UnixTime(seconds: 1_700_000_400)), true,
                #","date":"2023-11-14T22:20:00.000Z","d_seq":1700000400000"#
            ),
            (.params(buffer(#"{"timers":[]}"#)), false, #","params":{"timers":[]}"#),
            (.noParams, true, #","params":0,"d_seq":1700000400000"#),
        ] as [(DeviceFrames.Extra, Bool, String)]
    )
    func answer(extra: DeviceFrames.Extra, hasSequence: Bool, tail: String) {
        let frame = DeviceFrames.answer(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            deviceSequence: hasSequence ? deviceSequence : nil,
            extra: extra
        )

        #expect(
            text(frame)
                == #"{"error":0,"deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001"\#(tail)}"#
        )
    }

    @Test("Refusals say what is known of the request")
    func failure() {
        #expect(text(DeviceFrames.failure(code: 406)) == #"{"error":406}"#)
        #expect(
            text(DeviceFrames.failure(code: 403, deviceID: Sample.deviceID))
                == #"{"error":403,"deviceid":"1000a1b2c3"}"#
        )
        #expect(
            text(DeviceFrames.failure(code: 415, deviceID: Sample.deviceID, deviceSequence: deviceSequence))
                == #"{"error":415,"deviceid":"1000a1b2c3","d_seq":1700000400000}"#
        )
    }

    /// Firmware takes an answer with this text for a command.
    ///
    /// Source: `coolkit-websocket.md` §12.
    @Test("No answer to a device has the text action in it")
    func answersWithoutAction() {
        let frames = [
            DeviceFrames.registered(
                deviceID: Sample.deviceID,
                ownerAPIKey: Sample.ownerAPIKey,
                heartbeat: Sample.heartbeat,
                deviceSequence: deviceSequence
            ),
            DeviceFrames.answer(
                deviceID: Sample.deviceID,
                ownerAPIKey: Sample.ownerAPIKey,
                deviceSequence: deviceSequence,
                extra: .date(UnixTime(seconds: 0))
            ),
            DeviceFrames.answer(
                deviceID: Sample.deviceID,
                ownerAPIKey: Sample.ownerAPIKey,
                deviceSequence: deviceSequence,
                extra: .params(buffer(#"{"actionTime":"now","curtainAction":1}"#))
            ),
            DeviceFrames.failure(code: 404, deviceID: Sample.deviceID, deviceSequence: deviceSequence),
        ]

        for frame in frames { #expect(text(frame)?.contains("action") == false) }
    }

    @Test(
        "Stored params that have it mean the same when the letter t is an escape",
        arguments: [
            (#"{"actionTime":1}"#, #"{"ac\u0074ionTime":1}"#),
            (#"{"a":"action","b":"reactions"}"#, #"{"a":"ac\u0074ion","b":"reac\u0074ions"}"#),
            (#"{"actionaction":["action"]}"#, #"{"ac\u0074ionac\u0074ion":["ac\u0074ion"]}"#),
            // The letters before are the end of an escape.
            (
                #"{"k":"\u00action","l":"\u0aaction","m":"\\action"}"#,
                #"{"k":"\u00ac\u0074ion","l":"\u0aac\u0074ion","m":"\\ac\u0074ion"}"#
            ),
            (#"{"acti":"on","actio":"n"}"#, #"{"acti":"on","actio":"n"}"#),
            ("{}", "{}"),
        ]
    )
    func escapesAction(params: String, sent: String) throws {
        let frame = DeviceFrames.answer(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            deviceSequence: nil,
            extra: .params(buffer(params))
        )

        #expect(text(frame)?.hasSuffix(#","params":\#(sent)}"#) == true)
        #expect(try JSON(parsing: frame)["params"] == JSON(parsing: params))
    }

    @Test("Frames leave head room for a WebSocket header, also when they outgrow their first buffer")
    func headroom() {
        let large = buffer(#"{"a":"\#(String(repeating: "x", count: 40_000))"}"#)
        let frame = DeviceFrames.answer(
            deviceID: Sample.deviceID,
            ownerAPIKey: APIKey(unchecked: String(repeating: "k", count: 127)),
            deviceSequence: large,
            extra: .params(large)
        )

        #expect(frame.readerIndex == FrameBuffer.headroom)
        #expect(throws: Never.self) { try JSON(parsing: frame) }
        #expect(FrameBuffer.make("pong").readerIndex == 10)
        #expect(text(FrameBuffer.make("pong")) == "pong")
    }
}
