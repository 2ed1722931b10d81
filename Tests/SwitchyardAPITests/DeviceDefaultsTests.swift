import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Defaults of devices")
struct DeviceDefaultsTests {
    @Test("The params of every uiid are a JSON object", arguments: 0...300)
    func paramsAreObjects(uiid: Int) throws {
        #expect(try JSON(parsing: DeviceDefaults.params(uiid: uiid)).objectValue != nil)
    }

    @Test("A single-channel switch has the params of the catalogue")
    func singleChannel() {
        let params = String(decoding: DeviceDefaults.params(uiid: 6), as: UTF8.self)

        // Source: `uiid-catalogue.md` §3.
        #expect(
            params == #"{"switch":"off","startup":"off","pulse":"off","pulseWidth":500,"sledOnline":"on","rssi":-55,"#
                + #""fwVersion":"3.0.1","init":1,"version":8}"#
        )
    }

    @Test("Multi-channel devices have four entries of switches", arguments: [2, 3, 4, 7, 8, 9, 77, 113, 211])
    func multiChannel(uiid: Int) throws {
        let params = try JSON(parsing: DeviceDefaults.params(uiid: uiid))

        let outlets = params["switches"]?.arrayValue?.map { $0["outlet"] }
        #expect(outlets == [0, 1, 2, 3])
    }

    @Test("A model suggests a uiid", arguments: [("PSF-B04-GL", 4), ("PSA-BHA-GL", 15), ("PSD-X", 102), ("x", nil)])
    func model(model: String, uiid: Int?) {
        #expect(DeviceDefaults.uiid(model: model) == uiid)
    }

    @Test(
        "The first report suggests a uiid",
        arguments: [
            (#"{"switches":[{"outlet":0},{"outlet":1}]}"#, 2), (#"{"switches":[{},{},{},{}]}"#, 4),
            (#"{"switch":"on","power":"1.00"}"#, 32), (#"{"switch":"on","currentTemperature":"20"}"#, 15),
            (#"{"rfList":[]}"#, 28), (#"{"channel0":"0"}"#, 22), (#"{"switch":"on"}"#, 1), ("{}", 1),
        ]
    )
    func report(params: String, uiid: Int) throws {
        #expect(DeviceDefaults.uiid(reporting: try ParamsDocument(bytes: Array(params.utf8))) == uiid)
    }

    @Test("Brand and product are never empty", arguments: [("", ""), ("PSF-B01-GL", ""), ("", "Acme")])
    func texts(model: String, brand: String) {
        let facts = DeviceFacts(uiid: 4, model: model, brandName: brand)

        #expect(!DeviceDefaults.brandName(of: facts).isEmpty)
        #expect(!DeviceDefaults.productModel(of: facts).isEmpty)
        #expect(brand.isEmpty || DeviceDefaults.brandName(of: facts) == brand)
        #expect(DeviceDefaults.interfaceName(uiid: 4) == "Four Channel Switch")
    }
}
