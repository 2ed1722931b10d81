import CoolkitWire
import NIOCore
import Testing

/// The bytes of the examples in `coolkit-websocket.md` §2, §4, §6.3, §7 and `coolkit-device-side.md` §5.
@Suite("Requests of devices and apps")
struct RequestFramesTests {
    @Test("A device registers as captured: an old Sonoff, and an OPL1000")
    func register() {
        let sonoff = DeviceRequests.Registration(
            deviceID: Sample.deviceID,
            factoryAPIKey: Sample.factoryAPIKey,
            version: 2,
            romVersion: "1.5.5",
            model: "ITA-GZ1-GL",
            timestamp: 970
        )
        var sensor = sonoff
        sensor.version = 8
        sensor.timestamp = 1_700_000_400
        sensor.deviceSequence = 1_700_000_400_000
        sensor.chipID = "884a18120525"
        sensor.mac = "02:00:00:00:00:01"

        #expect(
            text(DeviceRequests.register(sonoff))
                == #"{"userAgent":"device","apikey":"d0d0d0d0-1111-4222-8333-444455550001","deviceid":"1000a1b2c3","action":"register","version":2,"romVersion":"1.5.5","model":"ITA-GZ1-GL","ts":970}"#
        )
        #expect(
            text(DeviceRequests.register(sensor))
                == #"{"userAgent":"device","apikey":"d0d0d0d0-1111-4222-8333-444455550001","deviceid":"1000a1b2c3","action":"register","version":8,"romVersion":"1.5.5","model":"ITA-GZ1-GL","ts":1700000400,"d_seq":1700000400000,"chipid":"884a18120525","mac":"02:00:00:00:00:01"}"#
        )
    }

    @Test("A device asks for the time, reports, queries and acknowledges")
    func deviceRequests() {
        let (deviceID, apiKey) = (Sample.deviceID, Sample.ownerAPIKey)

        #expect(
            text(DeviceRequests.date(deviceID: deviceID, ownerAPIKey: apiKey, deviceSequence: 1_700_000_401_000))
                == #"{"action":"date","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","deviceid":"1000a1b2c3","d_seq":1700000401000,"userAgent":"device"}"#
        )
        #expect(
            text(
                DeviceRequests.update(
                    deviceID: deviceID,
                    ownerAPIKey: apiKey,
                    deviceSequence: 1_700_000_402_000,
                    params: buffer(#"{"switch":"off"}"#)
                )
            )
                == #"{"action":"update","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","userAgent":"device","d_seq":1700000402000,"params":{"switch":"off"}}"#
        )
        #expect(
            text(DeviceRequests.query(deviceID: deviceID, ownerAPIKey: apiKey, names: ["timers"]))
                == #"{"action":"query","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","userAgent":"device","params":["timers"]}"#
        )
        #expect(
            text(DeviceRequests.ack(deviceID: deviceID, ownerAPIKey: apiKey, sequence: Sample.sequence))
                == #"{"error":0,"userAgent":"device","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","deviceid":"1000a1b2c3","sequence":"1700000300100"}"#
        )
        #expect(
            text(
                DeviceRequests.ack(
                    code: 400,
                    deviceID: deviceID,
                    ownerAPIKey: apiKey,
                    sequence: nil,
                    config: buffer("{}")
                )
            )
                == #"{"error":400,"userAgent":"device","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","deviceid":"1000a1b2c3","config":{}}"#
        )
    }

    @Test("An app comes online with the keys of the documents' example")
    func userOnline() {
        let frame = AppRequests.userOnline(
            accessToken: "4c1b",
            apiKey: Sample.ownerAPIKey,
            appID: Sample.appID,
            timestamp: 1_700_000_200,
            nonce: "2plz69ax",
            sequence: SequenceText("1700000200100")
        )

        #expect(
            text(frame)
                == #"{"action":"userOnline","version":8,"ts":1700000200,"at":"4c1b","userAgent":"app","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","appid":"SYdemoAppId000000000000000000001","nonce":"2plz69ax","sequence":"1700000200100"}"#
        )
    }

    @Test("An app commands and queries")
    func appRequests() {
        #expect(
            text(
                AppRequests.update(
                    deviceID: Sample.deviceID,
                    apiKey: Sample.ownerAPIKey,
                    selfAPIKey: Sample.partnerAPIKey,
                    sequence: Sample.sequence,
                    params: buffer(#"{"switch":"on"}"#)
                )
            )
                == #"{"action":"update","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","selfApikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220002","userAgent":"app","sequence":"1700000300100","ts":0,"params":{"switch":"on"}}"#
        )
        #expect(
            text(
                AppRequests.query(
                    deviceID: Sample.deviceID,
                    apiKey: Sample.ownerAPIKey,
                    sequence: SequenceText("1700000310000"),
                    names: ["switch", "timers"]
                )
            )
                == #"{"action":"query","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","sequence":"1700000310000","params":["switch","timers"],"ts":0,"userAgent":"app"}"#
        )
    }

    @Test("What one side writes the other side's scanner reads")
    func roundTrip() throws {
        let command = DeviceFrames.update(
            deviceID: Sample.deviceID,
            ownerAPIKey: Sample.ownerAPIKey,
            sequence: Sample.sequence,
            params: buffer(#"{"switch":"on"}"#)
        )
        let received = try Envelope(scanning: command)
        let ack = DeviceRequests.ack(
            deviceID: try #require(received.text(received.deviceID).flatMap { DeviceID($0) }),
            ownerAPIKey: try #require(received.text(received.apiKey).flatMap { APIKey($0) }),
            sequence: SequenceText(received.sequence, in: received)
        )
        let answer = try Envelope(scanning: ack)

        #expect(received.equals(received.action, "update"))
        #expect(text(received.params.map(received.slice)) == #"{"switch":"on"}"#)
        #expect(answer.int(answer.error) == 0)
        #expect(SequenceText(answer.sequence, in: answer) == Sample.sequence)
        #expect(answer.action == nil)
    }
}
