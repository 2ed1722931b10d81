import SwitchyardCore
import SwitchyardServer
import TestSupport

/// The settings that a transcript may name.
enum TranscriptSettings {
    static func apply(_ name: String, _ value: String, to configuration: inout ServerConfiguration) throws {
        var settings = configuration.protocolSettings
        if let flag = flags[name], ["on", "off"].contains(value) {
            settings[keyPath: flag] = value == "on"
        } else if let bound = bounds[name], let number = Int(value) {
            settings[keyPath: bound] = number
        } else if let span = spans[name], value.hasSuffix("s"), let seconds = Int(value.dropLast()) {
            settings[keyPath: span] = .seconds(seconds)
        } else if name == "takeover", let takeover = Takeover(rawValue: value) {
            settings.takeover = takeover
        } else if name == "hbInterval", value == "unset" {
            settings.heartbeatInterval = nil
        } else if name == "hbInterval", value.hasSuffix("s"), let seconds = Int(value.dropLast()) {
            settings.heartbeatInterval = .seconds(seconds)
        } else {
            throw TestFailure("no setting: \(name) \(value)")
        }
        configuration.protocolSettings = settings
    }

    private static var flags: [String: WritableKeyPath<ProtocolSettings, Bool>] {
        [
            "hb": \.heartbeat, "requireAppidInUserOnline": \.requireAppidInUserOnline,
            "strictUserOnline": \.strictUserOnline, "strictRegister": \.strictRegister, "strictChipid": \.strictChipid,
            "strictActions": \.strictActions, "autoAdopt": \.autoAdopt, "strictSharedApikey": \.strictSharedApikey,
            "fastShareFail": \.fastShareFail, "serverTimers": \.serverTimers,
        ]
    }

    private static var bounds: [String: WritableKeyPath<ProtocolSettings, Int>] {
        [
            "maximumSubDevicesPerGateway": \.maximumSubDevicesPerGateway,
            "maximumSessionsPerAccount": \.maximumSessionsPerAccount,
            "maximumOutstandingCommandsPerSession": \.maximumOutstandingCommandsPerSession,
            "maximumAdoptedDevices": \.maximumAdoptedDevices,
            "maximumAdoptedDevicesPerAddress": \.maximumAdoptedDevicesPerAddress,
            "maximumPendingSharesPerAccount": \.maximumPendingSharesPerAccount,
            "maximumSharesPerDevice": \.maximumSharesPerDevice, "maximumSharesPerAccount": \.maximumSharesPerAccount,
        ]
    }

    private static var spans: [String: WritableKeyPath<ProtocolSettings, Duration>] {
        [
            "accessTokenLifetime": \.accessTokenLifetime, "commandTimeout": \.commandTimeout,
            "offlineGrace": \.offlineGrace, "registerHold": \.registerHold, "shareTimeout": \.shareTimeout,
            "idleSlack": \.idleSlack,
            "upgradeTimeout": \.upgradeTimeout,
            "sensorOfflineAfter": \.sensorOfflineAfter,
        ]
    }
}
