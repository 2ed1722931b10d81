import Hummingbird
import SwitchyardCore

/// `GET /v2/utils/get-region`: where an app finds its server.
///
/// Source: `coolkit-v2-http.md` §2.1.
struct V2RegionRoutes: Sendable {
    let authenticator: V2Authenticator
    let settings: ProtocolSettings

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/utils/get-region", use: region)
    }

    /// One server is one region, whatever the country code says; it may stand there with its `+` or without.
    @Sendable
    private func region(_ request: Request, context: APIRequestContext) throws -> Response {
        let call = try authenticator.signedQuery(request)
        _ = try call.parameters.required("countryCode")
        return .version2 { $0.add("region", settings.region) }
    }
}
