import CoolkitWire
import SwitchyardServer
import TestSupport
import Testing

/// Guesses at the secret of an application, and whom they hold up.
@Suite("Guesses at signatures")
struct SignatureGuessTests {
    @Test(
        "After too many wrong signatures an address does not learn whether the next is right, and whoever is known goes on"
    )
    func holdsUp() async throws {
        try await withAPI {
            $0.limits.failedCredentialsPerAddress = 5
        } _: { rig in
            try await rig.makeApplication()
            for name in ["ann", "bob"] { _ = try await rig.makeAccount("\(name)@example.org") }
            func login(_ name: String, secret: String = TLSRig.secret) -> APIRequest {
                TLSRig.login(["email": .string("\(name)@example.org"), "password": "correct-horse"], secret: secret)
            }
            let first = try await rig.send(login("ann"))
            let refreshToken = try #require(first["rt"]?.stringValue)

            for _ in 0..<5 { #expect(try await rig.send(login("ann", secret: "wrong")).error == 406) }

            // Right or wrong: it cannot be told.
            let refused = try await [login("eve", secret: "wrong"), login("eve"), login("bob")]
                .asyncTexts(of: rig)
            #expect(Set(refused).count == 1)
            #expect(refused[0].contains("503"))
            let version2 = APIRequest.post("/v2/user/refresh", ["rt": "00"])
            #expect(try await rig.send(version2.signedV2(secret: "wrong")).error == 500)
            #expect(try await rig.send(version2.signedV2()).error == 500)

            // Whoever shows besides who he is.
            #expect(try await rig.send(login("ann"))["at"] != nil)
            let refreshing = FaultWorld.refresh("rt=\(refreshToken)&appid=\(TLSRig.appID)")
            #expect(try await rig.send(refreshing).error == 503, "the log-in has ended it")
            let second = try #require(try await rig.send(login("ann"))["rt"]?.stringValue)
            let third = try await rig.send(FaultWorld.refresh("rt=\(second)&appid=\(TLSRig.appID)"))
            let fourth = try await rig.send(
                .post("/v2/user/refresh", ["rt": third["rt"] ?? .null]).signedV2()
            )
            #expect(fourth.error == 0)

            rig.clocks.advance(by: .seconds(6))
            #expect(try await rig.send(login("bob"))["at"] != nil)
        }
    }

    @Test("The page of authorization holds guesses up as well")
    func page() async throws {
        try await withAPI {
            $0.limits.failedCredentialsPerAddress = 2
        } _: { rig in
            var visit = try await AuthorizationVisit.prepare(rig)
            let right = visit.query
            visit.query = AuthorizationVisit.query(secret: "wrong")
            for _ in 0..<2 { #expect(try await visit.show().text.contains("has not signed its request")) }

            let refused = try await visit.show()
            visit.query = right

            #expect(refused.text.contains("Too many attempts"))
            #expect(try await visit.show().text == refused.text)
        }
    }
}

extension [APIRequest] {
    /// The bodies of the answers, one after the other.
    fileprivate func asyncTexts(of rig: TLSRig) async throws -> [String] {
        var texts: [String] = []
        for request in self { texts.append(try await rig.send(request).text) }
        return texts
    }
}
