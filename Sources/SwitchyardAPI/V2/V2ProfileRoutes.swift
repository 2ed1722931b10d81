import CoolkitWire
import Hummingbird
import SwitchyardCore
import SwitchyardTransport

/// `GET` and `POST /v2/user/profile`, `POST /v2/user/change-pwd`: what an account's owner sees and changes of it.
///
/// Source: `coolkit-v2-http.md` §2.4.
struct V2ProfileRoutes: Sendable {
    let authenticator: V2Authenticator
    let accounts: AccountService

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/user/profile", use: profile)
        router.post("/v2/user/profile", use: change)
        router.post("/v2/user/change-pwd", use: changePassword)
    }

    @Sendable
    private func profile(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let account = try await accounts.account(of: call.grant)
        return .version2(capacity: 1_024) { $0.add(profileOf: account) }
    }

    @Sendable
    private func change(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        try await accounts.changeProfile(try ProfileChange(call.parameters), of: call.account)
        return .version2()
    }

    @Sendable
    private func changePassword(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let change = PasswordChange(
            oldPassword: try call.parameters.password("oldPassword"),
            newPassword: try call.parameters.password("newPassword"),
            token: call.token
        )
        try await accounts.changePassword(change, of: call.account, from: context.connection.peerAddress)
        return .version2()
    }
}

extension ProfileChange {
    /// Reads the members that are there; what is absent, empty or null stays as it is.
    ///
    /// Throws `invalidInput`. Source: `coolkit-v2-http.md` §2.4, client ewelink-api-next (`updateUserInfo`).
    fileprivate init(_ parameters: RequestParameters) throws(SwitchyardError) {
        self.init()
        nickname = try parameters.optionalText("nickname")
        acceptsAdvertising = try parameters.flag("acceptEmailAd")
        wasConsulted = try parameters.flag("accountConsult")
        if wasConsulted == false { throw Self.wrong("accountConsult") }
        if let text = try parameters.optionalText("language") {
            guard let tag = LanguageTag(text) else { throw Self.wrong("language") }
            languageTag = tag
        }
        if let text = try parameters.optionalText("lang") {
            guard let language = Language(lang: text) else { throw Self.wrong("lang") }
            self.language = language
        }
        timeZone = try Self.timeZone(parameters.value("timezone"))
        subscribedEmail = try Self.email(parameters.value("emailSubscription"))
    }

    private static func timeZone(_ value: JSON?) throws(SwitchyardError) -> ProfileTimeZone? {
        guard let value, !value.isNull else { return nil }
        guard let id = value["id"]?.stringValue, let offset = value["offset"].flatMap(Self.hours),
            let zone = ProfileTimeZone(id: id, offsetHours: offset)
        else { throw wrong("timezone") }
        return zone
    }

    /// A number, or a text that spells one.
    private static func hours(_ value: JSON) -> Double? {
        switch value {
        case .number(let number): number.double
        case .string(let text): JSONNumber(spelling: text)?.double
        default: nil
        }
    }

    private static func email(_ value: JSON?) throws(SwitchyardError) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value["email"]?.stringValue, let address = AccountIdentifier(email: text) else {
            throw wrong("emailSubscription")
        }
        return address.description
    }

    private static func wrong(_ name: String) -> SwitchyardError {
        SwitchyardError(.invalidInput, "params is error: \(name)")
    }
}

extension RequestParameters {
    /// True or false; nil when it is absent, null or empty.
    ///
    /// Throws `invalidInput` for anything else.
    fileprivate func flag(_ name: String) throws(SwitchyardError) -> Bool? {
        guard let value = value(name), !value.isNull, value.stringValue != "" else { return nil }
        guard let flag = value.boolValue else { throw SwitchyardError(.invalidInput, "params is error: \(name)") }
        return flag
    }
}
