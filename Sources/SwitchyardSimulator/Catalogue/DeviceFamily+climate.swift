import CoolkitWire

/// What heats, moistens and shows the climate.
///
/// Source: `uiid-catalogue.md` §6.
extension DeviceFamily {
    static let climate: [DeviceFamily] = [
        DeviceFamily(
            15,
            "THERMOSTAT",
            .climate,
            model: "PSA-BHA-GL",
            params: JSONObject(table: #"{"switch":"off","mainSwitch":"off","deviceType":"normal"}"#)
                .with(JSONObject(table: #"{"sensorType":"AM2301"}"#)).with(ClimatePart(.thermostatSwitch).initialParams)
                .with(singleParams).with(targets),
            rules: [
                "deviceType": .words(["normal", "temperature", "humidity"]), "targets": .list,
                "currentTemperature": .measured, "currentHumidity": .measured,
            ],
            parts: [RelayPart(), ClimatePart(.thermostatSwitch), TimerPart()]
        ),
        DeviceFamily(
            181,
            "TH Elite",
            .climate,
            model: "THR316D",
            params: JSONObject(table: #"{"switch":"off","mainSwitch":"off","sensorType":"AM2301"}"#)
                .with(ClimatePart(.elite).initialParams)
                .with(JSONObject(table: #"{"autoControlEnabled":0,"autoControl":[],"startup":"off"}"#))
                .with(JSONObject(table: #"{"pulseConfig":{"pulse":"off","pulseWidth":500}}"#)),
            rules: [
                "autoControlEnabled": .integer(0...1), "autoControl": .list, "temperature": .measured,
                "humidity": .measured,
            ],
            parts: [RelayPart(), ClimatePart(.elite), TimerPart()]
        ),
        DeviceFamily(
            127,
            "GTTA127",
            .climate,
            params: JSONObject(table: #"{"switch":"on","targetTemp":22,"workMode":1,"workState":0,"tempScale":"c"}"#)
                .with(JSONObject(table: #"{"childLock":"off","fault":0,"volatility":1}"#))
                .with(ClimatePart(.thermostat).initialParams),
            rules: [
                "workMode": .integer(1...3), "tempScale": .words(["c", "f"]), "temperature": .measured,
                "workState": .measured, "fault": .measured,
            ],
            parts: [RelayPart(), ClimatePart(.thermostat), TimerPart()]
        ),
        DeviceFamily(
            19,
            "HUMIDIFIER",
            .climate,
            params: JSONObject(table: #"{"switch":"off","mode":"normal","state":1,"water":0}"#)
                .with(room.initialParams),
            rules: [
                "mode": .words(["normal"]), "state": .integer(1...3), "water": .measured, "temperature": .measured,
                "humidity": .measured,
            ],
            parts: [room, EventPart([["water": 1]], rest: ["water": 0], oneIn: 200), TimerPart()]
        ),
        DeviceFamily(
            25,
            "AROMATHERAPY",
            .climate,
            params: JSONObject(table: #"{"switch":"off","state":1,"water":0,"lightswitch":0,"lightmode":1}"#)
                .with(JSONObject(table: #"{"lightRcolor":255,"lightGcolor":255,"lightBcolor":255,"lightbright":100}"#)),
            rules: [
                "state": .integer(1...2), "water": .measured, "lightswitch": .integer(0...1),
                "lightmode": .integer(1...3), "lightRcolor": .integer(0...255), "lightGcolor": .integer(0...255),
                "lightBcolor": .integer(0...255), "lightbright": .integer(0...254),
            ],
            parts: [EventPart([["water": 1]], rest: ["water": 0], oneIn: 200), TimerPart()]
        ),
    ]

    private static let room = SensorPart([
        MeasuredQuantity("temperature", .number(places: 0), from: 21, in: 0...50, by: -1...1, oneIn: 4),
        MeasuredQuantity("humidity", .number(places: 0), from: 45, in: 20...90, by: -1...1, oneIn: 2),
    ])

    private static var targets: JSONObject {
        JSONObject(
            table: #"""
                {"targets":[{"targetHigh":"22","reaction":{"switch":"off"}},
                {"targetLow":"20","reaction":{"switch":"on"}}]}
                """#
        )
    }
}
