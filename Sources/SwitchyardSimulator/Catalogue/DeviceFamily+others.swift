import CoolkitWire

/// Covers, gateways and remotes.
///
/// Source: `uiid-catalogue.md` §8.
extension DeviceFamily {
    static let covers: [DeviceFamily] = [
        DeviceFamily(
            11,
            "CURTAIN",
            .covers,
            model: "PSF-BTA-GL",
            params: JSONObject(table: #"{"switch":"on","setclose":0}"#),
            rules: ["switch": .words(["on", "off", "pause"]), "setclose": .integer(0...100)],
            parts: [CoverPart(.curtain, at: 0), TimerPart()]
        ),
        door(67, "rolling door"), door(91, "roller shutter"), door(258, "curtain"),
    ]

    static let gateways: [DeviceFamily] =
        [(28, "RF_BRIDGE", "PSF-BRB-GL"), (90, "GSM RF bridge", nil), (98, "doorbell RF bridge", nil)]
        .map { rfBridge($0, $1, model: $2) }
        + [
            gateway(66, "ZIGBEE_MAIN_DEVICE", zigbeeSet), gateway(168, "ZBBridge Pro", zigbeeSet),
            gateway(243, "ZBBridge Ultra", zigbeeSet), gateway(128, "SPM-Main", [130]),
            gateway(149, "eWeLink-Remote gateway", [174]), gateway(172, "scene panel", [174]),
            DeviceFamily(109, "IR gateway", .gateways, params: JSONObject(table: #"{"ifrCode":""}"#)),
        ]

    static let remotes: [DeviceFamily] =
        [
            remote(174, "R5 six-key remote"), remote(177, "S-Mate"),
        ] + (118...121).map { DeviceFamily($0, "2.4G remote", .remotes) }

    /// A button, a plug, a light, a curtain, and a sensor of each kind.
    private static let zigbeeSet = [1000, 1009, 1258, 1514, 1770, 2026, 3026, 4026]

    private static func door(_ uiid: Int, _ name: String) -> DeviceFamily {
        DeviceFamily(
            uiid,
            name,
            .covers,
            params: JSONObject(table: #"{"op":2,"per":0}"#),
            rules: ["op": .integer(1...3), "per": .integer(0...100)],
            parts: [CoverPart(.door, at: 0), TimerPart()]
        )
    }

    private static func rfBridge(_ uiid: Int, _ name: String, model: String?) -> DeviceFamily {
        DeviceFamily(
            uiid,
            name,
            .gateways,
            model: model,
            params: JSONObject(table: #"{"cmd":"trigger","setState":"arm","rfList":[],"rfTrig0":"0"}"#),
            rules: ["setState": .words(["arm", "disarm"]), "rfList": .list],
            parts: [RFBridgePart(), TimerPart()]
        )
    }

    private static func gateway(_ uiid: Int, _ name: String, _ subDevices: [Int]) -> DeviceFamily {
        DeviceFamily(
            uiid,
            name,
            .gateways,
            params: JSONObject(table: #"{"zled":"on","subDevices":[],"addSubDevState":"off","addTime":60}"#),
            rules: ["zled": .onOff, "addSubDevState": .onOff, "subDevices": .list],
            parts: [SubDeviceSearchPart(subDevices)],
            subDevices: subDevices
        )
    }

    private static func remote(_ uiid: Int, _ name: String) -> DeviceFamily {
        let presses: [JSONObject] = (0...5).flatMap { outlet in
            (0...2).map { key -> JSONObject in ["key": JSON(key), "outlet": JSON(outlet)] }
        }
        return DeviceFamily(
            uiid,
            name,
            .remotes,
            params: JSONObject(table: #"{"key":0,"outlet":0,"actionTime":"0"}"#),
            rules: ["key": .measured, "outlet": .measured, "actionTime": .measured],
            parts: [EventPart(presses, stamp: .action)]
        )
    }
}
