import CoolkitWire
import Hummingbird
import SwitchyardCore
import SwitchyardTransport

/// `POST /v2/user/verification-code`, and what a code is good for: `register`, `reset-pwd`, `close-account`.
///
/// Source: `coolkit-v2-http.md` §2.2, §2.4.
struct V2VerificationRoutes: Sendable {
    let authenticator: V2Authenticator
    let accounts: AccountService
    let verification: VerificationService

    func add(to router: Router<APIRequestContext>) {
        router.post("/v2/user/verification-code", use: sendCode)
        router.post("/v2/user/register", use: register)
        router.post("/v2/user/reset-pwd", use: resetPassword)
        router.post("/v2/user/close-account", use: closeAccount)
    }

    @Sendable
    private func sendCode(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.signedBody(request, context)
        let code = CodeRequest(
            purpose: try call.parameters.codePurpose("type"),
            destination: try call.parameters.accountIdentifier(),
            address: context.connection.peerAddress,
            language: call.parameters.language
        )
        return try await authenticator.repeatingElsewhere(call) {
            try await verification.sendCode(code)
            return .version2()
        }
    }

    @Sendable
    private func register(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.signedBody(request, context)
        let verified = try call.parameters.verifiedRequest(by: try LoginClient(call, context))
        return .version2(login: try await accounts.register(verified))
    }

    @Sendable
    private func resetPassword(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.signedBody(request, context)
        let client = LoginClient(
            appID: call.application.id,
            address: context.connection.peerAddress,
            telling: call.parameters
        )
        let verified = try call.parameters.verifiedRequest(by: client)
        return try await authenticator.repeatingElsewhere(call) {
            .version2(login: try await accounts.resetPassword(verified))
        }
    }

    /// Closing needs a code that was sent to the account's own address, for this purpose.
    @Sendable
    private func closeAccount(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        try await accounts.close(
            call.account,
            code: try call.parameters.required("verificationCode"),
            from: context.connection.peerAddress
        )
        return .version2()
    }
}

extension RequestParameters {
    /// The members that register and password reset have in common.
    ///
    /// Throws `invalidInput`.
    fileprivate func verifiedRequest(by client: LoginClient) throws(SwitchyardError) -> VerifiedRequest {
        VerifiedRequest(
            identifier: try accountIdentifier(),
            code: try required("verificationCode"),
            password: try password("password"),
            client: client
        )
    }
}
