/// The choices left open by the protocol, and the bounds the server sets: one value, read once, handed to every part.
///
/// A setting whose other value is the seed's strict behaviour says so. Source of names and defaults: the table of
/// settings in `protocol/README.md`; the bounds are of `design.md` §4.
package struct ProtocolSettings: Hashable, Sendable {
    // MARK: Accounts and tokens

    /// Region of this server, in every account and every dispatch answer: `cn`, `as`, `eu` or `us`.
    ///
    /// Default `eu`. Source: `coolkit-v1-http.md` §2.1.
    package var region = "eu"
    /// The hosts of the servers of other regions: an account that lives on one of them is sent there with 301.
    ///
    /// Default: none. Source: `coolkit-v1-http.md` §2.4 ("301 procedure"), `design.md` §9.
    package var regionHosts: [String: String] = [:]
    /// Which kind of identifier an account may get here.
    ///
    /// Default `seed`. Source: `coolkit-v1-http.md` §2.4.
    package var regionIdentifiers = RegionIdentifiers.seed
    /// Which older tokens a log-in ends.
    ///
    /// Default `accountAndApp`; the seed says `account`. Source: `coolkit-v1-http.md` §1.3.
    package var singleLoginScope = SingleLoginScope.accountAndApp
    /// Life of an `at`; 1 minute to 365 days, default 30 days.
    ///
    /// Source: `coolkit-v1-http.md` §1.3.
    package var accessTokenLifetime = Duration.days(30)
    /// Life of an `rt`; not shorter than that of the `at`, at most 730 days, default 60 days.
    ///
    /// Source: `coolkit-v1-http.md` §1.3.
    package var refreshTokenLifetime = Duration.days(60)
    /// How long a replaced `rt` may be used again, so that a lost answer can be asked for once more; 0 to 1 hour,
    /// default 60 seconds.
    ///
    /// Source: `coolkit-v1-http.md` §1.3.
    package var refreshGrace = Duration.seconds(60)
    /// How many live token pairs an account may hold; the oldest go first.
    ///
    /// 1 to 100 000, default 64.
    package var maximumTokenPairsPerAccount = 64

    // MARK: HTTP

    /// Every REST call must bring appid, nonce, ts and version, else 400: the seed's rule.
    ///
    /// Default off. Source: `coolkit-v1-http.md` §1.1.
    package var strictGeneralParams = false
    /// Successful login-like answers carry `"error":0`, as the seed's table says and its example does not.
    ///
    /// Default off. Source: `coolkit-v1-http.md` §1.4.
    package var loginErrorZero = false
    /// The shape of the device list.
    ///
    /// Default `auto`. Source: `coolkit-v1-http.md` §3.1.
    package var deviceListShape = DeviceListShape.auto
    /// A device list holds only the devices that were added under the caller's appid, or that the operator has associated
    /// with it: the seed's rule.
    ///
    /// Default off. Source: `coolkit-v1-http.md` §3.1.
    package var restrictDevicesToAppid = false
    /// The receiver of a share sees the device's `devicekey`, with which he could pose as it: the seed's list.
    ///
    /// Default off. Source: `coolkit-v1-http.md` §1.6.
    package var exposeDevicekeyToReceivers = false
    /// Signed GET requests are read in one way only (sorted query), not in every way that clients use.
    ///
    /// Default off. Source: `coolkit-v1-http.md` §1.2.
    package var strictGetSignature = false
    /// `GET /api/user/region` and `/v2/utils/get-region` with a bad signature are refused.
    ///
    /// Default off. Source: `coolkit-v1-http.md` §2.1, `test-vectors.md` §5.
    package var strictRegionSignature = false
    /// One address may call an interface of version 2 every 500 ms and 300 times in 5 minutes, else error 412: the documents'
    /// limit.
    ///
    /// Default off: clients do not keep to it. Source: `coolkit-v2-http.md` §1 ("Rate").
    package var callRateLimit = false
    /// How far the `ts` of a signed request may be from the server's clock; nil, the default, does not look at it (real
    /// clients repeat and freeze the value).
    ///
    /// 1 second to 1 day. Source: `coolkit-v1-http.md` §1.1.
    package var clockSkewLimit: Duration?

    // MARK: Sockets

    /// `config.hb`: clients and devices are told to send heartbeats.
    ///
    /// Default on. Source: `coolkit-websocket.md` §2.
    package var heartbeat = true
    /// `config.hbInterval`, in whole seconds, 61 seconds to 1 hour, default 145 seconds; nil leaves it out of `config`
    /// (OPL1000 devices compute with it).
    ///
    /// Source: `coolkit-websocket.md` §3.
    package var heartbeatInterval: Duration? = .seconds(145)
    /// How long beyond the heartbeat interval (90 seconds when there is none) a connection may be silent; 1 second to
    /// 10 minutes, default 15 seconds.
    ///
    /// Source: `coolkit-websocket.md` §3.
    package var idleSlack = Duration.seconds(15)
    /// How long a new socket may stay without `userOnline` or `register`; 1 second to 10 minutes, default 30 seconds.
    ///
    /// Source: `coolkit-websocket.md` §3.
    package var handshakeTimeout = Duration.seconds(30)
    /// How many failed handshakes an address has per minute before its upgrades are refused; 1 to 100 000, default 10.
    ///
    /// Source: `coolkit-websocket.md` §11.
    package var failedHandshakeLimit = 10
    /// Ids whose key an address has not and of which it may learn, by `register` or a report, whether there is such a device, at once
    /// and within an hour; of more it hears nothing.
    ///
    /// 1 to 100 000, default 64.
    package var unknownDevicesPerAddress = 64
    /// `userOnline` without an `appid` is 400.
    ///
    /// Default off. Source: `coolkit-websocket.md` §2.
    package var requireAppidInUserOnline = false
    /// `userOnline` must bring every field the seed requires, else 400.
    ///
    /// Default off. Source: `coolkit-websocket.md` §2.
    package var strictUserOnline = false
    /// `register` must bring every field the seed requires, `mac` among them, else 400.
    ///
    /// Default off. Source: `coolkit-websocket.md` §4.
    package var strictRegister = false
    /// `register` of a firmware of version 8 or later without `chipid` is 403.
    ///
    /// Default off. Source: `coolkit-websocket.md` §4.
    package var strictChipid = false
    /// A device's unknown action is 400 instead of being acknowledged.
    ///
    /// Default off. Source: `coolkit-websocket.md` §5.
    package var strictActions = false
    /// Who keeps a device that two sessions claim.
    ///
    /// Default `newest`. Source: `coolkit-websocket.md` §4.
    package var takeover = Takeover.newest
    /// How long a device has to acknowledge a command before the app gets 504; 100 milliseconds to 5 minutes, default 8
    /// seconds.
    ///
    /// Source: `coolkit-websocket.md` §6.1.
    package var commandTimeout = Duration.seconds(8)
    /// How long a device has to acknowledge an `upgrade` before the app gets 504; 100 milliseconds to 10 minutes, default 30
    /// seconds.
    ///
    /// Source: `coolkit-websocket.md` §6.4.
    package var upgradeTimeout = Duration.seconds(30)
    /// How long the `register` of an unknown device waits for somebody to add it; 0 to 1 minute, default 4 seconds.
    ///
    /// Source: `coolkit-device-side.md` §2.3.
    package var registerHold = Duration.seconds(4)
    /// How long a device that dropped its connection counts as online and its commands wait; 0 to 5 minutes, default 3
    /// seconds.
    ///
    /// Source: `coolkit-websocket.md` §4.
    package var offlineGrace = Duration.seconds(3)
    /// Messages about a shared device have to bear its owner's apikey: the seed's rule.
    ///
    /// Default off. Source: `coolkit-websocket.md` §6.1 step 4.
    package var strictSharedApikey = false
    /// How long the receiver of a share has to decide before the owner gets 504; 1 second to 10 minutes, default 60
    /// seconds.
    ///
    /// Source: `coolkit-websocket.md` §10.1.
    package var shareTimeout = Duration.seconds(60)
    /// A share with an account of which no app is connected is 504 at once, not after `shareTimeout`.
    ///
    /// Default off. Source: `coolkit-websocket.md` §10.1.
    package var fastShareFail = false

    /// An unknown device that registers is kept connected, unclaimed, for the operator to give it to an account.
    ///
    /// Default off. Source: `coolkit-websocket.md` §4.
    package var autoAdopt = false
    /// The server itself runs the timers of devices that never ask for theirs, while they are online.
    ///
    /// Default off. Source: `coolkit-websocket.md` §9.
    package var serverTimers = false
    /// How long a sensor's report by HTTPS keeps it online; 1 minute to 30 days, default 2 hours (they report every hour).
    ///
    /// Source: `uiid-catalogue.md` §6.
    package var sensorOfflineAfter = Duration.seconds(7_200)
    /// Further paths that answer a bodyless GET like `GET /dispatch/device`: what was written into OPL1000 sensors over BLE.
    ///
    /// At most 16, each of at most 127 bytes. Default: none. Source: `coolkit-v1-http.md` §5.4, `coolkit-device-side.md` §2.2.
    package var simpleDispatchPaths: [DispatchPath] = []

    // MARK: Bounds

    /// Reports of sensors with a bad signature, and dispatches with a wrong apikey, per minute, for one device from one address;
    /// 1 to 100 000, default 10.
    package var failedReportsPerDevice = 10
    /// The same per minute from one address for all devices, with reports of unknown ones; as many refused downloads of firmware.
    ///
    /// Reports, dispatches and downloads count apart. 1 to 100 000, default 30.
    package var failedReportsPerAddress = 30
    /// Commands one session may have unanswered; one more is refused.
    ///
    /// 1 to 10 000, default 32.
    package var maximumOutstandingCommandsPerSession = 32
    /// Sockets of apps one account may have open.
    ///
    /// 1 to 100 000, default 64.
    package var maximumSessionsPerAccount = 64
    /// Devices one account may own.
    ///
    /// 1 to 100 000, default 1000.
    package var maximumDevicesPerAccount = 1_000
    /// Sub-devices one gateway may have; they count as devices of the account, too.
    ///
    /// 1 to 10 000, default 256.
    package var maximumSubDevicesPerGateway = 256
    /// Groups one account may have.
    ///
    /// 1 to 10 000, default 100.
    package var maximumGroupsPerAccount = 100
    /// Groups of version 2 (devices that are switched together) one account may have.
    ///
    /// 1 to 10 000, default 100. One more is error 30009.
    package var maximumThingGroupsPerAccount = 100
    /// Homes one account may have.
    ///
    /// 1 to 1000, default 20.
    package var maximumHomesPerAccount = 20
    /// Factory records the operator may enter.
    ///
    /// 1 to 1 000 000, default 100 000.
    package var maximumFactoryRecords = 100_000
    /// Unknown devices that `autoAdopt` keeps until somebody claims them; one more is refused as without it.
    ///
    /// 1 to 100 000, default 1000.
    package var maximumAdoptedDevices = 1_000
    /// How many of them may have come from one address.
    ///
    /// 1 to 100 000, default 32.
    package var maximumAdoptedDevicesPerAddress = 32
    /// Accounts one device may be shared with.
    ///
    /// 1 to 10 000, default 64.
    package var maximumSharesPerDevice = 64
    /// Devices that others may share with one account.
    ///
    /// 1 to 100 000, default 1000.
    package var maximumSharesPerAccount = 1_000
    /// Shares that may wait for a decision, for each account as owner and as receiver.
    ///
    /// 1 to 1000, default 8.
    package var maximumPendingSharesPerAccount = 8
    /// Messages that are kept of each account (`GET /v2/message/read`); the oldest go first.
    ///
    /// 1 to 100 000, default 500.
    package var maximumMessagesPerAccount = 500
    /// Frames that may wait to be written to one connection before it is closed as a peer that does not read.
    ///
    /// 8 to 100 000, default 256.
    package var maximumQueuedFrames = 256
    /// The latest moment at which state that an app has changed is written to the store, counted from the change; 10
    /// milliseconds to 1 minute, default 1 second.
    ///
    /// What a device reports is written before it is acknowledged.
    package var stateFlushInterval = Duration.seconds(1)

    /// All defaults.
    package init() {}

    /// How long a connection may be silent: the heartbeat interval, or 90 seconds without one, and the slack.
    ///
    /// Source: `coolkit-websocket.md` §3 (a capture shows 160 seconds).
    package var idleLimit: Duration { (heartbeatInterval ?? .seconds(90)) + idleSlack }
}

/// How the answer of `GET /api/user/device` is shaped.
///
/// Source: `coolkit-v1-http.md` §3.1.
package enum DeviceListShape: String, Sendable, CaseIterable {
    /// A bare array to a query without `version`, else an object.
    case auto
    /// Always `{"error":0,"devicelist":[…]}`: the seed's table.
    case object
    /// Always a bare array: the seed's example.
    case array
}

/// Who keeps a device that a second session registers.
///
/// Source: `coolkit-websocket.md` §4, `design.md` §4.
package enum Takeover: String, Sendable, CaseIterable {
    /// The newer session wins at once.
    case newest
    /// The older session keeps the device if it answers a ping.
    case oldestIfAlive
}

extension Duration {
    /// A number of days of 24 hours.
    package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
