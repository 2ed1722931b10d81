import CoolkitWire
import Hummingbird
import SwitchyardCore

extension AdminAPI {
    /// `/accounts`: an account is named by e-mail address, phone number, id or apikey.
    func addAccountRoutes(to router: Router<Context>) {
        router.get("accounts") { _, _ in
            Response.json(["accounts": JSON(try await accounts.accounts().map(describe))])
        }
        router.post("accounts") { request, _ in
            let body = try await AdminRequestBody(of: request, members: ["identifier", "password", "region"])
            guard let identifier = AccountIdentifier(try body.requiredText("identifier")) else {
                throw SwitchyardError(
                    .invalidInput,
                    "'identifier' is neither an e-mail address nor + and the digits of a phone number"
                )
            }
            let account = try await accounts.create(
                identifier,
                password: try body.requiredText("password"),
                region: try body.text("region")
            )
            return Response.json(describe(account), status: .created)
        }
        router.put("accounts/:account/password") { request, context in
            let body = try await AdminRequestBody(of: request, members: ["password"])
            let account = try await accounts.account(named: try context.pathText("account"))
            try await accounts.setPassword(try body.requiredText("password"), of: account.id)
            return Response.noContent
        }
        router.put("accounts/:account/region") { request, context in
            let body = try await AdminRequestBody(of: request, members: ["region"])
            let account = try await accounts.account(named: try context.pathText("account"))
            try await accounts.setRegion(try body.requiredText("region"), of: account.id)
            return Response.json(describe(try await accounts.account(named: account.id.description)))
        }
        router.delete("accounts/:account") { _, context in
            let account = try await accounts.account(named: try context.pathText("account"))
            try await accounts.remove(account.id)
            return Response.noContent
        }
    }

    private func describe(_ account: Account) -> JSON {
        [
            "id": JSON(account.id.description),
            "identifier": JSON(account.identifier.description),
            "nickname": JSON(account.nickname),
            "region": JSON(account.region),
            "regionHost": accounts.otherHost(of: account).map { JSON($0) } ?? nil,
            "language": JSON(account.language.rawValue),
            "apikey": JSON(account.apiKey.rawValue),
            "createdAt": JSON(account.createdAt.iso8601),
            "lastLoginAt": account.lastLogin.map { JSON($0.time.iso8601) } ?? nil,
            "devices": JSON(registry.devices(of: account.id).count),
            "online": JSON(sessions.isOnline(account.id)),
        ]
    }
}
