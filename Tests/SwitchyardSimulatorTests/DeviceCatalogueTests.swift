import CoolkitWire
import SwitchyardSimulator
import Testing

/// Each family against the catalogue, written down here a second time.
///
/// Source: `uiid-catalogue.md` §3-§10.
@Suite struct DeviceCatalogueTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let uiids: [Int]
        /// Params that the first report has, at least.
        let params: String
        var testDescription: String { "uiid \(uiids.map(String.init).joined(separator: ", "))" }
    }

    static let multi = "switches configure pulses"
    static let wifi = "rssi fwVersion staMac version"
    static let rows: [Row] = [
        Row(
            uiids: [1, 6, 14, 24, 27],
            params: "switch startup pulse pulseWidth sledOnline rssi fwVersion staMac init version"
        ),
        Row(uiids: [5], params: "switch power voltage current \(wifi)"),
        Row(uiids: [32], params: "switch power voltage current alarmType alarmVValue alarmCValue alarmPValue \(wifi)"),
        Row(uiids: [77, 78, 81, 107, 160, 209, 268], params: "\(multi) \(wifi)"),
        Row(uiids: [112, 138], params: "\(multi) \(wifi)"),
        Row(uiids: [182], params: "\(multi) power current voltage alarmType"),
        Row(uiids: [190, 191, 276], params: "\(multi) power current voltage dayKwh weekKwh monthKwh yearKwh"),
        Row(uiids: [225], params: "switch restart forceShutdown childLock"),
        Row(uiids: [226], params: "switch phase_0_c phase_0_p phase_0_v totalPower"),
        Row(
            uiids: [
                2, 3, 4, 7, 8, 9, 29, 30, 31, 41, 82, 83, 84, 113, 114, 139, 140, 141, 161, 162, 163, 210, 211, 212,
            ],
            params: "\(multi) lock sledOnline \(wifi)"
        ),
        Row(uiids: [165], params: "switches configure workMode motorTurn"),
        Row(
            uiids: [126],
            params:
                "switches actPow_00 current_01 voltage_01 reactPow_00 apparentPow_01 workMode motorTurn currLocation location"
        ),
        Row(uiids: [130], params: "switches actPow_00 actPow_03 current_03 voltage_03 overload_00"),
        Row(uiids: [262], params: "\(multi) power current voltage"),
        Row(uiids: [275], params: "\(multi) localKey"),
        Row(uiids: [277], params: "switch brightness power"),
        Row(
            uiids: [15],
            params: "switch mainSwitch deviceType sensorType currentTemperature currentHumidity targets startup pulse"
        ),
        Row(uiids: [18], params: "temperature humidity light noise dusty"),
        Row(uiids: [19], params: "switch mode state water temperature humidity"),
        Row(
            uiids: [25],
            params: "switch state water lightswitch lightmode lightRcolor lightGcolor lightBcolor lightbright"
        ),
        Row(uiids: [102], params: "init fwVersion mac chipid type switch battery rssi"),
        Row(uiids: [154], params: "init fwVersion mac chipid type switch battery rssi defense holdReminder"),
        Row(uiids: [127], params: "switch targetTemp temperature workMode workState tempScale childLock fault"),
        Row(
            uiids: [133],
            params:
                "switches configure temperature tempUnit HMI_outdoorTemp HMI_weather HMI_resources ATCEnable ATCExpect0"
        ),
        Row(uiids: [181], params: "switch mainSwitch temperature humidity sensorType autoControlEnabled autoControl"),
        Row(uiids: [195, 228], params: "rssi fwVersion"),
        Row(uiids: [266], params: "temperature humidity co2 pm10 pm2_5 tempCorrection"),
        Row(uiids: [16], params: "state channel0 channel1 type"),
        Row(uiids: [22], params: "state channel0 channel1 channel2 channel3 channel4 type zyx_mode"),
        Row(uiids: [33], params: "switch light_type bright colorR colorG colorB mode speed"),
        Row(uiids: [59], params: "switch light_type bright colorR colorG colorB mode speed sensitive"),
        Row(uiids: [137, 173], params: "switch bright colorR colorG colorB mode speed"),
        Row(uiids: [36], params: "switch bright sledOnline"),
        Row(uiids: [44], params: "switch brightness mode"),
        Row(uiids: [52], params: "state channel0 channel1 timeZone"),
        Row(uiids: [56], params: "state channel0"),
        Row(uiids: [57], params: "state channel0"),
        Row(uiids: [103, 135], params: "switch ltype white bright read"),
        Row(uiids: [104, 136], params: "switch ltype white color"),
        Row(uiids: [17], params: "fan speed mode shake"),
        Row(uiids: [34], params: "switches configure"),
        Row(uiids: [11], params: "switch setclose"),
        Row(uiids: [67, 91, 258], params: "op per"),
        Row(uiids: [28, 90, 98], params: "rfList setState"),
        Row(uiids: [66, 168, 243, 128], params: "zled subDevices addSubDevState addTime sledOnline"),
        Row(uiids: [174, 177], params: "key outlet actionTime"),
        Row(uiids: [149, 172], params: "subDevices"),
        Row(uiids: [109], params: "ifrCode"),
        Row(uiids: [118, 119, 120, 121, 0, 62, 65, 87], params: "rssi fwVersion"),
        Row(
            uiids: [
                10, 12, 13, 23, 26, 35, 38, 40, 42, 45, 46, 49, 51, 53, 55, 60, 61, 68, 110, 142, 147, 148, 157, 159,
                169, 170, 171, 179, 1001, 1002, 1003,
            ],
            params: "rssi fwVersion"
        ),
        Row(uiids: [1000, 7000, 7039], params: "key battery trigTime"),
        Row(uiids: [1009, 1256, 7004, 7005, 7010], params: "switch"),
        Row(uiids: [2256, 3256, 4256, 7029], params: "switches"),
        Row(uiids: [1257], params: "switch brightness"),
        Row(uiids: [1258], params: "switch brightness colorTemp"),
        Row(uiids: [3258, 7009], params: "switch colorMode cctBrightness rgbBrightness colorTemp hue saturation"),
        Row(uiids: [1514, 7006, 7034], params: "curPercent openPercent curtainAction battery"),
        Row(uiids: [1770, 1771, 7014, 7033, 7038], params: "temperature humidity battery trigTime"),
        Row(uiids: [2026], params: "motion battery trigTime"),
        Row(uiids: [7002], params: "motion battery trigTime brState"),
        Row(uiids: [7016, 7055], params: "human sensitivity illumination"),
        Row(uiids: [3026, 7003], params: "lock battery"),
        Row(uiids: [4026, 7019], params: "water battery"),
        Row(uiids: [5026], params: "smoke battery"),
        Row(uiids: [7017], params: "curTargetTemp temperature workMode workState"),
        Row(uiids: [7027, 7047], params: "switch realIrrigationVolume"),
    ]

    @Test("The first report of a family has the params of the catalogue", arguments: rows)
    func firstReport(row: Row) throws {
        for uiid in row.uiids {
            let params = try DeviceRig.online(uiid: uiid).behaviour.params
            for name in row.params.split(separator: " ") {
                #expect(params[String(name)] != nil, "uiid \(uiid) has no \(name)")
            }
        }
    }

    @Test("The families are those of the catalogue, each uiid once")
    func all() {
        let expected = Self.rows.flatMap(\.uiids)

        #expect(DeviceCatalogue.families.map(\.uiid) == expected.sorted())
        #expect(SimulatedDeviceKind.all.map(\.uiid) == expected.sorted())
        #expect(SimulatedDeviceKind(uiid: 5000) == nil)
    }

    @Test("Four entries in switches whatever the channels, as apps expect", arguments: [2, 3, 4, 77, 126, 161, 190])
    func fourEntries(uiid: Int) throws {
        let params = try DeviceRig.online(uiid: uiid).behaviour.params

        for name in ["switches", "configure", "pulses"] {
            let outlets = params[name]?.arrayValue?.map { $0["outlet"] }
            #expect(outlets == [0, 1, 2, 3], "\(name)")
        }
    }

    @Test(
        "Values are spelled as the catalogue says",
        arguments: [
            (5, #"{"power":"0.00","voltage":"230.12","current":"0.00"}"#),
            (182, #"{"power":"0.00","voltage":"230.12"}"#), (190, #"{"power":0,"voltage":23012,"current":0}"#),
            (126, #"{"actPow_00":0,"voltage_01":23012}"#),
            (15, #"{"currentTemperature":"21.5","currentHumidity":"45"}"#),
            (18, #"{"temperature":21,"humidity":45}"#), (102, #"{"battery":2.9,"fwVersion":"1000.2.917"}"#),
            (154, #"{"battery":87}"#), (1770, #"{"temperature":"2150","humidity":"4500","battery":90}"#),
            (22, #"{"channel0":"255","state":"off"}"#), (225, #"{"switch":false}"#),
            (1, #"{"switch":"off","startup":"off","pulse":"off","pulseWidth":500,"sledOnline":"on","rssi":-55}"#),
        ]
    )
    func spelling(uiid: Int, expected: String) throws {
        let params = try DeviceRig.online(uiid: uiid).behaviour.params

        for (key, value) in try object(expected) { #expect(params[key] == value, "\(key)") }
    }

    @Test("A trigTime is a text of 13 digits")
    func trigTime() throws {
        let text = try DeviceRig.online(uiid: 1770).behaviour.params["trigTime"]?.stringValue

        #expect(text?.count == 13)
        #expect(text.flatMap(Int.init) != nil)
    }

    @Test("Every family lives for two hours without a fault, and twice the same", arguments: SimulatedDeviceKind.all)
    func life(kind: SimulatedDeviceKind) throws {
        var settings = DeviceSettings()
        settings.firmware = .emulated
        var rig = DeviceRig.online(kind, settings: settings)
        var twin = DeviceRig.online(kind, settings: settings)

        let actions = rig.live(for: .seconds(7_200))

        #expect(actions == twin.live(for: .seconds(7_200)))
        #expect(rig.behaviour.isOnline)
        #expect(actions.sent.allSatisfy { $0["params"]?.objectValue?.isEmpty == false })
    }

    @Test("Another seed gives other weather")
    func seed() throws {
        var settings = DeviceSettings()
        var rig = try DeviceRig.online(uiid: 18, settings: settings)
        settings.seed = 1
        var other = try DeviceRig.online(uiid: 18, settings: settings)

        #expect(rig.live(for: .seconds(600)) != other.live(for: .seconds(600)))
    }

    @Test("What a family says of itself it takes back as a command, but for what it measures")
    func ownValues() throws {
        for family in DeviceCatalogue.families where family.firmware == .emulated {
            var rig = try DeviceRig.online(uiid: family.uiid)
            for (key, value) in rig.behaviour.params where key != "cmd" {
                let answer = rig.receive(commandText(JSON.object([key: value]).text)).sent.first
                let isMeasured = answer?["error"] == 400
                #expect(answer?["error"] == 0 || isMeasured)
                if ["switch", "switches", "state", "startup", "configure", "pulses", "sledOnline"].contains(key) {
                    #expect(!isMeasured, "uiid \(family.uiid) \(key)")
                }
            }
        }
    }
}
