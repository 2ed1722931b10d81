import CoolkitWire
import Foundation
import Hummingbird
import SwitchyardAPI
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing
import Yams

@testable import switchyard

/// `openapi/admin.yaml` against the router and against what the server really answers.
@Suite
struct AdminContractTests {
    private let document: Node

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let text = try String(contentsOf: root.appending(path: "openapi/admin.yaml"), encoding: .utf8)
        document = try #require(try Yams.compose(yaml: text))
    }

    private func members(of schema: String) throws -> Set<String> {
        let properties = document["components"]?["schemas"]?[schema]?["properties"]?.mapping
        return Set(try #require(properties, "no schema \(schema)").compactMap { $0.key.string })
    }

    @Test("The contract describes every route of the router, and nothing else")
    func routes() async throws {
        let described = (document["paths"]?.mapping ?? [:]).flatMap { path, item in
            ["get", "put", "post", "delete"].filter { item[$0] != nil }
                .map { "\($0.uppercased()) \(path.string ?? "")" }
        }

        let routed = try await withTestServer { server in
            let switchyard = server.switchyard
            let api = AdminAPI(
                accounts: switchyard.accounts,
                verification: switchyard.verification,
                applications: switchyard.applications,
                devices: switchyard.devices,
                shares: switchyard.shares,
                registry: switchyard.registry,
                commands: switchyard.commands,
                upgrades: switchyard.upgrades,
                backups: switchyard.backups,
                history: switchyard.history,
                sessions: switchyard.sessions,
                bus: switchyard.bus,
                clock: .system
            )
            return api.makeRouter().routes.map(\.description)
        }

        #expect(Set(described) == Set(routed))
        #expect(Set(described).count == described.count)
    }

    /// A device that was imported, as it is listed.
    private static func knownDevice(_ admin: AdminClient) async throws -> JSON? {
        let device: JSON = ["id": "1000c0ffee", "apikey": "d0d0d0d0-1111-4222-8333-444455550001"]
        _ = try await admin.send(.post, "unclaimed", body: ["devices": [device]])
        return try await admin.send(.get, "unclaimed")["devices"]?.arrayValue?.first
    }

    @Test("Answers have the members of their schemas, and no others")
    func answers() async throws {
        let expected = [
            try members(of: "Account"), try members(of: "Device"), try members(of: "Health"),
            try members(of: "Application").union(["secret"]), try members(of: "KnownDevice"),
            try members(of: "Application"), try members(of: "OutboxMessage"),
        ]

        let answers = try await withTestServer { server in
            let ann = try await server.makeAccount()
            try await server.addDevice(to: ann)
            try await server.switchyard.verification.sendCode(
                CodeRequest(purpose: .resetPassword, destination: ann.account.identifier, address: "192.0.2.1")
            )
            return try await AdminClient.with(server.dataDirectory) { admin in
                [
                    try await admin.send(.get, "accounts")["accounts"]?.arrayValue?.first,
                    try await admin.send(.get, "devices", "1000a1b2c3"),
                    try await admin.send(.get, "health"),
                    try await admin.send(.post, "applications", body: ["name": "phone"]),
                    try await Self.knownDevice(admin),
                    try await admin.send(.get, "applications")["applications"]?.arrayValue?.first,
                    try await admin.send(.get, "outbox")["messages"]?.arrayValue?.first,
                ]
            }
        }

        #expect(answers.map { Set($0?.objectValue?.keys ?? []) } == expected)
    }
}
