import CoolkitWire

/// What the query of the authorization page says.
///
/// Source: `coolkit-v2-http.md` §2.5.
package struct AuthorizationRequest: Sendable {
    /// The appid.
    package let clientID: String
    /// What is signed with the appid: any text, in practice the time.
    package let sequence: String
    /// Base64 of the HMAC-SHA256 of `{clientId}_{seq}`.
    package let signature: String
    package let redirectURL: String
    package let grantType: String
    /// As it stands in the query, encoded; so it goes back, whatever the application means by a `+`.
    package let state: String?

    /// The longest `state`, in bytes.
    package static let maximumStateLength = 1_024
    /// The longest `seq`, in bytes.
    package static let maximumSequenceLength = 64

    package init(
        clientID: String,
        sequence: String,
        signature: String,
        redirectURL: String,
        grantType: String,
        state: String?
    ) {
        self.clientID = clientID
        self.sequence = sequence
        self.signature = signature
        self.redirectURL = redirectURL
        self.grantType = grantType
        self.state = state
    }

    /// Whether `seq` and `state` are of a sane length, and `state` may stand in an address.
    var isWellFormed: Bool {
        let state = state ?? ""
        return sequence.utf8.count <= Self.maximumSequenceLength && state.utf8.count <= Self.maximumStateLength
            && state.utf8.allSatisfy { RedirectURL.mayStand($0) && $0 != UInt8(ascii: "&") }
    }

    /// Whether the owner of the secret made the request.
    func isSigned(with secret: String) -> Bool {
        RequestSignature.verify(signature, body: Array("\(clientID)_\(sequence)".utf8), secret: secret)
    }
}

/// A request for authorization that may be put before a person.
package struct CheckedAuthorization: Sendable {
    package let application: ClientApplication
    package let redirectURL: RedirectURL
    package let state: String?

    /// Where the browser goes with a code.
    ///
    /// Source: `coolkit-v2-http.md` §2.5.
    package func location(code: String, region: String) -> String {
        redirectURL.appending([("code", code), ("region", region)]) + stateParameter
    }

    /// Where the browser goes when its user said no.
    ///
    /// Source: RFC 6749 §4.1.2.1.
    package var denial: String { redirectURL.appending([("error", "access_denied")]) + stateParameter }

    private var stateParameter: String { state.map { "&state=\($0)" } ?? "" }
}
