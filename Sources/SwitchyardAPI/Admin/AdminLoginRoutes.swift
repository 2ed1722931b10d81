import CoolkitWire
import Hummingbird
import SwitchyardCore

extension AdminAPI {
    /// `/logins`: the clients that are logged in, whether they have a socket open or not.
    ///
    /// Tokens are never shown.
    func addLoginRoutes(to router: Router<Context>) {
        router.get("logins") { request, _ in
            Response.json(["logins": try await logins(of: request.uri.queryParameters.get("account"))])
        }
        router.delete("logins/:id") { _, context in
            guard let id = ObjectID(try context.pathText("id")) else {
                throw SwitchyardError(.notFound, "there is no such log-in")
            }
            try await accounts.endLogin(id)
            return Response.noContent
        }
        router.delete("accounts/:account/logins") { _, context in
            let account = try await accounts.account(named: try context.pathText("account"))
            return Response.json(["ended": JSON(try await accounts.endLogins(of: account.id))])
        }
    }

    /// Those of one account, or of all.
    private func logins(of name: String?) async throws -> JSON {
        if let name {
            let account = try await accounts.account(named: name)
            let logins = try await accounts.activeLogins(of: account.id)
            return describe(logins, [account.id: account.identifier.description])
        }
        let identifiers = Dictionary(
            try await accounts.accounts().map { ($0.id, $0.identifier.description) },
            uniquingKeysWith: { first, _ in first }
        )
        return describe(try await accounts.activeLogins(), identifiers)
    }

    private func describe(_ logins: [ActiveLogin], _ identifiers: [AccountID: String]) -> JSON {
        var sockets: [AccountID: [ObjectID: Int]] = [:]
        for login in logins where sockets[login.accountID] == nil {
            sockets[login.accountID] = sessions.openSockets(of: login.accountID)
        }
        return JSON(
            logins.map { login in
                Self.describe(
                    login,
                    account: identifiers[login.accountID] ?? login.accountID.description,
                    sockets: sockets[login.accountID]?[login.id] ?? 0
                )
            }
        )
    }

    private static func describe(_ login: ActiveLogin, account: String, sockets: Int) -> JSON {
        let facts = login.facts
        return [
            "id": JSON(login.id.description),
            "account": JSON(account),
            "application": JSON(login.appID.rawValue),
            "os": facts.os.map { JSON($0) } ?? nil,
            "model": facts.model.map { JSON($0) } ?? nil,
            "appVersion": facts.appVersion.map { JSON($0) } ?? nil,
            "address": facts.address.map { JSON($0) } ?? nil,
            "loggedInAt": JSON(login.loggedInAt.iso8601),
            "refreshedAt": login.refreshedAt.map { JSON($0.iso8601) } ?? nil,
            "expiresAt": JSON(login.expiresAt.iso8601),
            "sockets": JSON(sockets),
        ]
    }
}
