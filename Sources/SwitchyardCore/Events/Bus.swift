package import CoolkitWire
package import NIOCore
import Synchronization

/// Carries what happened to whoever wants to know: the hub's app sessions, gateways, `device watch`.
package protocol Bus: Sendable {
    /// Calls every subscriber on the publisher's thread. Subscribers return at once and do their work elsewhere.
    func publish(_ event: ServerEvent)
    /// Adds a subscriber; the subscription ends with the returned token's `cancel()`.
    func subscribe(_ receive: @escaping @Sendable (ServerEvent) -> Void) -> BusSubscription
}

/// What happened.
package enum ServerEvent: Sendable {
    /// A device's state changed, by its report or by a command that it acked.
    case stateChanged(StateChange)
    /// A device came or went.
    case presenceChanged(PresenceChange)
    /// A gateway listed its sub-devices.
    case subDevicesReported(SubDeviceListing)
    /// A device was added to an account.
    case deviceAdded(DeviceID, owner: AccountID)
    /// A device left its account.
    case deviceRemoved(DeviceID, owner: AccountID)
    /// A receiver's apps have to be told about a share.
    case shareAnnounced(ShareNotice)
    /// A share began or ended.
    case shareChanged(ShareChange)
    /// An account is gone, with all it had.
    case accountRemoved(AccountID)
    /// A device's upgrade went a step further.
    case upgrade(UpgradeEvent)
    /// These access tokens are dead.
    case tokensRevoked([TokenHash])
    /// A refresh put a new access token in the place of an old one.
    case tokenReplaced(old: [TokenHash], new: TokenHash, expiresAt: UnixTime)
}

/// A change of a device's `params`.
package struct StateChange: Sendable {
    /// Who made the change.
    package enum Source: Sendable {
        /// The device reported; raw JSON of its `d_seq` and `seq`.
        case device(deviceSequence: ByteBuffer?, seq: ByteBuffer?)
        /// An app or gateway commanded and the device acked. `session` is left out of the broadcast.
        case command(sequence: SequenceText?, actingAPIKey: APIKey?, session: ObjectIdentifier?)
    }

    /// Who hears of it is asked when it is delivered: owner and receivers.
    package let live: LiveDevice
    /// What was reported or commanded, raw JSON, not the whole state.
    package let params: ByteBuffer
    package let source: Source
    /// False when the state was the same before, or the device's history is switched off (`opsHistory`): apps hear of it all
    /// the same, the history does not keep it.
    package let entersHistory: Bool
    /// Set for a command of the server's operator, who has no apikey.
    package let isByOperator: Bool
    /// Set when the owner is to be told by a message.
    package let notice: StateNotice?

    package init(
        of device: LiveDevice,
        params: ByteBuffer,
        source: Source,
        entersHistory: Bool = true,
        isByOperator: Bool = false,
        notice: StateNotice? = nil
    ) {
        live = device
        self.params = params
        self.source = source
        self.entersHistory = entersHistory
        self.isByOperator = isByOperator
        self.notice = notice
    }

    package var device: DeviceID { live.id }
    package var owner: AccountID { live.ownership.owner }
    package var ownerAPIKey: APIKey { live.ownership.apiKey }
}

/// A gateway's list of its sub-devices, as it sent it.
package struct SubDeviceListing: Sendable {
    /// The gateway.
    ///
    /// Who hears of it is asked when it is delivered: owner and receivers.
    package let live: LiveDevice
    /// Raw JSON.
    package let params: ByteBuffer
    /// Raw JSON of the gateway's `d_seq`.
    package let deviceSequence: ByteBuffer?

    package var gateway: DeviceID { live.id }
    package var ownerAPIKey: APIKey { live.ownership.apiKey }
}

/// A device came or went.
package struct PresenceChange: Sendable {
    /// Who hears of it is asked when it is delivered: owner and receivers.
    package let live: LiveDevice
    package let isOnline: Bool
    package let time: UnixTime

    package init(of device: LiveDevice, isOnline: Bool, time: UnixTime) {
        live = device
        self.isOnline = isOnline
        self.time = time
    }

    package var device: DeviceID { live.id }
    package var owner: AccountID { live.ownership.owner }
    package var ownerAPIKey: APIKey { live.ownership.apiKey }
}

/// A share that began or ended, whatever the reason.
package struct ShareChange: Sendable {
    package let share: Share
    /// The device's name at that time.
    package let deviceName: String
    package let hasBegun: Bool

    package init(_ share: Share, deviceName: String, hasBegun: Bool) {
        self.share = share
        self.deviceName = deviceName
        self.hasBegun = hasBegun
    }
}

/// Ends a subscription.
package struct BusSubscription: Sendable {
    private let end: @Sendable () -> Void

    package init(_ end: @escaping @Sendable () -> Void) { self.end = end }

    package func cancel() { end() }
}

/// The bus of a single process.
package final class LocalBus: Bus {
    private struct Subscriber {
        let number: UInt64
        let receive: @Sendable (ServerEvent) -> Void
    }

    private struct State {
        var subscribers: [Subscriber] = []
        var nextNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func publish(_ event: ServerEvent) {
        let subscribers = state.withLock { $0.subscribers }
        for subscriber in subscribers { subscriber.receive(event) }
    }

    package func subscribe(_ receive: @escaping @Sendable (ServerEvent) -> Void) -> BusSubscription {
        let number = state.withLock { state in
            let number = state.nextNumber
            state.nextNumber += 1
            state.subscribers.append(Subscriber(number: number, receive: receive))
            return number
        }
        return BusSubscription { [weak self] in
            self?.state.withLock { $0.subscribers.removeAll { $0.number == number } }
        }
    }
}
