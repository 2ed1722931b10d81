import CoolkitWire

/// One good call to an endpoint of version 2, for the faults that every endpoint can have.
struct V2Call: Sendable {
    let name: String
    let request: @Sendable (FaultWorld) -> APIRequest
    /// The call may come without a body.
    var needsNoBody = false
    /// The parameters are not read from a body: those of a GET.
    var hasBody = true

    init(
        _ name: String,
        needsNoBody: Bool = false,
        hasBody: Bool = true,
        _ request: @escaping @Sendable (FaultWorld) -> APIRequest
    ) {
        self.name = name
        self.needsNoBody = needsNoBody
        self.hasBody = hasBody
        self.request = request
    }

    /// Every operation of version 2 that is signed, once: each part of the interface lists its own.
    static let signed: [V2Call] =
        [V2Call("region", hasBody: false) { _ in FaultWorld.v2Region() }] + signedAccountCalls + oauthSigned

    /// Every operation of version 2 that asks for a token, once: each part of the interface lists its own.
    static let bearer: [V2Call] = bearerAccountCalls + homes + groups + shares + messages + oauthBearer + devices
}

extension APIRequest {
    /// The same, signed as a call of version 2 before log-in.
    func signedV2(appID: String? = TLSRig.appID, secret: String = TLSRig.secret) -> APIRequest {
        let signed = signed(secret)
        return appID.map { signed.adding("X-CK-Appid", $0) } ?? signed
    }

    /// The same with another body.
    func with(body: String) -> APIRequest {
        var request = self
        request.body = body
        return request
    }

    /// The same without a header.
    func without(_ name: String) -> APIRequest {
        var request = self
        request.headers.removeAll { $0.name == name }
        return request
    }
}

extension FaultWorld {
    static func v2Region(_ query: String = "countryCode=%2B49") -> APIRequest {
        APIRequest.get("/v2/utils/get-region?\(query)").signedV2()
    }
}
