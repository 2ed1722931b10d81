import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// Somebody's browser on the authorization page of an application.
struct AuthorizationVisit: Sendable {
    static let redirectURL = "https://app.example.org/linked?from=switchyard"

    let rig: TLSRig
    var query: String
    var listener = TestListener.public
    /// What the browser sends along with each request.
    var headers: [(name: String, value: String)] = []

    /// Makes the application and registers the URL.
    static func prepare(_ rig: TLSRig) async throws -> AuthorizationVisit {
        try await prepare(rig, of: try await rig.makeApplication().id.rawValue)
    }

    /// Registers the URL for the application of the documents.
    static func prepare(_ rig: TLSRig, of appID: String) async throws -> AuthorizationVisit {
        let id = AppID(unchecked: appID)
        _ = try await rig.server.switchyard.applications.setRedirectURLs([try RedirectURL(redirectURL)], of: id)
        return AuthorizationVisit(rig: rig, query: Self.query())
    }

    /// The query as `ewelink-api-next` makes it, which encodes nothing.
    static func query(
        appID: String = TLSRig.appID,
        secret: String = TLSRig.secret,
        redirectURL: String = redirectURL,
        grantType: String = "authorization_code",
        state: String? = "a%20b%26c"
    ) -> String {
        let signature = RequestSignature.sign("\(appID)_1700000000000".utf8, secret: secret)
        let stateParameter = state.map { "&state=\($0)" } ?? ""
        return "clientId=\(appID)&redirectUrl=\(redirectURL)&grantType=\(grantType)\(stateParameter)&nonce=zt123456"
            + "&seq=1700000000000&showQRCode=null&authorization=\(signature)"
    }

    func show() async throws -> APIAnswer { try await rig.send(request("GET")) }

    func request(_ method: String, form: String? = nil, cookie: String? = nil) -> APIRequest {
        var request = APIRequest(method: method, target: "/oauth/index.html?\(query)").through(listener)
        for header in headers { request = request.adding(header.name, header.value) }
        if let cookie { request = request.adding("Cookie", cookie) }
        guard let form else { return request }
        request.body = form
        return request.adding("Content-Type", "application/x-www-form-urlencoded")
    }

    /// Shows the page, fills its form in and sends it.
    func answer(
        account: String = "ann%40example.org",
        password: String = TLSRig.password,
        answer: String = "allow"
    ) async throws -> APIAnswer {
        let page = try await show()
        let form = "token=\(Self.token(in: page))&account=\(account)&password=\(password)&answer=\(answer)"
        return try await rig.send(request("POST", form: form, cookie: Self.cookie(of: page)))
    }

    /// The form's token, as a browser sends it.
    static func token(in page: APIAnswer) -> String {
        let value = String(page.text.firstMatch(of: #/name="token" value="([^"]*)"/#)?.1 ?? "")
        return value.replacing("+", with: "%2B").replacing("/", with: "%2F").replacing("=", with: "%3D")
    }

    /// The cookie without its attributes.
    static func cookie(of page: APIAnswer) -> String {
        String(page.headers["set-cookie"]?.prefix { $0 != ";" } ?? "")
    }

    /// Lets the application in; gives the code.
    func code(account: String = "ann%40example.org") async throws -> String {
        let location = try #require(try await answer(account: account).headers["location"])
        let code = try #require(location.firstMatch(of: #/[?&]code=([0-9a-f-]{36})&/#)?.1)
        return String(code)
    }

    static func trade(
        _ code: String,
        redirectURL: String = redirectURL,
        appID: String = TLSRig.appID,
        secret: String = TLSRig.secret
    ) -> APIRequest {
        APIRequest.post(
            "/v2/user/oauth/token",
            [
                "redirectUrl": .string(redirectURL), "code": .string(code), "grantType": "authorization_code",
            ]
        ).signedV2(appID: appID, secret: secret)
    }
}
