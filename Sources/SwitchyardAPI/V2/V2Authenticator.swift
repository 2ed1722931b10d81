import CoolkitWire
import HTTPTypes
import Hummingbird
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// Finds out who calls in version 2: the application that signed a call before log-in, the account behind the token after it.
///
/// `appid` and nonce are headers, `ts` and `version` are gone. Source: `coolkit-v2-http.md` §1.1, §1.2.
struct V2Authenticator: Sendable {
    let base: RequestAuthenticator

    // MARK: Calls before log-in

    /// The call, when its body is signed by an application.
    ///
    /// The signature is looked at first, as everything in the body is under it.
    ///
    /// - Parameter proof: shows beside the signature who calls; asked only when the address has sent too much that was wrong.
    /// - Throws: `invalidInput` without `X-CK-Appid` and for what is no JSON object, `applicationUnknown`,
    ///   `authenticationFailed`; `busy` after too many of those from one address.
    func signedBody(
        _ request: Request,
        _ context: APIRequestContext,
        proof: ((ClientApplication, RequestParameters) async throws(SwitchyardError) -> Bool)? = nil
    ) async throws -> V2SignedRequest {
        let body = try await RequestParameters.body(of: request)
        let claim = Result { () throws(SwitchyardError) in try signer(of: request, body: body) }
        let application = try await base.signatures.judge(claim, from: context.connection.peerAddress) {
            application throws(SwitchyardError) in
            guard let proof else { return false }
            return try await proof(application, try RequestParameters(body: body))
        }
        let nonce = try checkNonce(of: request, by: application)
        return V2SignedRequest(application: application, nonce: nonce, parameters: try RequestParameters(body: body))
    }

    private func signer(of request: Request, body: ByteBuffer) throws(SwitchyardError) -> ClientApplication {
        let application = try application(of: request)
        guard base.isRight(try signature(of: request), of: .body(body), by: application) else {
            throw Self.wrongSignature
        }
        return application
    }

    /// The call, when its query is signed by an application.
    ///
    /// - Throws: `invalidInput` without `X-CK-Appid`, `applicationUnknown`, `authenticationFailed`.
    func signedQuery(_ request: Request, _ context: APIRequestContext) async throws(SwitchyardError) -> V2SignedRequest
    {
        let claim = Result { () throws(SwitchyardError) in
            let (call, isSigned) = try claimedQuery(request)
            guard isSigned else { throw Self.wrongSignature }
            return call
        }
        _ = try await base.signatures.judge(claim.map(\.application), from: context.connection.peerAddress)
        return try claim.get()
    }

    /// The same, and whether the signature is right.
    ///
    /// There has to be one.
    func claimedQuery(_ request: Request) throws(SwitchyardError) -> (V2SignedRequest, isSigned: Bool) {
        let application = try application(of: request)
        let message = RequestAuthenticator.SignedMessage.query(request.uri.query ?? "")
        let isSigned = base.isRight(try signature(of: request), of: message, by: application)
        let call = V2SignedRequest(
            application: application,
            nonce: isSigned ? try checkNonce(of: request, by: application) : nil,
            parameters: RequestParameters(queryOf: request)
        )
        return (call, isSigned)
    }

    /// The application that the call names.
    ///
    /// Throws `invalidInput` without `X-CK-Appid`, `applicationUnknown`.
    func application(of request: Request) throws(SwitchyardError) -> ClientApplication {
        guard let text = request.headers.text("X-CK-Appid") else {
            throw SwitchyardError(.invalidInput, "params incomplete: X-CK-Appid")
        }
        guard let id = AppID(text) else { throw SwitchyardError(.applicationUnknown, "appid is unknown") }
        return try base.applications.application(id)
    }

    private static var wrongSignature: SwitchyardError {
        SwitchyardError(.authenticationFailed, "the signature does not match the request")
    }

    /// The signature that the call brings, right or not.
    private func signature(of request: Request) throws(SwitchyardError) -> String {
        guard case .sign(let signature)? = request.headers[.authorization].flatMap({ AuthorizationHeader($0) }) else {
            throw Self.wrongSignature
        }
        return signature
    }

    /// Returns the nonce when it counts: the application may not use one twice.
    ///
    /// Only for what is signed: nobody else can use one up.
    private func checkNonce(
        of request: Request,
        by application: ClientApplication
    ) throws(SwitchyardError) -> String? {
        guard application.checks.refusesReplays else { return nil }
        guard let nonce = request.headers.text("X-CK-Nonce") else {
            throw SwitchyardError(.invalidInput, "params incomplete: X-CK-Nonce")
        }
        guard base.applications.replays.admit(timestamp: "", nonce: nonce, of: application.id) else {
            throw SwitchyardError(.authenticationFailed, "the nonce was used before")
        }
        return nonce
    }

    /// Runs `work`; when that sends the client to another region, the same request may come once more.
    ///
    /// Source: `coolkit-v2-http.md` §2.3 ("clients repeat the same body and headers at the other region").
    func repeatingElsewhere<Value>(_ call: V2SignedRequest, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as SwitchyardError where error.code == .otherRegion {
            if let nonce = call.nonce {
                base.applications.replays.forget(timestamp: "", nonce: nonce, of: call.application.id)
            }
            throw error
        }
    }

    // MARK: Calls after log-in

    /// The call of an account: its token is checked first, then the parameters are read.
    ///
    /// They stand in the query of a GET; in the body of a POST or PUT, which may be empty where nothing has to be said; and for
    /// DELETE in either. Source: `coolkit-v2-http.md` §1 ("Methods").
    /// - Throws: `tokenMissing`, `tokenUnknown`, `tokenExpired`, `invalidInput`.
    func bearer(_ request: Request) async throws -> V2Request {
        let token = try base.tokenHash(of: request)
        let grant = try base.accounts.authenticate(token)
        return V2Request(grant: grant, token: token, parameters: try await Self.parameters(of: request))
    }

    private static func parameters(of request: Request) async throws -> RequestParameters {
        guard request.method != .get else { return RequestParameters(queryOf: request) }
        let body = try await RequestParameters.body(of: request)
        guard request.method == .delete else {
            return body.readableBytes == 0 ? RequestParameters() : try RequestParameters(body: body)
        }
        return body.readableBytes == 0
            ? RequestParameters(queryOf: request) : try RequestParameters(queryOf: request, orBody: body)
    }
}

/// A call that an application signed.
///
/// A class for the reason that `BodyMembers` tells of.
final class V2SignedRequest: Sendable {
    let application: ClientApplication
    /// Set when it may not come twice.
    let nonce: String?
    let parameters: RequestParameters

    init(application: ClientApplication, nonce: String?, parameters: RequestParameters) {
        self.application = application
        self.nonce = nonce
        self.parameters = parameters
    }
}

/// A call whose token is good.
struct V2Request: Sendable {
    let grant: AccessGrant
    let token: TokenHash
    let parameters: RequestParameters

    var account: AccountID { grant.accountID }
}

extension HTTPFields {
    /// The field of this name in whatever case; nil when it is absent or empty.
    fileprivate func text(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { self[$0] }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
