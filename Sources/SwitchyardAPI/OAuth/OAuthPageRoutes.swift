import Hummingbird
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// `/oauth/index.html`: where somebody lets an application use the devices of their account.
///
/// The page keeps nothing on the server: what it is about stands in its query, is checked with each request, and the form's
/// seal is good for that query alone. Source: `coolkit-v2-http.md` §2.5.
struct OAuthPageRoutes: Sendable {
    let oauth: OAuthService
    let settings: ProtocolSettings
    private let credentials: CredentialLimits
    private let forms = FormGuard()

    init(oauth: OAuthService, credentials: CredentialLimits, settings: ProtocolSettings) {
        self.oauth = oauth
        self.credentials = credentials
        self.settings = settings
    }

    func add(to router: Router<APIRequestContext>) {
        router.get("/oauth/index.html", use: ask)
        router.post("/oauth/index.html", use: answer)
        router.get(RouterPath(OAuthPage.stylesheetPath)) { _, _ in Self.stylesheet }
    }

    private static var stylesheet: Response {
        var response = Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: OAuthStylesheet.text)))
        response.headers[.contentType] = "text/css; charset=utf-8"
        response.headers[.cacheControl] = "max-age=300"
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }

    /// One request for the page, good or not.
    private struct Visit: Sendable {
        let request: Request
        let context: APIRequestContext
        let page: OAuthPage

        init(_ request: Request, _ context: APIRequestContext) {
            self.request = request
            self.context = context
            page = OAuthPage(text: OAuthPageText(of: request))
        }
    }

    @Sendable
    private func ask(_ request: Request, context: APIRequestContext) -> Response {
        let visit = Visit(request, context)
        return withAuthorization(of: visit) { form($0, visit) }
    }

    @Sendable
    private func answer(_ request: Request, context: APIRequestContext) async -> Response {
        let visit = Visit(request, context)
        switch check(visit) {
        case .failure(let error): return refuse(error, visit)
        case .success(let authorization): return await answer(visit, about: authorization)
        }
    }

    private func answer(_ visit: Visit, about authorization: CheckedAuthorization) async -> Response {
        let fields: FormBody
        do {
            fields = try await FormBody(of: visit.request)
        } catch {
            return refuse(error as? SwitchyardError ?? SwitchyardError(.invalidInput, "no form"), visit)
        }
        guard forms.admits(fields, visit.request, visit.context.connection) else {
            return form(authorization, visit, status: .forbidden, fault: visit.page.text.staleForm)
        }
        if fields["answer"] == "deny" { return OAuthPage.redirect(to: authorization.denial) }
        return await logIn(fields, visit, authorization)
    }

    private func logIn(_ fields: FormBody, _ visit: Visit, _ authorization: CheckedAuthorization) async -> Response {
        let account = fields["account"]
        do {
            let location = try await location(authorization, account, fields["password"], visit)
            return OAuthPage.redirect(to: location)
        } catch {
            log(error, visit)
            let host = error.data.region.flatMap { settings.regionHosts[$0] }
            let fault = visit.page.text.fault(error, host: host)
            return form(authorization, visit, status: Self.status(of: error), account: account, fault: fault)
        }
    }

    private func location(
        _ authorization: CheckedAuthorization,
        _ account: String,
        _ password: String,
        _ visit: Visit
    ) async throws(SwitchyardError) -> String {
        guard let identifier = AccountIdentifier(entered: account), !password.isEmpty else {
            throw SwitchyardError(.invalidInput, "no account can have this name")
        }
        return try await oauth.authorize(
            authorization,
            by: identifier,
            password: password,
            from: visit.context.connection.peerAddress
        )
    }

    private static func status(of error: SwitchyardError) -> HTTPResponse.Status {
        switch error.code {
        case .busy: .tooManyRequests
        case .storageFailed, .internalFault: .internalServerError
        default: .forbidden
        }
    }

    private func withAuthorization(of visit: Visit, _ body: (CheckedAuthorization) -> Response) -> Response {
        switch check(visit) {
        case .success(let authorization): body(authorization)
        case .failure(let error): refuse(error, visit)
        }
    }

    /// Whoever has sent too many wrong signatures is not told any more whether one is right.
    private func check(_ visit: Visit) -> Result<CheckedAuthorization, SwitchyardError> {
        let address = visit.context.connection.peerAddress
        guard !credentials.holdsUp(address) else { return .failure(credentials.busy(address)) }
        let checked = Result { () throws(SwitchyardError) in
            try oauth.check(AuthorizationRequest(queryOf: visit.request))
        }
        return checked.mapError { $0.code.isWrongCredential ? credentials.count($0, from: address) : $0 }
    }

    private func refuse(_ error: SwitchyardError, _ visit: Visit) -> Response {
        log(error, visit)
        return visit.page.refusal(error)
    }

    private func form(
        _ authorization: CheckedAuthorization,
        _ visit: Visit,
        status: HTTPResponse.Status = .ok,
        account: String = "",
        fault: String? = nil
    ) -> Response {
        let cookie = forms.cookie(of: visit.request, visit.context.connection)
        let form = OAuthPage.Form(
            authorization: authorization,
            cookie: cookie,
            token: forms.token(for: cookie, of: visit.request),
            account: account,
            fault: fault
        )
        return visit.page.form(form, status: status)
    }

    private func log(_ error: SwitchyardError, _ visit: Visit) {
        let isOurs = error.code == .storageFailed || error.code == .internalFault
        visit.context.logger.log(
            level: isOurs ? .error : .debug,
            "authorization refused",
            metadata: ["reason": "\(error)", "peer": "\(visit.context.connection.peerAddress)"]
        )
    }
}

extension AccountIdentifier {
    /// Reads what a person typed: spaces around it, and within a phone number, do not count.
    fileprivate init?(entered text: String) {
        let text = text.filter { !$0.isWhitespace }
        self.init(text.hasPrefix("+") && !text.contains("@") ? text.filter { !"-()/.".contains($0) } : text)
    }
}
