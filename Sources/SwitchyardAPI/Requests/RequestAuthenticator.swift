import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// Finds out who calls: the application that signed a call before log-in, the account behind the token of a call after it.
///
/// Source: `coolkit-v1-http.md` §1.1, §1.2, §1.4; `test-vectors.md` §1.
struct RequestAuthenticator: Sendable {
    let accounts: AccountService
    let applications: ApplicationService
    let settings: ProtocolSettings
    let clock: WallClock

    /// The text of the original for a call without a token; the JSON in it is a text.
    private static let missingTokenText = #"{"error":401,"msg":"Bearer:accessToken is empty"}"#

    // MARK: Calls before log-in

    /// What a client signs.
    enum SignedMessage {
        /// The body as it came.
        case body(ByteBuffer)
        /// The query, in one of the forms that clients use.
        case query(String)
    }

    /// The application that signed the call.
    ///
    /// - Throws: `invalidInput` without an appid (with `strictGeneralParams`: without any of the four), `applicationUnknown`,
    ///   `authenticationFailed` for a missing header, a wrong signature, or a `ts` beyond `clockSkewLimit`; `busy` after too
    ///   many of those from one address.
    /// - Parameter proof: shows beside the signature who calls; asked only when the address has sent too much that was wrong.
    func signer(
        of request: Request,
        parameters: RequestParameters,
        message: SignedMessage,
        from address: String,
        proof: ((ClientApplication) async throws(SwitchyardError) -> Bool)? = nil
    ) async throws(SwitchyardError) -> ClientApplication {
        let claim = Result { () throws(SwitchyardError) in
            let (application, isSigned) = try claimedSigner(of: request, parameters: parameters, message: message)
            guard isSigned else { throw SwitchyardError(.authenticationFailed, "Sign:sign does not match the request") }
            return application
        }
        let application = try await signatures.judge(claim, from: address, proof: proof)
        try checkReplay(parameters, of: application)
        return application
    }

    /// Holds up whoever guesses at signatures.
    var signatures: SignatureJudge { SignatureJudge(limits: accounts.limits.credentials) }

    /// With `nonceReplayCheck` of the application: `ts` and `nonce` together come once.
    ///
    /// Only for what is signed: nobody else can use up a pair. Source: `coolkit-v1-http.md` §1.1.
    private func checkReplay(
        _ parameters: RequestParameters,
        of application: ClientApplication
    ) throws(SwitchyardError) {
        guard application.checks.refusesReplays else { return }
        guard let timestamp = parameters.timestamp, let nonce = parameters.nonce else {
            throw SwitchyardError(.invalidInput, "params incomplete: nonce and ts")
        }
        guard applications.replays.admit(timestamp: timestamp, nonce: nonce, of: application.id) else {
            throw SwitchyardError(.authenticationFailed, "Sign:nonce was used before")
        }
    }

    /// Runs `work`; when that sends the client to another region, the same request may come once more.
    ///
    /// Source: `coolkit-v1-http.md` §2.4 ("301 procedure": the client repeats the same body with the same signature).
    func repeatingElsewhere<Value>(
        _ parameters: RequestParameters,
        of application: ClientApplication,
        _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch let error as SwitchyardError where error.code == .otherRegion {
            if let timestamp = parameters.timestamp, let nonce = parameters.nonce {
                applications.replays.forget(timestamp: timestamp, nonce: nonce, of: application.id)
            }
            throw error
        }
    }

    /// The application that the call names, and whether its signature is right.
    func claimedSigner(
        of request: Request,
        parameters: RequestParameters,
        message: SignedMessage
    ) throws(SwitchyardError) -> (ClientApplication, isSigned: Bool) {
        let text = try parameters.required("appid")
        try checkGeneralParameters(parameters)
        guard case .sign(let signature)? = request.headers[.authorization].flatMap({ AuthorizationHeader($0) }) else {
            throw SwitchyardError(.authenticationFailed, "Sign:Authorization header is missing or malformed")
        }
        guard let appID = AppID(text) else { throw SwitchyardError(.applicationUnknown, "appid is unknown") }
        let application = try applications.application(appID)
        try checkTimestamp(parameters, of: application)
        return (application, isRight(signature, of: message, by: application))
    }

