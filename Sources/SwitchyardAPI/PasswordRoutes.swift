import CoolkitWire
import Hummingbird
import SwitchyardCore
import SwitchyardTransport

/// `POST /api/user/password`: a new password for the old one.
///
/// Source: `coolkit-v1-http.md` §2.6.
struct PasswordRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let accounts: AccountService

    func add(to router: Router<APIRequestContext>) { router.post("/api/user/password", use: change) }

    /// The answer of the original has no `error`.
    @Sendable
    private func change(_ request: Request, context: APIRequestContext) async throws -> Response {
        let token = try authenticator.tokenHash(of: request)
        let call = try await authenticator.bearerBody(request)
        let change = PasswordChange(
            oldPassword: try call.parameters.password("oldPassword"),
            newPassword: try call.parameters.password("newPassword"),
            token: token
        )
        try await accounts.changePassword(change, of: call.grant.accountID, from: context.connection.peerAddress)
        return .object { $0.add("message", "Change password is success!") }
    }
}
