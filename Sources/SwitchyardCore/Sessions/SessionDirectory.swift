package import CoolkitWire

/// The live sockets, for those who list and close them.
///
/// Implemented by the hub.
package protocol SessionDirectory: Sendable {
    /// The open sessions of apps and devices, oldest first.
    func sessions() -> [SessionDescription]
    /// Whether an app of the account has a session.
    func isOnline(_ account: AccountID) -> Bool
    /// How many sockets apps of the account have open, by the log-in that they came with.
    func openSockets(of account: AccountID) -> [ObjectID: Int]
    /// Closes a session by its number. False when there is none.
    func close(session number: UInt64) -> Bool
}

/// One live session, as an operator sees it.
package struct SessionDescription: Hashable, Sendable {
    /// Whom the session is for.
    package enum Kind: Hashable, Sendable {
        case app(AccountID, AppID, login: ObjectID)
        case device(DeviceID)
    }

    /// Unique while the server runs.
    package let number: UInt64
    package let kind: Kind
    /// Numeric address of the peer.
    package let address: String
    package let openedAt: UnixTime
    /// What the app said of itself; nothing for a device.
    package let client: ClientFacts

    package init(
        number: UInt64,
        kind: Kind,
        address: String,
        openedAt: UnixTime,
        client: ClientFacts = ClientFacts()
    ) {
        self.number = number
        self.kind = kind
        self.address = address
        self.openedAt = openedAt
        self.client = client
    }
}

/// The environment that an app reports in `userOnline`, for as long as its session lives; what it leaves out is nil.
///
/// Source: `coolkit-websocket.md` §2.
package struct ClientFacts: Hashable, Sendable {
    /// `android` or `ios`.
    package var os: String?
    package var appVersion: String?
    package var model: String?
    package var romVersion: String?
    /// `apkVesrion` on the wire.
    package var apkVersion: String?
    package var imei: String?

    package init() {}
}
