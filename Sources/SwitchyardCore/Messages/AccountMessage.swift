package import CoolkitWire

/// Something that an account is told of, for its apps to list.
///
/// Source: `coolkit-v2-http.md` §6.
package struct AccountMessage: Hashable, Sendable {
    /// `msgType`, as far as there is something to tell here: the server pushes nothing and knows no cameras.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Another account shares a device with this one.
        case shareNotify = "shareNotify_v2"
        /// It does so no more.
        case cancelShareNotify = "cancelShareNotify_v2"
        /// A device was switched whose setting `opsNotify` is on.
        case opsNotify = "opsNotify_v2"
        /// A sensor gave alarm whose setting `alarmNotify` is on.
        case alarmNotify = "alarmNotify_v2"
    }

    /// What the content may take up as JSON.
    package static let maximumContentBytes = 8_192

    package let id: ObjectID
    package let account: AccountID
    package let kind: Kind
    /// The device that it is about; it may be gone.
    package let device: DeviceID
    /// `message`.
    package let content: JSONObject
    /// Within an account later messages have later times, so that apps can page by them.
    package var date: UnixTime

    package init(
        id: ObjectID,
        account: AccountID,
        kind: Kind,
        device: DeviceID,
        content: JSONObject,
        date: UnixTime
    ) {
        self.id = id
        self.account = account
        self.kind = kind
        self.device = device
        self.content = content
        self.date = date
    }
}

/// Which messages of an account are asked for: the newest that fit.
package struct MessageQuery: Hashable, Sendable {
    /// Messages from before this time; nil for all.
    package var before: UnixTime?
    /// Messages of this home: all but those about devices that stand in another one; nil for all.
    package var home: HomeID?
    /// As many at the most.
    package var limit: Int

    package init(before: UnixTime? = nil, home: HomeID? = nil, limit: Int) {
        self.before = before
        self.home = home
        self.limit = limit
    }
}
