import SwitchyardCore

extension ConfigurationField {
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
            "Connections at a time from one address, IPv6 by its /64."
        ),
        integer(
            "limits.slowConnectionsPerAddress",
            \.limits.slowConnectionsPerAddress,
            1...10_000_000,
            "Connections of one address, IPv6 by its /64, that may be slow (a request not whole a second after its first byte, an answer taken at less than 5 kB/s) while further ones are let in from there."
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
            "Verification codes asked for per hour from one address (IPv6: /64) before it is refused; from an IPv6 /48 four times."
        ),
        integer(
            "limits.codesPerDay",
            \.limits.codesPerDay,
            1...10_000_000,
            "Verification codes sent within 24 hours to all together; then nobody gets one, and the log says so."
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
