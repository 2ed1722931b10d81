import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Others against everything that asks for a token.
///
/// Known weakness of the vendor's cloud: a device's key could be had by its id (CVE-2021-27941).
@Suite("Impersonation over HTTP", .timeLimit(.minutes(10)))
struct ImpersonationTests {
    private static let rows = ImpersonationRow.version1 + ImpersonationRow.version2

    /// Devices and app stay connected; each guess is let through.
    private func withWorld(_ body: @Sendable (ImpersonationWorld, TestPeer, TestPeer) async throws -> Void) async throws
    {
        try await withAPI {
            $0.limits.failedCredentialsPerAddress = 100_000
            $0.limits.failedLoginsPerAddress = 100_000
            $0.protocolSettings.maximumHomesPerAccount = 1_000
        } _: { rig in
            let world = try await ImpersonationWorld(rig)
            let victim = world.victim
            let app = try await TestPeer.app(
                "victim",
                of: rig,
                apiKey: victim.account.apiKey.rawValue,
                token: victim.tokens.accessToken
            )
            let device = try await TestPeer("device", to: rig.server)
            try await device.send(
                """
                {"action":"register","userAgent":"device","version":8,"apikey":"\(victim.deviceKey)",\
                "deviceid":"\(victim.objects.names["device"] ?? "")"}
                """
            )
            #expect(try await device.nextText().contains(#""error":0"#))
            // It has come online.
            _ = try await app.nextText()
            defer { for peer in [app, device] { peer.abort() } }
            try await body(world, device, app)
        }
    }

    @Test("Every operation that asks for a token has a row")
    func isComplete() throws {
        for version in OpenAPIDocument.Version.allCases {
            for operation in try DocumentedOperation.all(of: version) where operation.security == "bearer" {
                #expect(
                    Self.rows.contains { $0.method == operation.method && $0.path == operation.path },
                    "\(operation)"
                )
            }
        }
    }

    @Test("No route gives a device's key for its id to anybody but the owner (CVE-2021-27941)")
    func deviceKeys() async throws {
        try await withWorld { world, _, _ in
            let people = [world.stranger, world.formerReceiver] + world.receivers.map(\.person)
            var answers = 0

            for row in Self.rows where row.isReading {
                for person in people {
                    let request = row.request(by: person.objects, about: world.victim.objects)
                    let answer = try await world.rig.send(request.authorized("Bearer \(person.tokens.accessToken)"))
                    #expect(!answer.text.contains(world.victim.deviceKey), "\(row)")
                    #expect(!answer.headers.values.contains { $0.contains(world.victim.deviceKey) }, "\(row)")
                    answers += 1
                }
            }

            let own = try await world.rig.send(.get("/api/user/device", token: world.victim.tokens.accessToken))
            #expect(own.text.contains(world.victim.deviceKey))
            print("impersonation, keys by id: \(answers) answers, 0 with a key")
        }
    }
}

extension ImpersonationRow {
    /// Changes nothing even when it is allowed.
    fileprivate var isReading: Bool {
        method == "GET" || ["/otaother/app", "/v2/device/ota/query", "/v2/homepage"].contains(path)
            || (method == "POST" && path == "/v2/device/thing")
    }
}
