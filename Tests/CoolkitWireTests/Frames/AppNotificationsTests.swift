import CoolkitWire
import NIOCore
import Testing

/// The bytes of the examples in `coolkit-websocket.md` §6.2, §7 and §8.
@Suite("Notifications to apps")
struct AppNotificationsTests {
    @Test(
        "A device's report has its d_seq before ts and its seq at the end",
        arguments: [
            (nil, nil, "", ""), ("11", nil, #","d_seq":11"#, ""), ("11", #""11""#, #","d_seq":11"#, #","seq":"11""#),
        ]
            as [(String?, String?, String, String)]
    )
    func deviceReport(deviceSequence: String?, seq: String?, middle: String, tail: String) {
        let frame = AppFrames.deviceReport(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            deviceSequence: deviceSequence.map(buffer),
            params: buffer(#"{"switch":"on"}"#),
            seq: seq.map(buffer)
        )

        #expect(
            text(frame)
                == #"{"action":"update","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","userAgent":"device"\#(middle),"ts":0,"params":{"switch":"on"},"from":"device"\#(tail)}"#
        )
    }

    @Test(
        "An app's change names the acting user inside params when that is not the owner",
        arguments: [
            (#"{"switch":"on"}"#, false, #"{"switch":"on"}"#),
            (#"{"switch":"on"}"#, true, #"{"switch":"on","partnerApikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220002"}"#),
            ("{}", true, #"{"partnerApikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220002"}"#),
            (" { } ", true, #"{"partnerApikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220002"}"#),
            (
                #"{ "a":[ 1 ] , "partnerApikey":"forged","b":2}"#, true,
                #"{"a":[ 1 ],"b":2,"partnerApikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220002"}"#
            ),
            (
                #"{"partner\u0041pikey":"forged"}"#, true,
                #"{"partnerApikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220002"}"#
            ),
            (#"[{"switch":"on"}]"#, true, #"[{"switch":"on"}]"#),
        ]
    )
    func appChange(params: String, isPartner: Bool, expected: String) {
        let frame = AppFrames.appChange(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            sequence: Sample.sequence,
            params: buffer(params),
            partnerAPIKey: isPartner ? Sample.partnerAPIKey : nil
        )

        #expect(
            text(frame)
                == #"{"action":"update","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","userAgent":"app","sequence":"1700000300100","ts":0,"params":\#(expected),"tempRec":"1000a1b2c3"}"#
        )
    }

    @Test("Presence is a boolean", arguments: [true, false])
    func presence(isOnline: Bool) {
        let frame = AppFrames.presence(deviceID: Sample.deviceID, ownerAPIKey: Sample.ownerAPIKey, isOnline: isOnline)

        #expect(
            text(frame)
                == #"{"action":"sysmsg","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","ts":0,"params":{"online":\#(isOnline)}}"#
        )
    }
}
