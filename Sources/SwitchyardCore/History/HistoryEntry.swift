package import CoolkitWire
import NIOCore

/// One change of a device's state, as the history keeps it.
package struct HistoryEntry: Hashable, Sendable {
    /// Who made the change.
    package enum Actor: Hashable, Sendable {
        /// The device reported it.
        case device
        /// An account commanded it and the device acknowledged; the account's apikey.
        case account(APIKey)
        /// The operator of the server commanded it, or a timer that the server runs.
        case operatorOfServer
    }

    package let device: DeviceID
    package let time: UnixTime
    package let actor: Actor
    /// What was reported or commanded, raw JSON: an object, or an array of objects.
    package let params: [UInt8]

    package init(device: DeviceID, time: UnixTime, actor: Actor, params: [UInt8]) {
        self.device = device
        self.time = time
        self.actor = actor
        self.params = params
    }

    /// The entry for a change that happened now.
    init(_ change: StateChange, at time: UnixTime) {
        let actor: Actor =
            switch change.source {
            case .device: .device
            case .command(_, let actingAPIKey, _):
                change.isByOperator ? .operatorOfServer : .account(actingAPIKey ?? change.ownerAPIKey)
            }
        self.init(device: change.device, time: time, actor: actor, params: Array(change.params.readableBytesView))
    }
}

/// An entry with its number: they count up for each device from 1.
package struct HistoryRecord: Hashable, Sendable {
    package let number: Int64
    package let entry: HistoryEntry

    package init(number: Int64, entry: HistoryEntry) {
        self.number = number
        self.entry = entry
    }
}

/// Which entries of a device are asked for.
package struct HistoryQuery: Hashable, Sendable {
    /// Entries with this time or a later one.
    package var from: UnixTime?
    /// Entries with this time or an earlier one.
    package var to: UnixTime?
    /// Entries with a number below this one: where the page before has ended.
    package var before: Int64?
    /// As many at the most.
    package var limit: Int

    package init(from: UnixTime? = nil, to: UnixTime? = nil, before: Int64? = nil, limit: Int) {
        self.from = from
        self.to = to
        self.before = before
        self.limit = limit
    }
}

/// What of the history is kept.
package struct HistorySettings: Hashable, Sendable {
    /// Changes of devices' states are kept.
    ///
    /// Default on.
    package var isEnabled = true
    /// The newest entries that are kept of each device; 1 to 100 000, default 1 000.
    package var maximumPerDevice = 1_000
    /// How long an entry is kept; 1 hour to 3 650 days, default 90 days.
    package var maximumAge = Duration.days(90)

    /// All defaults.
    package init() {}
}
