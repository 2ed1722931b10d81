import Hummingbird
import Logging
import SwitchyardCore
import SwitchyardTransport

/// `GET /v2/utils/get-region`: where an app finds its server.
///
/// Source: `coolkit-v2-http.md` §2.1.
struct V2RegionRoutes: Sendable {
    let authenticator: V2Authenticator
    let settings: ProtocolSettings

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/utils/get-region", use: region)
    }

    /// A wrong signature is let pass unless `strictRegionSignature`, as in version 1.
    ///
    /// Source: `test-vectors.md` §5, last paragraph.
    private func call(_ request: Request, _ context: APIRequestContext) async throws(SwitchyardError) -> V2SignedRequest
    {
        guard !settings.strictRegionSignature else { return try await authenticator.signedQuery(request, context) }
        let (call, isSigned) = try authenticator.claimedQuery(request)
        if !isSigned {
            context.logger.debug(
                "region asked with a wrong signature",
                metadata: ["peer": "\(context.connection.peerAddress)"]
            )
        }
        return call
    }

    /// One server is one region, whatever the country code says; it may stand there with its `+` or without.
    @Sendable
    private func region(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await self.call(request, context)
        guard CountryCode(try call.parameters.required("countryCode")) != nil else {
            throw SwitchyardError(.invalidInput, "params is error: countryCode")
        }
        return .version2 { $0.add("region", settings.region) }
    }
}
