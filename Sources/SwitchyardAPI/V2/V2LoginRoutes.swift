import CoolkitWire
import Hummingbird
import SwitchyardCore
import SwitchyardTransport

/// `POST /v2/user/login`, `sms-login` and `refresh`, `DELETE /v2/user/logout`: from no tokens to tokens, and back.
///
/// Source: `coolkit-v2-http.md` §2.3, §2.4.
struct V2LoginRoutes: Sendable {
    let authenticator: V2Authenticator
    let accounts: AccountService

    func add(to router: Router<APIRequestContext>) {
        router.post("/v2/user/login", use: logIn)
        router.post("/v2/user/sms-login", use: logInByCode)
        router.post("/v2/user/refresh", use: refresh)
        router.delete("/v2/user/logout", use: logOut)
    }

    /// A wrong password is 10001 and nothing more at first: `homebridge-ewelink` then tries the same password once more, decoded.
    @Sendable
    private func logIn(_ request: Request, context: APIRequestContext) async throws -> Response {
        let address = context.connection.peerAddress
        let call = try await authenticator.signedBody(request, context) {
            application,
            parameters throws(SwitchyardError) in
            let client = LoginClient(appID: application.id, address: address, telling: parameters)
            return accounts.knows(try LoginCredentials(parameters), from: client)
        }
        let client = try LoginClient(call, context)
        let credentials = try LoginCredentials(call.parameters)
        return try await authenticator.repeatingElsewhere(call) {
            .version2(login: try await accounts.logIn(credentials, client: client))
        }
    }

    @Sendable
    private func logInByCode(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.signedBody(request, context)
        let client = try LoginClient(call, context)
        let number = try call.parameters.required("phoneNumber")
        let code = try call.parameters.required("verificationCode")
        guard let phone = AccountIdentifier(phone: number) else {
            throw SwitchyardError(.invalidInput, "params is error: phoneNumber")
        }
        return try await authenticator.repeatingElsewhere(call) {
            .version2(login: try await accounts.logIn(phone, code: code, client: client))
        }
    }

    /// Signed, or with the `at` that shall be replaced, which may have expired.
    ///
    /// `user` is for `ewelink-api-next`, which reads `user.apikey`.
    @Sendable
    private func refresh(_ request: Request, context: APIRequestContext) async throws -> Response {
        let address = context.connection.peerAddress
        if let accessToken = try? authenticator.base.tokenHash(of: request) {  // Without a token it has to be signed.
            let parameters = try RequestParameters(body: try await RequestParameters.body(of: request))
            let refreshToken = try parameters.required("rt")
            return answer(try await accounts.refresh(refreshToken, accessToken: accessToken, from: address))
        }
        let call = try await authenticator.signedBody(request, context) {
            application,
            parameters throws(SwitchyardError) in
            try await accounts.canRefresh(try parameters.required("rt"), appID: application.id)
        }
        let refreshToken = try call.parameters.required("rt")
        return try await authenticator.repeatingElsewhere(call) {
            answer(try await accounts.refresh(refreshToken, appID: call.application.id, from: address))
        }
    }

    private func answer(_ login: LoginResult) -> Response {
        .version2(capacity: 1_024, holdsTokens: true) { data in
            data.add("at", login.tokens.accessToken)
            data.add("rt", login.tokens.refreshToken)
            data.add("user", V2UserObject(account: login.account).write)
        }
    }

    @Sendable
    private func logOut(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        try await accounts.logOut(call.grant)
        return .version2()
    }
}

extension LoginClient {
    /// The client of a call of version 2 that has to tell its country.
    ///
    /// Throws `invalidInput`.
    init(_ call: V2SignedRequest, _ context: APIRequestContext) throws(SwitchyardError) {
        guard let code = CountryCode(try call.parameters.required("countryCode")) else {
            throw SwitchyardError(.invalidInput, "params is error: countryCode")
        }
        self.init(
            appID: call.application.id,
            address: context.connection.peerAddress,
            telling: call.parameters,
            countryCode: code
        )
    }
}
