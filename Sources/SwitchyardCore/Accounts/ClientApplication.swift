package import CoolkitWire

/// A client application that may sign requests: an `appid` and its secret, made by the operator.
package struct ClientApplication: Hashable, Sendable {
    package let id: AppID
    /// The HMAC key of request signatures.
    ///
    /// Kept readable, as a signature cannot be checked otherwise.
    package let secret: String
    package var name: String
    package let createdAt: UnixTime

    package init(id: AppID, secret: String, name: String, createdAt: UnixTime) {
        self.id = id
        self.secret = secret
        self.name = name
        self.createdAt = createdAt
    }
}
