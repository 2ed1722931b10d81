import CoolkitWire

/// Switches that measure.
///
/// Source: `uiid-catalogue.md` §3, §4 and §5.
extension DeviceFamily {
    static let meters: [DeviceFamily] = [
        meter(5, "SOCKET_POWER", MeterPart(.texts, reportsUnwatched: false), singleParams, model: "PSF-B67-GL"),
        meter(
            32,
            "POWER_DETECTION_SOCKET",
            MeterPart(.texts, reportsUnwatched: false),
            singleParams.with(alarms),
            model: "PSF-B67-GL",
            rules: ["alarmVValue": .list, "alarmCValue": .list, "alarmPValue": .list]
        ),
        meter(182, "S40 overload plug", MeterPart(.texts), multiParams().with(alarms)),
        meter(190, "POWR3xx", MeterPart(.hundredths), multiParams().with(sums), model: "POWR316D"),
        meter(
            191,
            "POWCT",
            MeterPart(.hundredths),
            multiParams().with(sums).with(JSONObject(table: #"{"supplyCurrent":0,"supplyPower":0}"#)),
            rules: ["supplyCurrent": .measured, "supplyPower": .measured]
        ),
        meter(262, "CK-BL602-SWP1-02", MeterPart(.hundredths), multiParams(), model: "CK-BL602-SWP1-02"),
        meter(276, "S61STPF", MeterPart(.hundredths), multiParams().with(sums)),
        meter(
            226,
            "DIN meter switch",
            MeterPart(.phase),
            JSONObject(table: #"{"switch":false,"totalPower":0}"#),
            model: "CK-BL602-W102SW18-01",
            rules: ["switch": .boolean, "totalPower": .measured]
        ),
        dual, relay4,
    ]

    /// Power and motor: two channels that measure, or a motor in place of them.
    private static let dual = DeviceFamily(
        126,
        "DualR3",
        .meters,
        params: multiParams().with(channelMeter.initialParams).with(
            JSONObject(
                table: #"""
                    {"workMode":1,"motorTurn":0,"location":0,"currLocation":0,"calibState":1,"motorSwMode":2,
                    "motorSwReverse":0,"outputReverse":0,"swMode_00":2,"swMode_01":2,"swReverse_00":0,"swReverse_01":0,
                    "sledBright":100,"overload_00":{},"overload_01":{}}
                    """#
            )
        ),
        rules: [
            "workMode": .integer(1...3), "motorTurn": .integer(0...2), "location": .integer(0...100),
            "currLocation": .measured,
        ],
        parts: [
            RelayPart(count: 4), channelMeter, CoverPart(.dualRelay, at: 0), TimerPart(takesDuration: false),
        ]
    )

    private static let channelMeter = MeterPart(.channels(2))

    /// A sub-device of 128.
    private static let relay4 = DeviceFamily(
        130,
        "SPM-4Relay",
        .meters,
        build: .subDevice,
        params: multiParams().with(MeterPart(.channels(4)).initialParams).with(
            JSONObject(table: #"{"overload_00":{},"overload_01":{},"overload_02":{},"overload_03":{}}"#)
        ),
        parts: [RelayPart(count: 4), MeterPart(.channels(4)), TimerPart(takesDuration: false)]
    )

    private static func meter(
        _ uiid: Int,
        _ name: String,
        _ part: MeterPart,
        _ params: JSONObject,
        model: String? = nil,
        rules: [String: ParamRule] = [:]
    ) -> DeviceFamily {
        let measured = part.initialParams
        let readOnly = measured.keys.map { ($0, ParamRule.measured) }
        let count = params["switches"]?.arrayValue?.count
        return DeviceFamily(
            uiid,
            name,
            .meters,
            model: model,
            params: params.with(measured),
            rules: rules.merging(readOnly) { own, _ in own },
            parts: [RelayPart(count: count ?? 1), part, TimerPart(takesDuration: count == nil)]
        )
    }

    /// -1 switches a limit off.
    private static var alarms: JSONObject {
        JSONObject(
            table: #"{"alarmType":"pcv","alarmVValue":[-1,-1],"alarmCValue":[-1,-1],"alarmPValue":[-1,-1]}"#
        )
    }

    private static var sums: JSONObject {
        JSONObject(table: #"{"dayKwh":0,"weekKwh":0,"monthKwh":0,"yearKwh":0}"#)
    }
}
