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
    ///
    /// A wrong signature is let pass unless `strictRegionSignature`: a released generation of clients signs this one call
    /// wrongly, and the original answered it. Source: `test-vectors.md` §5, last paragraph.
    @Sendable
    private func region(_ request: Request, context: APIRequestContext) throws -> Response {
        let parameters = RequestParameters(queryOf: request)
        let (_, isSigned) = try authenticator.claimedSigner(
            of: request,
            parameters: parameters,
            message: .query(request.uri.query ?? "")
        )
        if !isSigned {
            guard !settings.strictRegionSignature else {
                throw SwitchyardError(.authenticationFailed, "Sign:sign does not match the request")
            }
            context.logger.debug("region asked with a wrong signature", metadata: ["peer": "\(context.connection.peerAddress)"])
        }
        return .object { object in
            object.add("requestid", requestID(parameters))
            object.add("region", settings.region)
            object.add("error", 0)
        }
    }

    /// `<ts>-<nonce>`, with our own for what the client did not send.
    private func requestID(_ parameters: RequestParameters) -> String {
        let timestamp = parameters.timestamp ?? String(clock.now.seconds)
        return "\(timestamp)-\(parameters.nonce ?? RandomText.alphanumeric(length: 8))"
    }
}
