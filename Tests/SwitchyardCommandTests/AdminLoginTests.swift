import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@testable import switchyard

/// `/logins` of the admin interface, through its socket.
@Suite
struct AdminLoginTests {
    private static let apps = ["phone", "tablet"]

    /// Logs an account in, once under each application.
    private func logIn(_ identifier: String, on server: TestServer) async throws -> [TokenPair] {
        var pairs: [TokenPair] = []
        for app in Self.apps {
            let result = try await server.switchyard.accounts.logIn(
                .email(identifier),
                password: TestAccount.password,
                client: LoginClient(
                    appID: AppID(unchecked: app),
                    address: "192.0.2.7",
                    os: "iOS",
                    appVersion: "5.3.0"
                )
            )
            pairs.append(result.tokens)
        }
        return pairs
    }

    private func withServer(_ body: @Sendable (TestServer, AdminClient) async throws -> Void) async throws {
        try await withTestServer { server in
            _ = try await server.makeAccount()
            _ = try await server.makeAccount("bob@example.org")
            for app in Self.apps {
                _ = try await server.switchyard.applications.create(name: app, id: AppID(unchecked: app))
            }
            try await AdminClient.with(server.dataDirectory) { try await body(server, $0) }
        }
    }

    private func list(_ admin: AdminClient, _ account: String? = nil) async throws -> [JSON] {
        try await admin.send(.get, "logins", query: account.map { [("account", $0)] } ?? [])["logins"]?.arrayValue ?? []
    }

    private func isDead(_ pair: TokenPair, on server: TestServer) -> Bool {
        (try? server.switchyard.accounts.authenticate(pair.accessToken)) == nil  // Why does not matter.
    }

    @Test("Log-ins are listed with what their clients told, of all accounts or of one; no token among it")
    func lists() async throws {
        try await withServer { server, admin in
            let pairs = try await logIn("ann@example.org", on: server) + logIn("bob@example.org", on: server)

            let all = try await list(admin)
            let ofBob = try await list(admin, "bob@example.org")

            #expect(all.count == 4)
            #expect(ofBob.map { $0["application"]?.stringValue }.sorted { ($0 ?? "") < ($1 ?? "") } == Self.apps)
            let first = try #require(ofBob.first)
            #expect(first["account"] == "bob@example.org")
            #expect(first["os"] == "iOS")
            #expect(first["model"] == .null)
            #expect(first["address"] == "192.0.2.7")
            #expect(first["refreshedAt"] == .null)
            #expect(first["sockets"] == 0)
            for pair in pairs {
                #expect(!JSON.array(all).text.contains(pair.accessToken))
                #expect(!JSON.array(all).text.contains(pair.refreshToken))
            }
        }
    }

    @Test("One is ended by its id, all of an account by its name; others live on")
    func ends() async throws {
        try await withServer { server, admin in
            let ofAnn = try await logIn("ann@example.org", on: server)
            let ofBob = try await logIn("bob@example.org", on: server)
            let grant = try server.switchyard.accounts.authenticate(ofAnn[0].accessToken)

            _ = try await admin.send(.delete, "logins", grant.login.description)
            #expect((ofAnn + ofBob).map { isDead($0, on: server) } == [true, false, false, false])
            let ended = try await admin.send(.delete, "accounts", "bob@example.org", "logins")

            #expect(ended == ["ended": 2])
            #expect((ofAnn + ofBob).map { isDead($0, on: server) } == [true, false, true, true])
            #expect(try await list(admin).count == 1)
        }
    }

    @Test(
        "What does not exist is refused, and nothing is ended",
        arguments: [
            ["logins", "650000000000000000000999"], ["logins", "x"], ["accounts", "eve@example.org", "logins"],
        ]
    )
    func refuses(path: [String]) async throws {
        try await withServer { server, admin in
            _ = try await logIn("ann@example.org", on: server)

            await #expect(throws: CommandFailure.self) {
                if path.count == 2 {
                    _ = try await admin.send(.delete, path[0], path[1])
                } else {
                    _ = try await admin.send(.delete, path[0], path[1], path[2])
                }
            }
            await #expect(throws: CommandFailure.self) { _ = try await list(admin, "eve@example.org") }
            #expect(try await list(admin).count == 2)
        }
    }
}
