package import CoolkitWire
package import NIOCore

/// One of the three share commands of an owner's app.
///
/// Source: `coolkit-websocket.md` §10.
package struct ShareOrder: Sendable {
    package enum Kind: Sendable {
        case share
        case updateShare
        case cancelShare
    }

    package let kind: Kind
    /// Names the order while it waits, and is the `sequence` of what is sent to the receiver.
    package let number: Int64
    package let device: DeviceID
    /// Whose app it is.
    package let actor: AccountID
    /// The receiver's e-mail address or phone number, as it came.
    package let uid: String
    package let change: ShareTermsChange
    /// When the owner's app says that it was; nil for now.
    package let sharedAt: UnixTime?
    /// The `params` as they came: the receiver gets them.
    package let params: ByteBuffer
    /// Until when the receiver may decide.
    package let deadline: MonotonicTime

    package init(
        _ kind: Kind,
        number: Int64,
        device: DeviceID,
        actor: AccountID,
        uid: String,
        change: ShareTermsChange = .none,
        sharedAt: UnixTime? = nil,
        params: ByteBuffer,
        deadline: MonotonicTime
    ) {
        self.kind = kind
        self.number = number
        self.device = device
        self.actor = actor
        self.uid = uid
        self.change = change
        self.sharedAt = sharedAt
        self.params = params
        self.deadline = deadline
    }
}

/// What an owner hears about an order; the numbers stand on the wire.
///
/// Source: `coolkit-websocket.md` §10.1, table of results.
package enum ShareResult: Int, Hashable, Sendable {
    case notTheSharer = 0
    case userNotFound = 1
    /// Accepted; or done at once.
    case done = 2
    /// Refused; or failed.
    case refused = 3
    case alreadyShared = 4
}

/// How an order ended.
package enum ShareOutcome: Sendable {
    case result(ShareResult)
    case failed(SwitchyardError)
}

/// What a receiver's apps are told about a share.
package struct ShareNotice: Sendable {
    package let kind: ShareOrder.Kind
    package let receiver: AccountID
    package let device: DeviceID
    package let ownerAPIKey: APIKey
    /// Made by the server; an answer to `share` repeats it.
    package let number: Int64
    package let params: ByteBuffer

    package init(_ order: ShareOrder, to receiver: AccountID, ownerAPIKey: APIKey) {
        kind = order.kind
        self.receiver = receiver
        device = order.device
        self.ownerAPIKey = ownerAPIKey
        number = order.number
        params = order.params
    }

    /// What the operator's cancelling tells the receiver.
    init(cancelling share: Share, number: Int64) {
        kind = .cancelShare
        receiver = share.receiver.id
        device = share.device
        ownerAPIKey = share.owner.apiKey
        self.number = number
        params =
            JSON.object([
                "uid": .string(share.receiver.identifier.description),
                "deviceName": .string(share.terms.deviceName),
            ]).buffer
    }
}
