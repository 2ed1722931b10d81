@testable import SwitchyardServer

/// A value other than the default for every setting, as a person would write it, all valid together.
enum ConfigurationSamples {
    static let texts: [String: String] = [
        "data": "folder",
        "region": "us",
        "trustedProxies": "10.0.0.0/8,fd00::1",
        "demo": "true",
        "listeners.public.minimumTLS": "1.3",
        "listeners.public.addresses": "192.0.2.1,192.0.2.1:443",
        "listeners.public.port": "8090",
        "listeners.public.advertise.ipv4": "203.0.113.7",
        "listeners.public.advertise.domain": "home.example.org",
        "listeners.public.advertise.port": "443",
        "listeners.device.enabled": "true",
        "listeners.device.addresses": "192.0.2.2",
        "listeners.device.port": "9443",
        "listeners.device.advertise.ipv4": "203.0.113.8",
        "listeners.device.advertise.domain": "device.example.org",
        "listeners.device.advertise.port": "444",
        "listeners.plain.enabled": "true",
        "listeners.plain.addresses": "192.0.2.3,2001:db8::1",
        "listeners.plain.port": "9081",
        "listeners.plain.advertise.ipv4": "203.0.113.9",
        "listeners.plain.advertise.domain": "plain.example.org",
        "listeners.plain.advertise.port": "80",
        "listeners.compression": "false",
        "listeners.ota.enabled": "true",
        "listeners.ota.addresses": "192.0.2.4",
        "listeners.ota.port": "9088",
        "listeners.ota.advertise.ipv4": "203.0.113.10",
        "listeners.ota.advertise.domain": "ota.example.org",
        "listeners.ota.advertise.port": "89",
        "protocol.singleLoginScope": "account",
        "protocol.accessTokenLifetime": "12h",
        "protocol.refreshTokenLifetime": "13h",
        "protocol.refreshGrace": "0s",
        "protocol.strictGeneralParams": "true",
        "protocol.loginErrorZero": "true",
        "protocol.deviceListShape": "array",
        "protocol.restrictDevicesToAppid": "true",
        "protocol.exposeDevicekeyToReceivers": "true",
        "protocol.strictGetSignature": "true",
        "protocol.strictRegionSignature": "true",
        "protocol.clockSkewLimit": "5m",
        "protocol.hb": "false",
        "protocol.hbInterval": "off",
        "protocol.idleSlack": "20s",
        "protocol.handshakeTimeout": "31s",
        "protocol.failedHandshakeLimit": "11",
        "protocol.requireAppidInUserOnline": "true",
        "protocol.strictUserOnline": "true",
        "protocol.strictRegister": "true",
        "protocol.strictChipid": "true",
        "protocol.strictActions": "true",
        "protocol.takeover": "oldestIfAlive",
        "protocol.commandTimeout": "9s",
        "protocol.upgradeTimeout": "31s",
        "protocol.registerHold": "0s",
        "protocol.serverTimers": "true",
        "protocol.offlineGrace": "1500ms",
        "protocol.autoAdopt": "true",
        "protocol.strictSharedApikey": "true",
        "protocol.shareTimeout": "50s",
        "protocol.fastShareFail": "true",
        "firmware.allowUnsignedDownloads": "true",
        "firmware.throttle": "always",
        "firmware.maximumImageBytes": "65536",
        "firmware.maximumReleases": "3",
        "firmware.maximumDownloads": "4",
        "protocol.sensorOfflineAfter": "3h",
        "protocol.simpleDispatchPaths": "/iot/dispatch,/x",
        "history.enabled": "false",
        "history.maximumPerDevice": "999",
        "history.maximumAge": "7d",
        "limits.eventLoops": "3",
        "limits.connections": "5000",
        "limits.connectionsPerAddress": "50",
        "limits.failedLoginsPerAddress": "31",
        "limits.failedLoginsPerAccount": "12",
        "limits.failedReportsPerAddress": "33",
        "limits.failedReportsPerDevice": "13",
        "limits.stopDeadline": "3s",
        "limits.outstandingCommandsPerSession": "33",
        "limits.queuedFrames": "257",
        "limits.sessionsPerAccount": "65",
        "limits.devicesPerAccount": "1001",
        "limits.subDevicesPerGateway": "32",
        "limits.groupsPerAccount": "101",
        "limits.factoryRecords": "2000",
        "limits.adoptedDevices": "1002",
        "limits.adoptedDevicesPerAddress": "33",
        "limits.sharesPerDevice": "65",
        "limits.sharesPerAccount": "1002",
        "limits.pendingSharesPerAccount": "9",
        "limits.tokenPairsPerAccount": "66",
        "limits.stateFlushInterval": "2s",
        "log.level": "debug",
        "log.format": "json",
    ]

    /// The sample of a field as it is printed.
    static func value(of field: ConfigurationField) throws -> ConfigurationValue {
        var configuration = ServerConfiguration()
        let text = texts[field.key] ?? ""
        try field.apply(field.isList ? text.split(separator: ",").map(String.init) : [text], &configuration)
        return field.value(configuration)
    }

    /// All samples together.
    static func configuration() throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        for field in ConfigurationField.table {
            let text = texts[field.key] ?? ""
            try field.apply(field.isList ? text.split(separator: ",").map(String.init) : [text], &configuration)
        }
        return configuration
    }
}
