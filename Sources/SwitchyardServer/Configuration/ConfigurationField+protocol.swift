import SwitchyardCore

extension ConfigurationField {
    /// The settings of the protocol.
    ///
    /// Source of names and defaults: the table in `protocol/README.md`.
    static let protocolFields: [ConfigurationField] = accountFields + restFields + socketFields

    private static let accountFields: [ConfigurationField] = [
        choice(
            "protocol.singleLoginScope",
            \.protocolSettings.singleLoginScope,
            "Which older tokens a log-in ends: those of the same account and app id, of the whole account, or none."
        ),
        duration(
            "protocol.accessTokenLifetime",
            \.protocolSettings.accessTokenLifetime,
            .seconds(60) ... .days(365),
            "Life of an `at`."
        ),
        duration(
            "protocol.refreshTokenLifetime",
            \.protocolSettings.refreshTokenLifetime,
            .seconds(60) ... .days(730),
            "Life of an `rt`; not shorter than that of the `at`."
        ),
        duration(
            "protocol.refreshGrace",
            \.protocolSettings.refreshGrace,
            .zero ... .seconds(3_600),
            "How long a replaced `rt` may be used once more, so that a lost answer can be repeated."
        ),
    ]

    private static let restFields: [ConfigurationField] = [
        choice(
            "protocol.regionIdentifiers",
            \.protocolSettings.regionIdentifiers,
            "`seed`: a new account has a phone number on `cn`, either on `as`, an e-mail address elsewhere; `any`: either."
        ),
        flag(
            "protocol.strictGeneralParams",
            \.protocolSettings.strictGeneralParams,
            "Every REST call must bring appid, nonce, ts and version, else 400."
        ),
        flag(
            "protocol.loginErrorZero",
            \.protocolSettings.loginErrorZero,
            "Successful log-in answers carry `\"error\":0`; some clients take that for a failure."
        ),
        choice(
            "protocol.deviceListShape",
            \.protocolSettings.deviceListShape,
            "`auto`: a bare array to a query without `version`, else an object."
        ),
        flag(
            "protocol.restrictDevicesToAppid",
            \.protocolSettings.restrictDevicesToAppid,
            "A device list holds only the devices added under the caller's app id, or associated with it by the operator."
        ),
        flag(
            "protocol.exposeDevicekeyToReceivers",
            \.protocolSettings.exposeDevicekeyToReceivers,
            "The receiver of a share sees `devicekey`, with which he could pose as the device."
        ),
        flag(
            "protocol.strictGetSignature",
            \.protocolSettings.strictGetSignature,
            "The signature of a GET request is read in one way only (sorted query)."
        ),
        flag(
            "protocol.strictRegionSignature",
            \.protocolSettings.strictRegionSignature,
            "`/api/user/region` and `/v2/utils/get-region` refuse a bad signature."
        ),
        flag(
            "protocol.callRateLimit",
            \.protocolSettings.callRateLimit,
            "One address may call an interface of v2 every 500 ms and 300 times in 5 minutes, else 412."
        ),
        duration(
            "protocol.clockSkewLimit",
            \.protocolSettings.clockSkewLimit,
            .seconds(1) ... .days(1),
            "How far the `ts` of a signed request may be off; real clients repeat and freeze the value."
        ),
    ]

    private static let socketFields: [ConfigurationField] = [
        flag("protocol.hb", \.protocolSettings.heartbeat, "Clients and devices are told to send heartbeats."),
        duration(
            "protocol.hbInterval",
            \.protocolSettings.heartbeatInterval,
            .seconds(61) ... .seconds(3_600),
            step: .seconds(1),
            "The heartbeat interval they are told, in whole seconds."
        ),
        duration(
            "protocol.idleSlack",
            \.protocolSettings.idleSlack,
            .seconds(1) ... .seconds(600),
            "How long beyond the heartbeat interval (90 s without one) a connection may be silent."
        ),
        duration(
            "protocol.handshakeTimeout",
            \.protocolSettings.handshakeTimeout,
            .seconds(1) ... .seconds(600),
            "How long a new socket may stay without `userOnline` or `register`."
        ),
        integer(
            "protocol.failedHandshakeLimit",
            \.protocolSettings.failedHandshakeLimit,
            1...100_000,
            "Failed handshakes an address has per minute before its connections are refused."
        ),
        flag(
            "protocol.requireAppidInUserOnline",
            \.protocolSettings.requireAppidInUserOnline,
            "`userOnline` without `appid` is 400."
        ),
        flag(
            "protocol.strictUserOnline",
            \.protocolSettings.strictUserOnline,
            "`userOnline` must bring every required field, else 400."
        ),
        flag(
            "protocol.strictRegister",
            \.protocolSettings.strictRegister,
            "`register` must bring every required field, `mac` among them, else 400."
        ),
        flag(
            "protocol.strictChipid",
            \.protocolSettings.strictChipid,
            "`register` of version 8 or later without `chipid` is 403."
        ),
        flag("protocol.strictActions", \.protocolSettings.strictActions, "A device's unknown action is 400."),
        choice(
            "protocol.takeover",
            \.protocolSettings.takeover,
            "Who keeps a device that two sessions claim: the newest, or the oldest if it answers a ping."
        ),
        duration(
            "protocol.commandTimeout",
            \.protocolSettings.commandTimeout,
            .milliseconds(100) ... .seconds(300),
            "How long a device has to acknowledge a command before the app gets 504."
        ),
        duration(
            "protocol.upgradeTimeout",
            \.protocolSettings.upgradeTimeout,
            .milliseconds(100) ... .seconds(600),
            "How long a device has to acknowledge an upgrade before the app gets 504."
        ),
        duration(
            "protocol.registerHold",
            \.protocolSettings.registerHold,
            .zero ... .seconds(60),
            "How long the `register` of an unknown device waits for somebody to add it."
        ),
        flag(
            "protocol.autoAdopt",
            \.protocolSettings.autoAdopt,
            "An unknown device that registers is kept connected for the operator to claim (`switchyard device unclaimed`)."
        ),
        duration(
            "protocol.offlineGrace",
            \.protocolSettings.offlineGrace,
            .zero ... .seconds(300),
            "How long a device that lost its connection counts as online and its commands wait."
        ),
        flag(
            "protocol.strictSharedApikey",
            \.protocolSettings.strictSharedApikey,
            "Messages about a shared device must bear its owner's apikey, else 403."
        ),
        duration(
            "protocol.shareTimeout",
            \.protocolSettings.shareTimeout,
            .seconds(1) ... .seconds(600),
            "How long the receiver of a share has to decide before the owner gets 504."
        ),
        flag(
            "protocol.fastShareFail",
            \.protocolSettings.fastShareFail,
            "A share with an account of which no app is connected is 504 at once."
        ),
        flag(
            "protocol.serverTimers",
            \.protocolSettings.serverTimers,
            "The server runs the timers of devices that never ask for theirs."
        ),
        duration(
            "protocol.sensorOfflineAfter",
            \.protocolSettings.sensorOfflineAfter,
            .seconds(60) ... .days(30),
            "How long a sensor's report by HTTPS keeps it online; they report every hour."
        ),
        list(
            "protocol.simpleDispatchPaths",
            \.protocolSettings.simpleDispatchPaths,
            element: "paths",
            examples: "`/iot/dispatch`",
            "Further paths that answer a GET as `/dispatch/device` does: what was written into sensors over BLE. At most 16.",
            parse: { DispatchPath($0) }
        ),
    ]
}
