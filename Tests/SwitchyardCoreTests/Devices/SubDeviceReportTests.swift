import CoolkitWire
import NIOCore
import SwitchyardCore
import Testing

/// Source of the shape: `uiid-catalogue.md` §8; what is accepted besides is ours.
@Suite("Lists of sub-devices")
struct SubDeviceReportTests {
    private static func entries(_ params: String) -> [SubDeviceReport.Entry]? {
        SubDeviceReport(ByteBuffer(string: params))?.entries
    }

    private static func entry(_ id: String, _ uiid: Int? = nil, _ isReachable: Bool? = nil) -> SubDeviceReport.Entry {
        SubDeviceReport.Entry(id: DeviceID(unchecked: id), uiid: uiid, isReachable: isReachable)
    }

    @Test(
        "A list is read in every form that is accepted",
        arguments: [
            (#"{"subDevices":[{"deviceid":"a4","uiid":1009}]}"#, [entry("a4", 1_009)]),
            (#"{"subDevices":[{"deviceid":"a4","uiid":"1770"}],"x":1}"#, [entry("a4", 1_770)]),
            (#"[{"deviceid":"a4"},{"subDeviceId":"a5","uiid":66}]"#, [entry("a4"), entry("a5", 66)]),
            (
                #"[{"deviceid":"a4","online":false},{"deviceid":"a5","online":true}]"#,
                [entry("a4", nil, false), entry("a5", nil, true)]
            ),
            (#"[{"deviceid":"a4","online":1}]"#, [entry("a4")]),
            (
                #"[{"deviceid":"a4","uiid":1},{"deviceid":"a5"},{"deviceid":"a4","uiid":2}]"#,
                [entry("a4", 2), entry("a5")]
            ),
            (#"{"subDevices":[]}"#, []),
        ] as [(String, [SubDeviceReport.Entry])]
    )
    func reads(params: String, expected: [SubDeviceReport.Entry]) {
        #expect(Self.entries(params) == expected)
    }

    @Test(
        "Anything else is no list",
        arguments: [
            "{}", "1", "null", #"{"subDevices":{}}"#, #"["a4"]"#, "[{}]", #"[{"deviceid":1}]"#, #"[{"deviceid":""}]"#,
            #"[{"deviceid":"a 4"}]"#, #"[{"deviceid":"a4","uiid":0}]"#, #"[{"deviceid":"a4","uiid":100001}]"#,
            #"[{"deviceid":"a4"},{"uiid":1}]"#,
        ]
    )
    func refuses(params: String) {
        #expect(Self.entries(params) == nil)
    }
}
