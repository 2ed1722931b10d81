package import CoolkitWire

/// A code that an application trades for tokens, once: what the store keeps of it.
///
/// It is kept on disk like every promise: a browser that was sent on with a code gets its tokens from a server that was started
/// anew meanwhile, and a code that was used is known as used. Source: `coolkit-v2-http.md` §2.5; RFC 6749 §4.1.2.
package struct AuthorizationCode: Hashable, Sendable {
    /// The hash of the code, which is a UUID.
    package let hash: TokenHash
    package let accountID: AccountID
    /// The only application that may trade it.
    package let appID: AppID
    /// The URL that the browser was sent to; the trade names it once more.
    package let redirectURL: RedirectURL
    package let createdAt: UnixTime
    /// The log-in that came out of the trade; nil until then.
    package var family: ObjectID?

    /// How long a code is good.
    ///
    /// Source: `coolkit-v2-http.md` §2.5.
    package static let lifetime = Duration.seconds(30)
    /// How long a used code is remembered, so that its coming back is noticed.
    package static let memory = Duration.seconds(3_600)
    /// Codes of one account that are kept, used or not; the oldest go.
    package static let maximumPerAccount = 16

    package init(
        hash: TokenHash,
        accountID: AccountID,
        appID: AppID,
        redirectURL: RedirectURL,
        createdAt: UnixTime,
        family: ObjectID? = nil
    ) {
        self.hash = hash
        self.accountID = accountID
        self.appID = appID
        self.redirectURL = redirectURL
        self.createdAt = createdAt
        self.family = family
    }
}
