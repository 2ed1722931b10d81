import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// `GET` and `DELETE /v2/user/sessions`: the log-ins of the caller's account, an extension of ours.
///
/// A token is never shown; a log-in's id is none. Source: `docs/protocol.md` ("Log-ins").
struct V2SessionRoutes: Sendable {
    let authenticator: V2Authenticator
    let accounts: AccountService
    let sessions: any SessionDirectory

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/user/sessions", use: list)
        router.delete("/v2/user/sessions", use: end)
    }

    @Sendable
    private func list(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let logins = try await accounts.activeLogins(of: call.account)
        let sockets = sessions.openSockets(of: call.account)
        return .version2(capacity: 1_024) { data in
            data.add("sessionList", array: logins) { login, buffer in
                buffer.writeJSONObject { object in
                    object.add(login)
                    object.add("sockets", sockets[login.id] ?? 0)
                    object.add("current", login.id == call.grant.login)
                }
            }
        }
    }

    /// The caller's own may be ended as well: then it is a log-out.
    @Sendable
    private func end(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        guard let id = ObjectID(try call.parameters.required("id")) else {
            throw SwitchyardError(.notFound, "there is no such log-in")
        }
        try await accounts.endLogin(id, of: call.account)
        return .version2()
    }
}

extension JSONMembers {
    /// Times in milliseconds, as everywhere in version 2; what is not known is left out.
    fileprivate mutating func add(_ login: ActiveLogin) {
        add("id", login.id.description)
        add("appid", login.appID.rawValue)
        if let os = login.facts.os { add("os", os) }
        if let model = login.facts.model { add("model", model) }
        if let appVersion = login.facts.appVersion { add("appVersion", appVersion) }
        if let address = login.facts.address { add("ip", address) }
        add("loginTime", Int(login.loggedInAt.milliseconds))
        if let time = login.refreshedAt { add("refreshTime", Int(time.milliseconds)) }
        add("expireTime", Int(login.expiresAt.milliseconds))
    }
}