    /// Whether the signature is the application's, of this message.
    func isRight(
        _ signature: String,
        of message: SignedMessage,
        by application: ClientApplication
    ) -> Bool {
        switch message {
        case .body(let body):
            RequestSignature.verify(signature, body: body, secret: application.secret)
        case .query(let query):
            RequestSignature.verify(
                signature,
                query: query,
                secret: application.secret,
                strict: settings.strictGetSignature
            )
        }
    }

    /// With `clockSkewLimit`, the application's or the server's: `ts` is near the server's clock.
    ///
    /// Clients send seconds, some milliseconds.
    private func checkTimestamp(
        _ parameters: RequestParameters,
        of application: ClientApplication
    ) throws(SwitchyardError) {
        guard let limit = application.checks.clockSkewLimit(ofServer: settings.clockSkewLimit) else { return }
        guard let timestamp = parameters.integer("ts").flatMap({ Int64(exactly: $0) }) else {
            throw SwitchyardError(.invalidInput, "params incomplete: ts")
        }
        let isMilliseconds = timestamp.magnitude > 100_000_000_000
        let time = UnixTime(milliseconds: isMilliseconds ? timestamp : timestamp * 1_000)
        let now = clock.now
        guard now.advanced(by: .zero - limit) <= time, time <= now.advanced(by: limit) else {
            throw SwitchyardError(.authenticationFailed, "Sign:ts is too far from the server's clock")
        }
    }

    // MARK: Calls after log-in

    /// What the call's token grants.
    ///
    /// - Throws: `tokenMissing`, `tokenUnknown`, `tokenExpired`.
    func grant(of request: Request) throws(SwitchyardError) -> AccessGrant {
        try accounts.authenticate(try tokenHash(of: request))
    }

    /// The hash of the call's token, good or not.
    ///
    /// Throws `tokenMissing`.
    func tokenHash(of request: Request) throws(SwitchyardError) -> TokenHash {
        guard case .bearer(let token)? = request.headers[.authorization].flatMap({ AuthorizationHeader($0) }),
            !token.isEmpty
        else { throw SwitchyardError(.tokenMissing, Self.missingTokenText) }
        return TokenHash(of: token)
    }

    /// Checks the token and reads the query.
    func bearerQuery(_ request: Request) throws(SwitchyardError) -> BearerRequest {
        let grant = try grant(of: request)
        let parameters = RequestParameters(queryOf: request)
        try checkGeneralParameters(parameters)
        return BearerRequest(grant: grant, parameters: parameters, body: ByteBuffer())
    }

    /// Checks the token, then reads the body.
    func bearerBody(_ request: Request) async throws -> BearerRequest {
        let grant = try grant(of: request)
        let body = try await RequestParameters.body(of: request)
        let parameters = try RequestParameters(body: body)
        try checkGeneralParameters(parameters)
        return BearerRequest(grant: grant, parameters: parameters, body: body)
    }

    /// With `strictGeneralParams`: all four general parameters are there.
    func checkGeneralParameters(_ parameters: RequestParameters) throws(SwitchyardError) {
        guard settings.strictGeneralParams else { return }
        for (name, value) in [
            ("appid", parameters.appID), ("nonce", parameters.nonce), ("ts", parameters.timestamp),
            ("version", parameters.version),
        ] where value == nil {
            throw SwitchyardError(.invalidInput, "params incomplete: \(name)")
        }
    }
}

/// A call whose token is good.
struct BearerRequest: Sendable {
    let grant: AccessGrant
    let parameters: RequestParameters
    /// Empty for calls with a query.
    let body: ByteBuffer

    /// `getTags=1`: device objects carry `tags`.
    var wantsTags: Bool { parameters.integer("getTags") == 1 }
}
