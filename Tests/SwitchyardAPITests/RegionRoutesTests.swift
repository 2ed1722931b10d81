import CoolkitWire
import SwitchyardCore
import Testing

@Suite("GET /api/user/region")
struct RegionRoutesTests {
    private static func request(_ extra: String = "") -> APIRequest {
        .get("/api/user/region?country_code=49&appid=\(TLSRig.appID)&nonce=k3n9x0pq&ts=1700000000&version=8\(extra)")
    }

    @Test("The region is the server's own, the requestid is made of ts and nonce")
    func answer() async throws {
        try await withAPI(.with(\.region, "as")) { rig in
            try await rig.makeApplication()

            let answer = try await rig.send(Self.request().signed(TLSRig.secret))

            #expect(answer.text == #"{"requestid":"1700000000-k3n9x0pq","region":"as","error":0}"#)
        }
    }

    @Test("The query signed in the documents is accepted (V8: the value is decoded)")
    func printedVector() async throws {
        try await withAPI(.with(\.strictRegionSignature, true)) { rig in
            try await rig.makeApplication()

            let request = APIRequest.get(
                "/api/user/region?country_code=%2B86&appid=\(TLSRig.appID)&nonce=q3wz95p6&ts=1558004249&version=8"
            ).adding("Authorization", "Sign snRW+mzcP2l32C+pLkL2/7N6BookMm9arIafI7VljOU=")

            #expect(try await rig.send(request).error == 0)
        }
    }

    @Test("A wrong signature is let pass, and refused with strictRegionSignature", arguments: [false, true])
    func wrongSignature(isStrict: Bool) async throws {
        try await withAPI(.with(\.strictRegionSignature, isStrict)) { rig in
            try await rig.makeApplication()

            let answer = try await rig.send(Self.request().signed("another secret"))

            #expect(answer.error == (isStrict ? 406 : 0))
        }
    }

    @Test("A query signed in wire order is accepted, and refused with strictGetSignature", arguments: [false, true])
    func wireOrder(isStrict: Bool) async throws {
        var settings = ProtocolSettings.with(\.strictRegionSignature, true)
        settings.strictGetSignature = isStrict
        try await withAPI(settings) { rig in
            try await rig.makeApplication()

            // Source: `test-vectors.md` §5 V4x.
            let request = APIRequest.get(
                "/api/user/region?country_code=86&appid=\(TLSRig.appID)&nonce=q3wz95p6&ts=1558004249&version=8"
            ).adding("Authorization", "Sign RRyShsd7/ZjfxMZY7qe5M3v99ix2izyBHZGCiHgghIk=")

            #expect(try await rig.send(request).error == (isStrict ? 406 : 0))
        }
    }

    @Test("Without ts and nonce there is a requestid all the same")
    func ownRequestID() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()

            let request = APIRequest.get("/api/user/region?appid=\(TLSRig.appID)").signed(TLSRig.secret)
            let answer = try await rig.send(request)

            #expect(answer["requestid"]?.stringValue?.wholeMatch(of: /[0-9]{10}-[A-Za-z0-9]{8}/) != nil)
        }
    }
}
