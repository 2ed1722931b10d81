import CoolkitWire

/// Lights. What a command sets stays set.
///
/// Source: `uiid-catalogue.md` §7.
extension DeviceFamily {
    static let lights: [DeviceFamily] = channelLights + belts + dimmers + bulbs

    /// `state` and channels as texts.
    private static let channelLights: [DeviceFamily] = [
        light(
            16,
            "COLD_WARM_LED",
            JSONObject(table: #"{"state":"off","channel0":"25","channel1":"25","type":"middle"}"#),
            [
                "channel0": .text(0...255), "channel1": .text(0...255), "type": .words(["cold", "middle", "warm"]),
            ]
        ),
        light(
            22,
            "RGB_BALL_LIGHT",
            JSONObject(table: #"{"state":"off","channel0":"255","channel1":"0","channel2":"0","channel3":"0"}"#)
                .with(JSONObject(table: #"{"channel4":"0","type":"cold","zyx_mode":1}"#)),
            channels(5)
        ),
        light(
            56,
            "RGB_BALL_LIGHT_4",
            JSONObject(table: #"{"state":"off","channel0":"255","channel1":"0","channel2":"0","channel3":"0"}"#),
            channels(4)
        ),
        light(
            52,
            "ceiling light",
            JSONObject(table: #"{"state":"off","channel0":"255","channel1":"0","timeZone":0}"#),
            [
                "channel0": .text(10...255), "channel1": .text(0...255),
            ]
        ),
        light(57, "MONOCHROMATIC_BALL_LIGHT", JSONObject(table: #"{"state":"off","channel0":"255"}"#), channels(1)),
    ]

    private static let belts: [DeviceFamily] = [
        light(
            33,
            "LIGHT_BELT",
            belt(mode: 1),
            colours.merging([
                "light_type": .integer(1...2), "bright": .integer(10...100), "mode": .integer(1...3),
                "speed": .integer(0...100),
            ]) { $1 }
        ),
        light(
            59,
            "MUSIC_LIGHT_BELT",
            belt(mode: 1).with(JSONObject(table: #"{"sensitive":5}"#)),
            colours.merging([
                "light_type": .integer(1...2), "bright": .integer(1...100), "mode": .integer(1...12),
                "speed": .integer(1...100), "sensitive": .integer(1...10),
            ]) { $1 }
        ),
        light(137, "light strip L2", strip, colours),
        light(173, "light strip L3", strip, colours),
    ]

    private static let dimmers: [DeviceFamily] = [
        light(
            36,
            "dimmer KING-M4",
            JSONObject(table: #"{"switch":"off","bright":50}"#),
            ["bright": .integer(10...100)]
        ),
        light(
            44,
            "D1",
            JSONObject(table: #"{"switch":"off","startup":"off","brightness":50,"mode":0}"#),
            ["brightness": .integer(0...100), "mode": .integer(0...0)],
            model: "PSF-BLD-GL"
        ),
        DeviceFamily(
            277,
            "MINI dimmer",
            .lights,
            params: JSONObject(table: #"{"switch":"off","startup":"off","brightness":50}"#)
                .with(MeterPart(.hundredths).initialParams)
                .with(JSONObject(table: #"{"dayKwh":0,"weekKwh":0,"monthKwh":0,"yearKwh":0}"#)),
            rules: [
                "brightness": .integer(0...100), "power": .measured, "current": .measured, "voltage": .measured,
            ],
            parts: [RelayPart(), MeterPart(.hundredths), TimerPart()]
        ),
    ]

    private static let bulbs: [DeviceFamily] = [
        light(103, "B02-F CCT", white, ["ltype": whiteTypes]),
        light(135, "B02-BL", white, ["ltype": whiteTypes]),
        light(104, "B05-B RGBCW", white.with(colour), ["ltype": colourTypes]),
        light(136, "B05-BL", white.with(colour), ["ltype": colourTypes]),
    ]

    private static func light(
        _ uiid: Int,
        _ name: String,
        _ params: JSONObject,
        _ rules: [String: ParamRule],
        model: String? = nil
    ) -> DeviceFamily {
        DeviceFamily(
            uiid,
            name,
            .lights,
            model: model,
            params: params,
            rules: rules,
            parts: params["switch"] == nil ? [TimerPart()] : [RelayPart(), TimerPart()]
        )
    }

    private static func channels(_ count: Int) -> [String: ParamRule] {
        Dictionary((0..<count).map { ("channel\($0)", .text(0...255)) }) { first, _ in first }
    }

    private static var colours: [String: ParamRule] {
        ["colorR": .integer(0...255), "colorG": .integer(0...255), "colorB": .integer(0...255)]
    }

    private static func belt(mode: Int) -> JSONObject {
        JSONObject(table: #"{"switch":"off","light_type":1,"bright":100,"colorR":255,"colorG":255,"colorB":255}"#)
            .with(["mode": JSON(mode), "speed": 50])
    }

    private static var strip: JSONObject {
        JSONObject(table: #"{"switch":"off","bright":100,"colorR":255,"colorG":255,"colorB":255,"mode":1,"speed":50}"#)
    }

    private static var whiteTypes: ParamRule {
        .words(["white", "bright", "read", "computer", "nightLight"])
    }

    private static var colourTypes: ParamRule {
        .words([
            "white", "color", "bright", "goodNight", "read", "nightLight", "party", "leisure", "soft", "colorful",
        ])
    }

    private static var white: JSONObject {
        JSONObject(
            table: #"""
                {"switch":"off","ltype":"white","white":{"br":50,"ct":50},"bright":{"br":100,"ct":50},
                "read":{"br":80,"ct":60},"nightLight":{"br":5,"ct":0}}
                """#
        )
    }

    private static var colour: JSONObject {
        JSONObject(
            table: #"""
                {"color":{"br":100,"r":255,"g":255,"b":255},
                "party":{"br":100,"ct":0,"r":255,"g":0,"b":0,"name":"party","tf":1,"sp":50}}
                """#
        )
    }
}
