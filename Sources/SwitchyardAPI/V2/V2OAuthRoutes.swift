import CoolkitWire
import Hummingbird
import SwitchyardCore
import SwitchyardTransport

/// `/v2/user/oauth/token`: tokens for a code of the authorization page, and their end.
///
/// The tokens are ordinary ones; they are refreshed and logged out as those of a log-in. Source: `coolkit-v2-http.md` §2.5.
struct V2OAuthRoutes: Sendable {
    let authenticator: V2Authenticator
    let oauth: OAuthService

    func add(to router: Router<APIRequestContext>) {
        router.post("/v2/user/oauth/token", use: trade)
        router.delete("/v2/user/oauth/token", use: unbind)
    }

    @Sendable
    private func trade(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.signedBody(request, context)
        let code = try call.parameters.required("code")
        let redirectURL = try call.parameters.required("redirectUrl")
        guard try call.parameters.required("grantType") == OAuthService.grantType else {
            throw SwitchyardError(.invalidInput, "params is error: grantType")
        }
        let client = LoginClient(appID: call.application.id, address: context.connection.peerAddress)
        return try await authenticator.repeatingElsewhere(call) {
            Self.answer(try await oauth.trade(code: code, redirectURL: redirectURL, client: client))
        }
    }

    private static func answer(_ result: LoginResult) -> Response {
        .version2(holdsTokens: true) { data in
            data.add("accessToken", result.tokens.accessToken)
            data.add("atExpiredTime", Int(result.accessExpiresAt.milliseconds))
            data.add("refreshToken", result.tokens.refreshToken)
            data.add("rtExpiredTime", Int(result.refreshExpiresAt.milliseconds))
        }
    }

    @Sendable
    private func unbind(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        try await oauth.unbind(call.account, from: call.grant.appID)
        return .version2()
    }
}
