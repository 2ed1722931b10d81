import CoolkitWire
import Hummingbird
import Logging
import SwitchyardCore
import SwitchyardTransport

/// `GET /api/user/region`: where an app finds its server.
///
/// Source: `coolkit-v1-http.md` §2.1.
struct RegionRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let settings: ProtocolSettings
    let clock: WallClock

    func add(to router: Router<APIRequestContext>) {
        router.get("/api/user/region", use: region)
    }

    /// One server is one region, whatever the country code says.
    @Sendable
    private func region(_ request: Request, context: APIRequestContext) async throws -> Response {
        let parameters = RequestParameters(queryOf: request)
        try await checkSignature(of: request, parameters: parameters, context: context)
        return .object { object in
            object.add("requestid", requestID(parameters))
            object.add("region", settings.region)
            object.add("error", 0)
        }
    }

    /// A wrong signature is let pass unless `strictRegionSignature`: a released generation of clients signs this one call
    /// wrongly, and the original answered it.
    ///
    /// Source: `test-vectors.md` §5, last paragraph.
    private func checkSignature(
        of request: Request,
        parameters: RequestParameters,
        context: APIRequestContext
    ) async throws(SwitchyardError) {
        let message = RequestAuthenticator.SignedMessage.query(request.uri.query ?? "")
        guard !settings.strictRegionSignature else {
            _ = try await authenticator.signer(
                of: request,
                parameters: parameters,
                message: message,
                from: context.connection.peerAddress
            )
            return
        }
        let claim = try authenticator.claimedSigner(of: request, parameters: parameters, message: message)
        guard !claim.isSigned else { return }
        context.logger.debug(
            "region asked with a wrong signature",
            metadata: ["peer": "\(context.connection.peerAddress)"]
        )
    }

    /// `<ts>-<nonce>`, with our own for what the client did not send.
    private func requestID(_ parameters: RequestParameters) -> String {
        let timestamp = parameters.timestamp ?? String(clock.now.seconds)
        return "\(timestamp)-\(parameters.nonce ?? RandomText.alphanumeric(length: 8))"
    }
}
