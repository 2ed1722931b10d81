import CoolkitWire
import Testing

/// Source: `test-vectors.md` §7.
@Suite("Device digests")
struct DeviceDigestTests {
    private let deviceID = DeviceID(unchecked: "100000788a")
    private let apiKey = APIKey(unchecked: "4b21ebbe-8870-4d4a-93f2-000000000001")

    @Test("The digests of the page come out as printed")
    func vectors() {
        #expect(
            DeviceDigest.sensorReport(apiKey: apiKey, deviceID: deviceID, deviceSequence: "1570000000")
                == "bc75234e2a97ae5ee080acefb62139d9a525b15d9ecf0b5cfe7f3005119035e6"
        )
        #expect(
            DeviceDigest.download(deviceID: deviceID, timestamp: "1570000000", apiKey: apiKey)
                == "6d0b40e41a28ff1c2be71746a5317122a06cd53f312e6547f5367c9d8eed2f9a"
        )
        #expect(
            DeviceDigest.addDevice(deviceID: deviceID, apiKey: apiKey)
                == "86432099c139b33999b776761b919aa56a4ac76364b60d4bac09d96be428a8a3"
        )
        #expect(DeviceDigest.gsm(deviceID: deviceID, apiKey: apiKey) == "98c8aa7661d8e342b5a84857b66dd091")
        #expect(
            DeviceDigest.sha256("123") == "a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3"
        )
    }

    @Test("A digest matches in either case and nothing else matches")
    func matching() {
        let expected = DeviceDigest.gsm(deviceID: deviceID, apiKey: apiKey)

        #expect(DeviceDigest.matches(expected.uppercased(), expected))
        #expect(!DeviceDigest.matches("98c8aa7661d8e342b5a84857b66dd092", expected))
        #expect(!DeviceDigest.matches("", expected))
        #expect(!DeviceDigest.matches(expected + "0", expected))
    }
}
