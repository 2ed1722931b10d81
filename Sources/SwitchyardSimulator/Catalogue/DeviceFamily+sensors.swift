import CoolkitWire

/// What only measures, and panels.
///
/// Source: `uiid-catalogue.md` §6.
extension DeviceFamily {
    static let sensors: [DeviceFamily] = [
        sensor(
            18,
            "SENSORS_CENTER",
            SensorPart([
                MeasuredQuantity("temperature", .number(places: 0), from: 21, in: 0...50, by: -1...1, oneIn: 4),
                MeasuredQuantity("humidity", .number(places: 0), from: 45, in: 20...90, by: -1...1, oneIn: 2),
                MeasuredQuantity("light", .number(places: 0), from: 5, in: 1...10, by: -1...1),
                MeasuredQuantity("noise", .number(places: 0), from: 2, in: 1...10, by: -2...2),
                MeasuredQuantity("dusty", .number(places: 0), from: 1, in: 1...10, by: -1...1, oneIn: 6),
            ])
        ),
        sensor(
            266,
            "SAWF-07P air monitor",
            SensorPart([
                MeasuredQuantity("temperature", .number(places: 1), from: 215, in: 50...400, by: -2...2),
                MeasuredQuantity("humidity", .number(places: 0), from: 45, in: 20...90, by: -1...1, oneIn: 2),
                MeasuredQuantity("co2", .number(places: 0), from: 620, in: 400...2_500, by: -15...18),
                MeasuredQuantity("pm10", .number(places: 0), from: 12, in: 0...300, by: -2...2),
                MeasuredQuantity("pm2_5", .number(places: 0), from: 8, in: 0...200, by: -2...2),
            ]),
            params: JSONObject(table: #"{"tempCorrection":0}"#),
            model: "SAWF-07P"
        ),
        DeviceFamily(
            102,
            "WiFi door sensor DW2",
            .sensors,
            model: "PSD-000-GL",
            build: .sensor,
            firmware: .oplHTTPS,
            params: JSONObject(table: #"{"type":2,"switch":"off","battery":2.9}"#),
            rules: ["switch": .measured, "battery": .measured, "type": .measured],
            parts: [DoorPart(), cell(.number(places: 2), from: 290, range: 200...300)]
        ),
        DeviceFamily(
            154,
            "WiFi door sensor DW2-Wi-Fi-L",
            .sensors,
            model: "PSD-000-GL",
            build: .sensor,
            firmware: .opl,
            params: JSONObject(table: #"{"type":2,"switch":"off","battery":87,"defense":1}"#)
                .with(JSONObject(table: #"{"holdReminder":{"enabled":0,"switch":"on","time":10}}"#)),
            rules: [
                "switch": .measured, "battery": .measured, "type": .measured, "defense": .integer(0...1),
            ],
            parts: [DoorPart(), cell(.number(places: 0), from: 87, range: 0...100)]
        ),
        panel, panelPro(195, "NSPanel Pro"), panelPro(228, "NSPanel Pro 120"),
    ]

    private static func cell(_ form: MeasuredQuantity.Form, from value: Int, range: ClosedRange<Int>) -> SensorPart {
        SensorPart([MeasuredQuantity("battery", form, from: value, in: range, by: -1 ... -1, oneIn: 200)])
    }

    private static func sensor(
        _ uiid: Int,
        _ name: String,
        _ part: SensorPart,
        params: JSONObject = [:],
        model: String? = nil
    ) -> DeviceFamily {
        let measured = part.initialParams
        return DeviceFamily(
            uiid,
            name,
            .sensors,
            model: model,
            params: measured.with(params),
            rules: Dictionary(measured.keys.map { ($0, .measured) }) { first, _ in first },
            parts: [part]
        )
    }

    /// Two relays behind a display that shows the weather and eight controls.
    private static let panel = DeviceFamily(
        133,
        "NSPanel",
        .panels,
        params: multiParams(count: 2).with(
            JSONObject(
                table: #"""
                    {"temperature":21,"tempUnit":0,"tempCorrection":0,"cityId":"","geo":"",
                    "HMI_outdoorTemp":{"current":12,"range":"8,15"},"HMI_weather":7,"HMI_ATCDevice":{"etype":"hot","on":0},
                    "ATCEnable":0,"ATCMode":0,"ATCExpect0":-999,"ATCExpect1":-999,"HMI_dimEnable":1,
                    "HMI_resources":[{"ctype":"idle"},{"ctype":"idle"},{"ctype":"idle"},{"ctype":"idle"},
                    {"ctype":"idle"},{"ctype":"idle"},{"ctype":"idle"},{"ctype":"idle"}]}
                    """#
            )
        ),
        rules: ["temperature": .measured, "HMI_resources": .list],
        parts: [
            RelayPart(count: 2),
            SensorPart([
                MeasuredQuantity("temperature", .number(places: 0), from: 21, in: 5...40, by: -1...1, oneIn: 4)
            ]),
            TimerPart(takesDuration: false),
        ]
    )

    private static func panelPro(_ uiid: Int, _ name: String) -> DeviceFamily {
        DeviceFamily(uiid, name, .panels, params: JSONObject(table: #"{"panelState":"on"}"#))
    }
}
