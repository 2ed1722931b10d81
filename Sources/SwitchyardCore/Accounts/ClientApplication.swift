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
    /// What is asked of its signed requests beyond the signature.
    package var checks: RequestChecks
    /// Where browsers may be sent with a code for it, each once, in order; none: it cannot ask people for access.
    package var redirectURLs: [RedirectURL]

    package init(
        id: AppID,
        secret: String,
        name: String,
        createdAt: UnixTime,
        checks: RequestChecks = RequestChecks(),
        redirectURLs: [RedirectURL] = []
    ) {
        self.id = id
        self.secret = secret
        self.name = name
        self.createdAt = createdAt
        self.checks = checks
        self.redirectURLs = redirectURLs
    }
}

/// The checks of signed requests that are set for each application, as released clients pass none of them.
///
/// Source: `coolkit-v1-http.md` §1.1.
package struct RequestChecks: Hashable, Sendable {
    /// How far `ts` may be from the server's clock.
    package enum ClockSkewLimit: Hashable, Sendable {
        /// As the setting `clockSkewLimit` of the server says.
        case ofServer
        /// `ts` is not looked at.
        case off
        /// 1 second to 1 day.
        case limit(Duration)
    }

    /// A pair of `ts` and `nonce` is taken once.
    ///
    /// Default off.
    package var refusesReplays: Bool
    /// Default: the server's.
    package var clockSkewLimit: ClockSkewLimit

    package init(refusesReplays: Bool = false, clockSkewLimit: ClockSkewLimit = .ofServer) {
        self.refusesReplays = refusesReplays
        self.clockSkewLimit = clockSkewLimit
    }

    /// The limit in force; nil does not look at `ts`.
    package func clockSkewLimit(ofServer limit: Duration?) -> Duration? {
        switch clockSkewLimit {
        case .ofServer: limit
        case .off: nil
        case .limit(let own): own
        }
    }
}
