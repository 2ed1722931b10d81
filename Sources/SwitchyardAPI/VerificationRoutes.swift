import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// `POST /api/sms`, and what a verification code is good for: `POST /api/user/register` and `/api/user/password/reset`.
///
/// As with a log-in, what is missing is told first, then the signature is checked, and only then anything is looked up.
/// Source: `coolkit-v1-http.md` §2.2, §2.3, §2.5.
struct VerificationRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let accounts: AccountService
    let verification: VerificationService
    let answer: LoginAnswer

    func add(to router: Router<APIRequestContext>) {
        router.post("/api/sms", use: sendCode)
        router.post("/api/user/register", use: register)
        router.post("/api/user/password/reset", use: resetPassword)
    }

    @Sendable
    private func sendCode(_ request: Request, context: APIRequestContext) async throws -> Response {
        let body = try await RequestParameters.body(of: request)
        let parameters = try RequestParameters(body: body)
        _ = try parameters.required("appid")
        let purpose = try parameters.codePurpose("sendType")
        let destination = try parameters.codeDestination()
        let application = try await authenticator.signer(
            of: request,
            parameters: parameters,
            message: .body(body),
            from: context.connection.peerAddress
        )
        return try await authenticator.repeatingElsewhere(parameters, of: application) {
            try await verification.sendCode(
                CodeRequest(
                    purpose: purpose,
                    destination: destination,
                    address: context.connection.peerAddress,
                    language: parameters.language
                )
            )
            return .object { $0.add("error", 0) }
        }
    }

    @Sendable
    private func register(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await verifiedCall(request, context: context)
        return answer.response(to: try await accounts.register(call.verified))
    }

    @Sendable
    private func resetPassword(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await verifiedCall(request, context: context)
        return try await authenticator.repeatingElsewhere(call.parameters, of: call.application) {
            answer.response(to: try await accounts.resetPassword(call.verified))
        }
    }

    /// A signed call with a verification code.
    private struct VerifiedCall: Sendable {
        let application: ClientApplication
        let parameters: RequestParameters
        let verified: VerifiedRequest
    }

    private func verifiedCall(_ request: Request, context: APIRequestContext) async throws -> VerifiedCall {
        let body = try await RequestParameters.body(of: request)
        let parameters = try RequestParameters(body: body)
        _ = try parameters.required("appid")
        let identifier = try parameters.accountIdentifier()
        let code = try parameters.required("verificationCode")
        let password = try parameters.password("password")
        let application = try await authenticator.signer(
            of: request,
            parameters: parameters,
            message: .body(body),
            from: context.connection.peerAddress
        )
        let client = LoginClient(appID: application.id, address: context.connection.peerAddress, telling: parameters)
        return VerifiedCall(
            application: application,
            parameters: parameters,
            verified: VerifiedRequest(identifier: identifier, code: code, password: password, client: client)
        )
    }
}

extension RequestParameters {
    /// What a code is for, as number or text.
    func codePurpose(_ name: String) throws(SwitchyardError) -> CodePurpose {
        guard let purpose = Int(try required(name)).flatMap(CodePurpose.init(rawValue:)) else {
            throw SwitchyardError(.invalidInput, "params is error: \(name)")
        }
        return purpose
    }

    /// `email` or `to`, never both.
    fileprivate func codeDestination() throws(SwitchyardError) -> AccountIdentifier {
        switch (text("email"), text("to")) {
        case (let email?, nil): return try Self.email(email)
        case (nil, let number?): return try Self.phone(number, "to")
        case (nil, nil): throw SwitchyardError(.invalidInput, "params incomplete: email or to")
        case (_?, _?): throw SwitchyardError(.invalidInput, "params is error: email and to exclude each other")
        }
    }

    /// `phoneNumber`, which takes priority, or `email`.
    func accountIdentifier() throws(SwitchyardError) -> AccountIdentifier {
        if let number = text("phoneNumber") { return try Self.phone(number, "phoneNumber") }
        if let email = text("email") { return try Self.email(email) }
        throw SwitchyardError(.invalidInput, "params incomplete: phoneNumber or email")
    }

    private static func email(_ text: String) throws(SwitchyardError) -> AccountIdentifier {
        guard let identifier = AccountIdentifier(email: text) else {
            throw SwitchyardError(.invalidInput, "params is error: email")
        }
        return identifier
    }

    private static func phone(_ text: String, _ name: String) throws(SwitchyardError) -> AccountIdentifier {
        guard let identifier = AccountIdentifier(phone: text) else {
            throw SwitchyardError(.invalidInput, "params is error: \(name)")
        }
        return identifier
    }
}
