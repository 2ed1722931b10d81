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

    /// Bounds.
    ///
    /// Source: `design.md` §4.
    static let limitFields: [ConfigurationField] = [
        integer(
            "limits.eventLoops",
            \.limits.eventLoops,
            0...256,
            "Threads that carry connections; 0: one per processor."
        ),
        integer(
            "limits.connections",
            \.limits.connections,
            1...10_000_000,
            "Connections at a time, over all listeners."
        ),
        integer(
            "limits.connectionsPerAddress",
            \.limits.connectionsPerAddress,
            1...10_000_000,
            "Connections at a time from one address."
        ),
        integer(
            "limits.handshakesPerTurn",
            \.limits.handshakesPerTurn,
            1...64,
            "Steps of TLS handshakes an event loop takes before it serves its other connections again."
        ),
        integer(
            "limits.failedLoginsPerAddress",
            \.limits.failedLoginsPerAddress,
            1...100_000,
            "Failed log-ins from one address, at once, before it is refused; those of clients that an account knows do not count."
        ),
        integer(
            "limits.failedLoginsPerAddressAndHour",
            \.limits.failedLoginsPerAddressAndHour,
            1...100_000,
            "How many of them are forgiven in an hour, one after the other."
        ),
        integer(
            "limits.failedLoginsPerAccount",
            \.limits.failedLoginsPerAccount,
            1...100_000,
            "Failed log-ins of strangers to one account, at once, before they are refused; a client that it knows has as many of its own."
        ),
        integer(
            "limits.failedLoginsPerAccountAndHour",
            \.limits.failedLoginsPerAccountAndHour,
            1...100_000,
            "How many of them are forgiven in an hour, one after the other; of those of known clients a third."
        ),
        integer(
            "limits.failedCredentialsPerAddress",
            \.limits.failedCredentialsPerAddress,
            1...100_000,
            "Wrong signatures, unknown app ids, refresh tokens and authorization codes from one address, at once."
        ),
        integer(
            "limits.failedCredentialsPerAddressAndHour",
            \.limits.failedCredentialsPerAddressAndHour,
            1...100_000,
            "How many of them are forgiven in an hour, one after the other."
        ),
        integer(
            "limits.unknownDevicesPerAddress",
            \.protocolSettings.unknownDevicesPerAddress,
            1...100_000,
            "Ids that one address may register or report with without their key, at once and within an hour; more are not answered."
        ),
        integer(
            "limits.failedReportsPerAddress",
            \.protocolSettings.failedReportsPerAddress,
            1...100_000,
            "Refused reports of HTTPS sensors per minute from one address before they are refused; as many downloads and dispatches."
        ),
        integer(
            "limits.failedReportsPerDevice",
            \.protocolSettings.failedReportsPerDevice,
            1...100_000,
            "Reports of an HTTPS sensor with a bad signature per minute, from one address, before that is refused."
        ),
        integer(
            "limits.codesPerAddress",
            \.limits.codesPerAddress,
            1...100_000,
            "Verification codes asked for per hour from one address before it is refused."
        ),
        duration(
            "limits.stopDeadline",
            \.limits.stopDeadline,
            .milliseconds(100) ... .seconds(300),
            "How long a stop may take until connections are cut."
        ),
        integer(
            "limits.outstandingCommandsPerSession",
            \.protocolSettings.maximumOutstandingCommandsPerSession,
            1...10_000,
            "Commands one session may have unanswered."
        ),
        integer(
            "limits.queuedFrames",
            \.protocolSettings.maximumQueuedFrames,
            8...100_000,
            "Frames that wait for a peer that does not read before it is closed."
        ),
        integer(
            "limits.sessionsPerAccount",
            \.protocolSettings.maximumSessionsPerAccount,
            1...100_000,
            "App sockets one account may have open."
        ),
        integer(
            "limits.devicesPerAccount",
            \.protocolSettings.maximumDevicesPerAccount,
            1...100_000,
            "Devices one account may own."
        ),
        integer(
            "limits.subDevicesPerGateway",
            \.protocolSettings.maximumSubDevicesPerGateway,
            1...10_000,
            "Sub-devices one gateway may have; they count as devices of the account, too."
        ),
        integer(
            "limits.groupsPerAccount",
            \.protocolSettings.maximumGroupsPerAccount,
            1...10_000,
            "Groups one account may have."
        ),
        integer(
            "limits.thingGroupsPerAccount",
            \.protocolSettings.maximumThingGroupsPerAccount,
            1...10_000,
            "Groups of version 2 (devices that are switched together) one account may have."
        ),
        integer(
            "limits.homesPerAccount",
            \.protocolSettings.maximumHomesPerAccount,
            1...1_000,
            "Homes one account may have."
        ),
        integer(
            "limits.factoryRecords",
            \.protocolSettings.maximumFactoryRecords,
            1...1_000_000,
            "Factory records the operator may import."
        ),
        integer(
            "limits.adoptedDevices",
            \.protocolSettings.maximumAdoptedDevices,
            1...100_000,
            "Unknown devices that `protocol.autoAdopt` keeps until they are claimed."
        ),
        integer(
            "limits.adoptedDevicesPerAddress",
            \.protocolSettings.maximumAdoptedDevicesPerAddress,
            1...100_000,
            "How many of them may have come from one address."
        ),
        integer(
            "limits.sharesPerDevice",
            \.protocolSettings.maximumSharesPerDevice,
            1...10_000,
            "Accounts one device may be shared with."
        ),
        integer(
            "limits.sharesPerAccount",
            \.protocolSettings.maximumSharesPerAccount,
            1...100_000,
            "Devices that others may share with one account."
        ),
        integer(
            "limits.pendingSharesPerAccount",
            \.protocolSettings.maximumPendingSharesPerAccount,
            1...1_000,
            "Shares that may wait for a decision, for each account as owner and as receiver."
        ),
        integer(
            "limits.messagesPerAccount",
            \.protocolSettings.maximumMessagesPerAccount,
            1...100_000,
            "Messages (of shares, of switched devices, of alarms) that are kept of each account."
        ),
        integer(
            "limits.tokenPairsPerAccount",
            \.protocolSettings.maximumTokenPairsPerAccount,
            1...100_000,
            "Live token pairs of an account; the oldest go first."
        ),
        duration(
            "limits.stateFlushInterval",
            \.protocolSettings.stateFlushInterval,
            .milliseconds(10) ... .seconds(60),
            "The latest moment at which state that an app changed is written to the database."
        ),
    ]
}
