import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// `POST /api/user/login` and `GET /api/user/refresh`: a password or a refresh token for a pair of tokens.
///
/// Source: `coolkit-v1-http.md` §2.4, §2.7.
struct LoginRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let accounts: AccountService
    let answer: LoginAnswer

    func add(to router: Router<APIRequestContext>) {
        router.post("/api/user/login", use: logIn)
        router.get("/api/user/refresh", use: refresh)
    }

    /// What is missing is told first, then the signature is checked, and only then the password.
    @Sendable
    private func logIn(_ request: Request, context: APIRequestContext) async throws -> Response {
        let body = try await RequestParameters.body(of: request)
        let parameters = try RequestParameters(body: body)
        _ = try parameters.required("appid")
        let credentials = try LoginCredentials(parameters)
        let address = context.connection.peerAddress
        let application = try await authenticator.signer(
            of: request,
            parameters: parameters,
            message: .body(body),
            from: address
        ) { accounts.knows(credentials, from: LoginClient(appID: $0.id, address: address, telling: parameters)) }
        let client = LoginClient(appID: application.id, address: address, telling: parameters)
        return try await authenticator.repeatingElsewhere(parameters, of: application) {
            answer.response(to: try await accounts.logIn(credentials, client: client))
        }
    }

    @Sendable
    private func refresh(_ request: Request, context: APIRequestContext) async throws -> Response {
        let parameters = RequestParameters(queryOf: request)
        _ = try parameters.required("appid")
        let refreshToken = try parameters.required("rt")
        let message = RequestAuthenticator.SignedMessage.query(request.uri.query ?? "")
        let address = context.connection.peerAddress
        let application = try await authenticator.signer(
            of: request,
            parameters: parameters,
            message: message,
            from: address
        ) { application throws(SwitchyardError) in
            try await accounts.canRefresh(refreshToken, appID: application.id)
        }
        return try await authenticator.repeatingElsewhere(parameters, of: application) {
            answer.response(to: try await accounts.refresh(refreshToken, appID: application.id, from: address))
        }
    }
}

/// The account and the password of a log-in.
struct LoginCredentials {
    /// Nil when the text is neither an e-mail address nor a phone number.
    let identifier: AccountIdentifier?
    let password: String

    /// Throws `invalidInput` when the password or both account fields are missing.
    ///
    /// The phone number takes priority.
    init(_ parameters: RequestParameters) throws(SwitchyardError) {
        password = try parameters.password("password")
        if let phone = parameters.text("phoneNumber") {
            identifier = AccountIdentifier(phone: phone)
        } else if let email = parameters.text("email") {
            identifier = AccountIdentifier(email: email)
        } else {
            throw SwitchyardError(.invalidInput, "params incomplete: phoneNumber or email")
        }
    }
}

extension AccountService {
    /// Logs in with what a request names.
    ///
    /// It asks for no form of its own: what no account can be called is an account that does not exist.
    func logIn(_ credentials: LoginCredentials, client: LoginClient) async throws(SwitchyardError) -> LoginResult {
        guard let identifier = credentials.identifier else {
            throw SwitchyardError(.accountNotFound, "user is not exit")
        }
        return try await logIn(identifier, password: credentials.password, client: client)
    }
}

extension AccountService {
    /// Whether the account that a request names knows its client.
    func knows(_ credentials: LoginCredentials, from client: LoginClient) -> Bool {
        credentials.identifier.map { knows(client, as: $0) } ?? false
    }
}

extension LoginClient {
    /// Takes over what the client says of itself, as far as it is of a sane length.
    init(
        appID: AppID,
        address: String,
        telling parameters: RequestParameters,
        countryCode: CountryCode? = nil
    ) {
        self.init(
            appID: appID,
            address: address,
            os: parameters.text("os").map(Self.shortened),
            model: parameters.text("model").map(Self.shortened),
            appVersion: parameters.text("appVersion").map(Self.shortened),
            countryCode: countryCode,
            language: parameters.language
        )
    }

    /// Counts scalars: one character may have thousands of them.
    private static func shortened(_ text: String) -> String { String(text.unicodeScalars.prefix(64)) }
}
