import CoolkitWire

/// Zigbee sub-devices, which speak through the socket of their gateway.
///
/// Source: `uiid-catalogue.md` §9.
extension DeviceFamily {
    /// What is switched, dimmed and moved.
    static let subDeviceSwitches: [DeviceFamily] =
        [1009, 1256, 7004, 7005, 7010].map { uiid in
            subDevice(uiid, "plug", ["switch": "off"], parts: [RelayPart()])
        }
        + [(2256, 2), (3256, 3), (4256, 4), (7029, 4)].map { uiid, count in
            var params = multiParams(count: count)
            for key in ["configure", "pulses", "lock"] { params[key] = nil }
            return subDevice(uiid, "\(count) switches", params, parts: [RelayPart(count: count)])
        }
        + [
            subDevice(
                1257,
                "dimmable light",
                ["switch": "off", "brightness": 50],
                rules: ["brightness": .integer(1...100)],
                parts: [RelayPart()]
            ),
            subDevice(
                1258,
                "CCT light",
                ["switch": "off", "brightness": 50, "colorTemp": 50],
                rules: ["brightness": .integer(1...100), "colorTemp": .integer(0...100)],
                parts: [RelayPart()]
            ),
            colourLight(3258), colourLight(7009),
        ]
        + [1514, 7006, 7034].map { uiid in
            subDevice(
                uiid,
                "curtain",
                JSONObject(table: #"{"curPercent":0,"openPercent":0,"curtainAction":"pause","battery":90}"#),
                rules: [
                    "openPercent": .integer(0...100), "curtainAction": .words(["open", "close", "pause"]),
                    "curPercent": .measured,
                ],
                parts: [CoverPart(.zigbee, at: 0), SensorPart([.battery()])]
            )
        }
        + [7027, 7047].map { uiid in
            subDevice(
                uiid,
                "water valve SWV",
                ["switch": "off", "realIrrigationVolume": 0],
                rules: ["realIrrigationVolume": .measured],
                parts: [RelayPart(), SensorPart([.battery()])]
            )
        }

    /// What measures and is pressed.
    static let subDeviceSensors: [DeviceFamily] =
        [1000, 7000, 7039].map { uiid in
            let presses: [JSONObject] = [["key": 0], ["key": 1], ["key": 2]]
            return happening(uiid, "button", ["key": 0], EventPart(presses, stamp: .trigger))
        }
        + [1770, 1771, 7014, 7033, 7038].map(thermometer)
        + [2026, 7002].map { uiid in
            let params: JSONObject = uiid == 7002 ? ["motion": 0, "brState": "darker"] : ["motion": 0]
            return happening(
                uiid,
                "motion sensor",
                params,
                EventPart([["motion": 1]], rest: ["motion": 0], lasts: .seconds(60), stamp: .trigger)
            )
        }
        + [7016, 7055].map { uiid in
            happening(
                uiid,
                "presence sensor",
                ["human": 0, "sensitivity": 2, "illumination": 1],
                EventPart([["human": 1]], rest: ["human": 0], lasts: .seconds(300), stamp: .trigger)
            )
        }
        + [3026, 7003].map { uiid in
            happening(
                uiid,
                "door sensor",
                ["lock": 0],
                EventPart([["lock": 1]], rest: ["lock": 0], lasts: .seconds(20), stamp: .trigger)
            )
        }
        + [4026, 7019].map { uiid in
            happening(
                uiid,
                "water sensor",
                ["water": 0],
                EventPart([["water": 1]], rest: ["water": 0], lasts: .seconds(120), oneIn: 200, stamp: .trigger)
            )
        }
        + [
            happening(
                5026,
                "smoke sensor",
                ["smoke": 0],
                EventPart([["smoke": 1]], rest: ["smoke": 0], lasts: .seconds(60), oneIn: 500, stamp: .trigger)
            ),
            subDevice(
                7017,
                "TRV",
                ["curTargetTemp": 210, "temperature": 215, "workMode": 0, "workState": 0, "battery": 90],
                rules: ["temperature": .measured, "workState": .measured],
                parts: [ClimatePart(.radiatorValve), SensorPart([.battery()])]
            ),
        ]

    private static func subDevice(
        _ uiid: Int,
        _ name: String,
        _ params: JSONObject,
        rules: [String: ParamRule] = [:],
        parts: [any HardwarePart]
    ) -> DeviceFamily {
        // Sensors with a battery report it at first, too.
        let params = parts.reduce(params) { params, part in
            params.with((part as? SensorPart)?.initialParams ?? [:])
        }
        let battery: [String: ParamRule] = ["battery": .measured]
        return DeviceFamily(
            uiid,
            name,
            .subDevices,
            build: .subDevice,
            params: params,
            rules: battery.merging(rules) { $1 },
            parts: parts + [TimerPart()]
        )
    }

    private static func happening(
        _ uiid: Int,
        _ name: String,
        _ params: JSONObject,
        _ part: EventPart
    ) -> DeviceFamily {
        subDevice(
            uiid,
            name,
            params.with(["trigTime": "0"]),
            rules: ["key": .measured, "motion": .measured, "human": .measured, "lock": .measured, "water": .measured]
                .merging(["smoke": .measured, "trigTime": .measured]) { $1 },
            parts: [part, SensorPart([.battery()])]
        )
    }

    /// Value times 100, as a text in 1770.
    ///
    /// Assumption: as a text in its successors, too. Captures of them would settle it.
    private static func thermometer(_ uiid: Int) -> DeviceFamily {
        let quantities = [
            MeasuredQuantity("temperature", .text(places: 0), from: 2_150, in: 500...4_000, by: -20...20),
            MeasuredQuantity("humidity", .text(places: 0), from: 4_500, in: 2_000...9_000, by: -50...50, oneIn: 2),
            MeasuredQuantity.battery(),
        ]
        return subDevice(
            uiid,
            "temperature and humidity",
            ["trigTime": "0"],
            rules: ["temperature": .measured, "humidity": .measured, "trigTime": .measured],
            parts: [SensorPart(quantities, stampsTrigger: true)]
        )
    }

    private static func colourLight(_ uiid: Int) -> DeviceFamily {
        subDevice(
            uiid,
            "RGBCW light",
            JSONObject(table: #"{"switch":"off","colorMode":"cct","cctBrightness":50,"rgbBrightness":50}"#)
                .with(["colorTemp": 50, "hue": 0, "saturation": 100]),
            rules: [
                "colorMode": .words(["cct", "rgb"]), "cctBrightness": .integer(1...100),
                "rgbBrightness": .integer(1...100), "colorTemp": .integer(0...100), "hue": .integer(0...359),
                "saturation": .integer(0...100),
            ],
            parts: [RelayPart()]
        )
    }
}
