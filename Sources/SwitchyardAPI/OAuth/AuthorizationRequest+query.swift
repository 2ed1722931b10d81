import Hummingbird
import SwitchyardCore

extension AuthorizationRequest {
    /// Reads the query of the authorization page.
    ///
    /// Clients leave the signature as it is, so that its `+` may have become a space. Source: `ewelink-api-next`,
    /// `createLoginUrl.ts`, which encodes nothing.
    init(queryOf request: Request) {
        let text = request.uri.query ?? ""
        let query = QueryParameters(text)
        self.init(
            clientID: query["clientId"] ?? "",
            sequence: query["seq"] ?? "",
            signature: (query["authorization"] ?? "").replacing(" ", with: "+"),
            redirectURL: query["redirectUrl"] ?? "",
            grantType: query["grantType"] ?? "",
            state: text.split(separator: "&").first { $0.hasPrefix("state=") }.map { String($0.dropFirst(6)) }
        )
    }
}
