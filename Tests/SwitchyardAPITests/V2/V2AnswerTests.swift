import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

@Suite("Answers of version 2")
struct V2AnswerTests {
    @Test("The region is the server's own, however the country code is spelled", arguments: ["%2B86", "86", "+86"])
    func region(countryCode: String) async throws {
        try await withAPI(.with(\.region, "as")) { rig in
            try await rig.makeApplication()

            let answer = try await rig.send(FaultWorld.v2Region("countryCode=\(countryCode)"))

            #expect(answer.text == #"{"error":0,"msg":"","data":{"region":"as"}}"#)
        }
    }

    @Test("The query signed in the documents is accepted (V9), and header names in another case")
    func printedVector() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()

            let request = APIRequest.get("/v2/utils/get-region?countryCode=86").adding("X-Ck-Appid", TLSRig.appID)
                .adding("Authorization", "Sign 1SXjrhJxWZAxTz2eS4UAxSNiOvpNrMSd5oGXrOBFg0U=")

            #expect(try await rig.send(request).error == 0)
        }
    }

    @Test("An application that must not repeat itself brings a nonce, once")
    func replay() async throws {
        try await withAPI { rig in
            let application = try await rig.makeApplication()
            _ = try await rig.server.switchyard.applications.setChecks(
                .init(refusesReplays: true),
                of: application.id
            )

            let plain = try await rig.send(FaultWorld.v2Region())
            let first = try await rig.send(FaultWorld.v2Region().adding("X-CK-Nonce", "k3n9x0pq"))
            let second = try await rig.send(FaultWorld.v2Region().adding("X-CK-Nonce", "k3n9x0pq"))

            #expect([plain.error, first.error, second.error] == [400, 0, 400])
        }
    }

    @Test("What the server answers fits the schemas of version 2")
    func answers() async throws {
        try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let document = try OpenAPIDocument(.v2)
            for call in V2Call.signed + V2Call.bearer {
                let request = call.request(world)
                let operation = try #require(
                    document.operations.first { operation in
                        operation.method == request.method
                            && operation.path.split(separator: "/")
                                == request.target.prefix { $0 != "?" }.split(separator: "/")
                    }
                )
                let answer = try await rig.send(request)
                try document.expectDescribed(answer, to: operation.method, operation.path)
            }
        }
    }
}
