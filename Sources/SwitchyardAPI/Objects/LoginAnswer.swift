import Hummingbird
import NIOCore
import SwitchyardCore

/// The answer of log-in, refresh, register and password reset: tokens, user and region.
struct LoginAnswer: Sendable {
    let sessions: any SessionDirectory
    let settings: ProtocolSettings

    /// No `error`, as one client takes its presence for a failure; with `loginErrorZero` it is there.
    ///
    /// Source: `coolkit-v1-http.md` §1.4.
    func response(to result: LoginResult) -> Response {
        let user = UserObject(account: result.account, isOnline: sessions.isOnline(result.account.id))
        return .object(capacity: 1_024, holdsTokens: true) { object in
            object.add("at", result.tokens.accessToken)
            object.add("rt", result.tokens.refreshToken)
            object.add("user", user.write)
            object.add("region", result.account.region)
            if settings.loginErrorZero { object.add("error", 0) }
        }
    }
}
