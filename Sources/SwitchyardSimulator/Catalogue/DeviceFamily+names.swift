/// Kinds of which the catalogue has a name and no params: they report what every device does.
///
/// Cameras (62, 65, 87), which no server of this protocol serves, are among them. 5000, the group that one app made up,
/// is never on the wire. Source: `uiid-catalogue.md` §8 and §10.
extension DeviceFamily {
    static let namesOnly: [DeviceFamily] = [
        (0, "unknown"), (10, "OSPF"), (12, "EW-RE"), (13, "FIREPLACE"), (23, "NEST_THERMOSTAT"), (26, "BJ_THERMOSTAT"),
        (35, "EZVIZ_CAMERA"), (38, "HOME_KIT_BRIDGE"), (40, "FUJIN_OPS"), (42, "bedside lamp"),
        (45, "DOWN_CEILING_LIGHT"), (46, "AIR_CLEANER"), (49, "MACHINE_BED"), (51, "COLD_WARM_DESK_LIGHT"),
        (53, "fan with lamp"), (55, "SWEEPING_ROBOT"), (60, "NEW_HUMIDIFIER"), (61, "KAI_WEI_ROUTER"), (62, "camera"),
        (65, "camera"), (68, "KOOCHUWAH"), (87, "camera"), (110, "GSM meter plug"), (142, "Midea air conditioner"),
        (147, "NSPanel-linked bulb"), (148, "2.4G light remote"), (157, "rhythm RGBCW"), (159, "illumination strip"),
        (169, "AC fan light"), (170, "camera gateway"), (171, "camera of a gateway"), (179, "dual-colour light"),
        (1001, "BLADELESS_FAN"), (1002, "NEW_HUMIDIFIER"), (1003, "WARM_AIR_BLOWER"),
    ].map { DeviceFamily($0, $1, .names) }
}
