import CoolkitWire
import Foundation
import GRDB
import SwitchyardCore
import SwitchyardMigrations
import Testing

@testable import SwitchyardSQLite

@Suite("Sub-device store")
struct SubDeviceStoreTests {
    @Test("A sub-device comes back with its gateway", arguments: StoreImplementation.allCases)
    func storesGateway(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let gateway = try await store.addDevice(1, owner: owner)

            let child = try await store.addDevice(2, owner: owner, parent: gateway.id)

            let stored = try await store.devices().map(\.0).sorted { $0.createdAt < $1.createdAt }
            #expect(stored == [gateway, child])
            #expect(stored.map(\.parent) == [nil, gateway.id])
        }
    }

    @Test("A sub-device of a gateway that does not exist is not stored", arguments: StoreImplementation.allCases)
    func refusesOrphans(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)

            await expect(.deviceNotFound) {
                _ = try await store.addDevice(2, owner: owner, parent: DeviceID(unchecked: "1000000009"))
            }

            #expect(try await store.devices().isEmpty)
        }
    }

    @Test(
        "A removed gateway takes its sub-devices along, and it alone is remembered; a removed sub-device goes alone",
        arguments: StoreImplementation.allCases
    )
    func removesTogether(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let gateway = try await store.addDevice(1, owner: owner)
            let children = [
                try await store.addDevice(2, owner: owner, parent: gateway.id),
                try await store.addDevice(3, owner: owner, parent: gateway.id),
            ]
            let other = try await store.addDevice(4, owner: owner)
            let grandchild = try await store.addDevice(5, owner: owner, parent: other.id)

            try await store.removeDevice(children[0].id, at: sampleTime)
            #expect(try await store.devices().count == 4)
            try await store.removeDevice(gateway.id, at: sampleTime)

            #expect(Set(try await store.devices().map(\.0)) == [other, grandchild])
            let remembered = try await store.deletedDevices()
            #expect(remembered.map(\.id) == [gateway.id])
            #expect(remembered.map(\.factoryKey) == [gateway.factoryKey])
        }
    }

    @Test("A removed account takes gateways and sub-devices along", arguments: StoreImplementation.allCases)
    func removesWithAccount(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let owner = try await store.addAccount(1)
            let gateway = try await store.addDevice(1, owner: owner)
            _ = try await store.addDevice(2, owner: owner, parent: gateway.id)

            _ = try await store.removeAccount(owner.id, at: sampleTime)

            #expect(try await store.devices().isEmpty)
            #expect(try await store.deletedDevices().map(\.id) == [gateway.id])
        }
    }

    @Test("The migration takes over the gateway that stood in params, where it is a gateway of the same owner")
    func migratesFromParams() async throws {
        try await withDatabasePath { path in
            try Self.prepare(path)

            let store = try SQLiteStore(path: path, mode: .openOrMigrate)

            let parents = try await store.devices().reduce(into: [:]) { $0[$1.0.id.rawValue] = $1.0.parent?.rawValue }
            #expect(parents == ["child": "gateway"])
            try await store.close()
        }
    }

    /// A database of the version before, with right and wrong gateways in params.
    private static func prepare(_ path: String) throws {
        let before = Migrations.all.prefix { $0.name < "v0015" }
        let opened = try SQLiteStore.open(
            DatabaseFile(path: path),
            mode: .openOrMigrate,
            migrator: SchemaMigrator(migrations: Array(before))
        )
        try opened.pool.write { database in
            try database.execute(sql: accounts)
            for (number, device) in devices.enumerated() {
                let record = String(repeating: "0", count: 23) + String(number, radix: 16)
                try database.execute(
                    sql: """
                        INSERT INTO device (id, objectID, factoryRecordID, ownerID, factoryKey, name, uiid, model,
                            brandName, productModel, mac, chipID, romVersion, ackByUpdate, createdAt)
                        VALUES (?, ?, ?, ?, 'key', 'x', 1, '', '', '', '', '', '', 0, 0)
                        """,
                    arguments: [device.id, record, record, device.owner]
                )
                try database.execute(
                    sql: "INSERT INTO deviceState (deviceID, params, address) VALUES (?, ?, '')",
                    arguments: [device.id, device.params]
                )
            }
        }
        try opened.pool.close()
        opened.lock.release()
    }

    private static let owners = ["a", "b"].map { String(repeating: $0, count: 24) }

    private static let accounts = owners.map { id in
        """
        INSERT INTO account (id, apiKey, email, nickname, region, language, passwordHash, createdAt)
        VALUES ('\(id)', 'key-\(id)', '\(id.prefix(1))@example.org', '', 'eu', 'en', '!', 0);
        """
    }.joined(separator: "\n")

    private static let devices: [(id: String, owner: String, params: String)] = [
        ("gateway", owners[0], "{}"),
        ("child", owners[0], #"{"parentid":"gateway","switch":"on"}"#),
        ("grandchild", owners[0], #"{"parentid":"child"}"#),
        ("foreign", owners[1], #"{"parentid":"gateway"}"#),
        ("itself", owners[0], #"{"parentid":"itself"}"#),
        ("orphan", owners[0], #"{"parentid":"nobody"}"#),
        ("number", owners[0], #"{"parentid":1}"#),
        ("object", owners[0], #"{"parentid":{"a":1}}"#),
    ]
}
