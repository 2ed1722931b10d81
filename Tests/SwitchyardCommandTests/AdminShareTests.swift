import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@testable import switchyard

/// `/shares` of the admin interface, through its socket.
@Suite
struct AdminShareTests {
    private func withServer(_ body: @Sendable (TestServer, AdminClient) async throws -> Void) async throws {
        try await withTestServer { server in
            let ann = try await server.makeAccount()
            _ = try await server.makeAccount("bob@example.org")
            try await server.addDevice(to: ann)
            try await AdminClient.with(server.dataDirectory) { try await body(server, $0) }
        }
    }

    private static let share: JSON = ["device": "1000a1b2c3", "account": "bob@example.org", "permit": 9, "note": "n"]

    @Test("A share is made, listed by account and by device, and ended")
    func lifeOfAShare() async throws {
        try await withServer { server, admin in
            let added = try await admin.send(.post, "shares", body: Self.share)

            #expect(added["owner"] == "ann@example.org")
            #expect(added["account"] == "bob@example.org")
            #expect(added["permit"] == 9)
            #expect(added["deviceName"] == "Hall lamp")
            let bob = try await server.switchyard.accounts.account(named: "bob@example.org").id
            let registry = server.switchyard.registry
            #expect(registry.devices(sharedWith: bob).count == 1)
            let queries: [[(String, String)]] = [
                [], [("account", "ann@example.org")], [("account", "bob@example.org")], [("device", "1000a1b2c3")],
            ]
            for query in queries {
                let listed = try await admin.send(.get, "shares", query: query)
                #expect(listed["shares"] == [added])
            }
            _ = try await admin.send(.delete, "shares", "1000a1b2c3", "bob@example.org")
            let left = try await admin.send(.get, "shares")
            #expect(left["shares"] == [])
            #expect(registry.devices(sharedWith: bob).isEmpty)
        }
    }

    @Test(
        "What cannot be shared is refused, and nothing is",
        arguments: [
            ("device", "1000999999", "no device has this id"),
            ("device", "a b", "'device' is not 1 to 64 printable ASCII characters without spaces and quotes"),
            ("account", "eve@example.org", "no account has this e-mail address, phone number or id"),
            ("account", "ann@example.org", "a device cannot be shared with its owner"),
            (
                "note", "more than thirty bytes, which are ten Chinese characters",
                "a note has at most 30 bytes and no NUL"
            ),
        ]
    )
    func refused(member: String, value: String, message: String) async throws {
        var share = Self.share
        share[member] = JSON(value)
        let body = share
        try await withServer { _, admin in
            let failure = await #expect(throws: CommandFailure.self) {
                _ = try await admin.send(.post, "shares", body: body)
            }

            #expect(failure?.message == message)
            let listed = try await admin.send(.get, "shares")
            #expect(listed["shares"] == [])
        }
    }

    @Test("A permit outside 0 to 15, sharing twice and ending nothing are refused")
    func otherRefusals() async throws {
        var share = Self.share
        share["permit"] = 16
        let excessive = share
        try await withServer { _, admin in
            await Self.expectRefusal { _ = try await admin.send(.post, "shares", body: excessive) }
            await Self.expectRefusal { _ = try await admin.send(.delete, "shares", "1000a1b2c3", "bob@example.org") }
            let added = try await admin.send(.post, "shares", body: Self.share)
            await Self.expectRefusal { _ = try await admin.send(.post, "shares", body: Self.share) }

            let listed = try await admin.send(.get, "shares")
            #expect(listed["shares"] == [added])
        }
    }

    private static func expectRefusal(_ body: () async throws -> Void) async {
        await #expect(throws: CommandFailure.self) { try await body() }
    }
}
