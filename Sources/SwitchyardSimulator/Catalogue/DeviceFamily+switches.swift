import CoolkitWire

/// Switches and plugs.
///
/// Source: `uiid-catalogue.md` §3 and §4.
extension DeviceFamily {
    /// One channel: `switch` in the first protocol, `switches` of four entries in the multi protocol.
    static let singleChannel: [DeviceFamily] =
        [
            (1, "SOCKET", "PSF-B01-GL"), (6, "SWITCH", "PSF-B01-GL"), (14, "SWITCH_CHANGE", nil),
            (24, "GSM_SOCKET", nil), (27, "GSM_UNLIMIT_SOCKET", nil),
        ].map { single($0, $1, model: $2) }
        + [
            (77, "single plug, multi protocol"), (78, "single switch, multi protocol"),
            (81, "GSM single plug, multi protocol"), (107, "GSM single plug, multi protocol"),
            (160, "SwitchMan M5-1C"), (209, "TX Ultimate 1C"), (268, "BASIC-1GS"),
        ].map { multi($0, $1) }
        + [
            multi(112, "single switch with radar", params: JSONObject(table: #"{"radar":1}"#)),
            multi(
                138,
                "MINI R3, MINI R4",
                params: JSONObject(table: #"{"swMode_00":2,"swReverse_00":0,"relaySeparation":0,"key":0}"#)
            ),
            DeviceFamily(
                225,
                "PC power card",
                .switches,
                model: "CK-BL602-PCSW-01",
                params: JSONObject(table: #"{"switch":false,"restart":false,"forceShutdown":false,"childLock":false}"#),
                rules: [
                    "switch": .boolean, "restart": .boolean, "forceShutdown": .boolean, "childLock": .boolean,
                ],
                parts: [RelayPart(), TimerPart()]
            ),
        ]

    /// Several channels; `switches` has four entries whatever the hardware has.
    static let multiChannel: [DeviceFamily] =
        [
            (2, "SOCKET_2", nil), (3, "SOCKET_3", nil), (4, "SOCKET_4", "PSF-B04-GL"), (7, "SWITCH_2", nil),
            (8, "SWITCH_3", nil), (9, "SWITCH_4", nil), (29, "GSM_SOCKET_2", nil), (30, "GSM_SOCKET_3", nil),
            (31, "GSM_SOCKET_4", nil), (41, "CUN_YOU_DOOR", nil), (82, "GSM plug, 2 channels", nil),
            (83, "GSM plug, 3 channels", nil), (84, "GSM plug, 4 channels", nil),
            (113, "2 channels with radar", nil), (114, "3 channels with radar", nil),
            (139, "2 channels with 2.4G remote", nil), (140, "3 channels with 2.4G remote", nil),
            (141, "4 channels with 2.4G remote", nil), (161, "SwitchMan M5-2C", nil), (162, "SwitchMan M5-3C", nil),
            (163, "SwitchMan, 4 channels", nil), (210, "TX Ultimate 2C", nil), (211, "TX Ultimate 3C", nil),
            (212, "TX Ultimate 4C", nil),
        ].map { multi($0, $1, model: $2) }
        + [
            multi(165, "DualR3 Lite", params: JSONObject(table: #"{"workMode":1,"motorTurn":0}"#)),
            multi(275, "MINI-2GS", params: JSONObject(table: #"{"localKey":""}"#)),
            DeviceFamily(
                34,
                "FAN_LIGHT",
                .switches,
                model: "PSF-BFB-GL",
                params: multiParams(),
                parts: [FanPart(), RelayPart(count: 4), TimerPart(takesDuration: false)]
            ),
            DeviceFamily(
                17,
                "THREE_GEAR_FAN",
                .switches,
                params: JSONObject(table: #"{"fan":"off","speed":"slow","mode":"normal","shake":"off"}"#),
                rules: [
                    "fan": .onOff, "speed": .words(["slow", "moderate", "fast"]),
                    "mode": .words(["normal", "natural", "sleep"]), "shake": .onOff,
                ],
                parts: [TimerPart()]
            ),
        ]

    private static func single(_ uiid: Int, _ name: String, model: String?) -> DeviceFamily {
        DeviceFamily(
            uiid,
            name,
            .switches,
            model: model,
            params: singleParams,
            parts: [RelayPart(), TimerPart()]
        )
    }

    private static func multi(
        _ uiid: Int,
        _ name: String,
        model: String? = nil,
        params: JSONObject = [:]
    ) -> DeviceFamily {
        DeviceFamily(
            uiid,
            name,
            .switches,
            model: model,
            params: multiParams().with(params),
            parts: [RelayPart(count: 4), TimerPart(takesDuration: false)]
        )
    }

    /// The params of a single channel.
    static var singleParams: JSONObject {
        ["switch": "off", "startup": "off", "pulse": "off", "pulseWidth": 500]
    }

    /// The params of the multi protocol.
    static func multiParams(count: Int = 4) -> JSONObject {
        [
            "switches": perOutlet(["switch": "off"], count: count),
            "configure": perOutlet(["startup": "off"], count: count),
            "pulses": perOutlet(["pulse": "off", "width": 1000], count: count),
            "lock": 0,
        ]
    }

    /// The same settings for each channel.
    private static func perOutlet(_ members: JSONObject, count: Int) -> JSON {
        .array(
            (0..<count).map { (outlet: Int) -> JSON in
                var element = members
                element["outlet"] = JSON(outlet)
                return .object(element)
            }
        )
    }
}
