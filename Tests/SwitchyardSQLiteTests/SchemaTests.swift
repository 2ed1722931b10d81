import Foundation
import GRDB
import SwitchyardCore
import SwitchyardMigrations
import Testing

@testable import SwitchyardSQLite

/// The folder `migrations/` of the sources.
let migrationsFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("migrations", isDirectory: true)

@Suite("Schema")
struct SchemaTests {
    @Test("schema.sql is what the migrations make; SWITCHYARD_WRITE_SCHEMA=1 writes it anew")
    func equalsSchemaFile() async throws {
        try await withSQLiteStore { store in
            let schema = try await store.read(schemaDump)
            let file = migrationsFolder.appendingPathComponent("schema.sql")
            if ProcessInfo.processInfo.environment["SWITCHYARD_WRITE_SCHEMA"] == "1" {
                try Data(schema.utf8).write(to: file)
            }

            #expect(try String(contentsOf: file, encoding: .utf8) == schema)
        }
    }

    @Test("Every table is strict")
    func isStrict() async throws {
        try await withSQLiteStore { store in
            let lax = try await store.read { database in
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT name FROM pragma_table_list
                        WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'grdb%'
                        """
                )
            }

            #expect(lax == [])
        }
    }

    @Test("Every reference has an action and an index that begins with it")
    func indexesReferences() async throws {
        try await withSQLiteStore { store in
            let references = try await store.read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT child.name AS child, reference."from" AS column, reference.on_delete AS action,
                            EXISTS (
                                SELECT 1 FROM pragma_index_list(child.name) AS list
                                JOIN pragma_index_info(list.name) AS info ON info.seqno = 0
                                WHERE info.name = reference."from"
                            ) AS isIndexed
                        FROM sqlite_master AS child JOIN pragma_foreign_key_list(child.name) AS reference
                        WHERE child.type = 'table'
                        """
                )
                .map { row in
                    "\(row["child"] as String).\(row["column"] as String): \(row["action"] as String)"
                        + (row["isIndexed"] as Bool ? "" : ", without index")
                }
            }

            #expect(
                references.sorted() == [
                    "accountMessage.accountID: CASCADE",
                    "applicationRedirect.appID: CASCADE", "authorizationCode.accountID: CASCADE",
                    "authorizationCode.appID: CASCADE",
                    "device.ownerID: RESTRICT", "deviceApplication.deviceID: CASCADE",
                    "deviceGroup.accountID: CASCADE", "deviceGroupMember.deviceID: CASCADE",
                    "deviceGroupMember.groupID: CASCADE", "deviceSetting.deviceID: CASCADE",
                    "deviceShare.deviceID: CASCADE", "deviceShare.receiverID: CASCADE",
                    "deviceState.deviceID: CASCADE", "firmwareImage.releaseKey: CASCADE",
                    "history.deviceID: CASCADE", "home.accountID: CASCADE", "pendingUpgrade.deviceID: CASCADE",
                    "pendingUpgrade.releaseKey: CASCADE", "room.homeID: CASCADE",
                    "subDevice.deviceID: CASCADE", "subDevice.parentID: CASCADE",
                    "thingGroup.accountID: CASCADE", "thingGroup.mainDeviceID: CASCADE",
                    "thingGroupMember.deviceID: CASCADE", "thingGroupMember.groupID: CASCADE",
                    "thingPlace.accountID: CASCADE", "thingPlace.deviceID: CASCADE",
                    "thingPlace.groupID: CASCADE", "thingPlace.homeID: NO ACTION", "thingPlace.roomID: SET NULL",
                    "tokenPair.accountID: CASCADE", "tokenPair.appID: CASCADE",
                ]
            )
        }
    }

    @Test(
        "The schema refuses what the domain types cannot hold",
        arguments: [
            "INSERT INTO schemaMigration VALUES ('nameless', zeroblob(32), 0)",
            "UPDATE account SET id = 'XYZ'",
            "UPDATE account SET email = NULL",
            "UPDATE account SET phone = '+4912345'",
            "UPDATE account SET lastLoginAt = 1",
            "UPDATE account SET region = 'mars'",
            "UPDATE account SET createdAt = 'today'",
            "UPDATE account SET apiKey = ''",
            "UPDATE account SET countryCode = '49'",
            "UPDATE account SET countryCode = '+4x'",
            "UPDATE account SET countryCode = '+12345'",
            "UPDATE account SET timeZone = 'Europe/Berlin'",
            "UPDATE account SET timeZone = 'Europe/Berlin', timeZoneOffset = 841",
            "UPDATE account SET languageTag = ''",
            "UPDATE account SET acceptsAdvertising = 2",
            "UPDATE account SET wasConsulted = NULL",
            "UPDATE account SET subscribedEmail = 'x'",
            "UPDATE tokenPair SET accessHash = x'00'",
            "UPDATE tokenPair SET accountID = '000000000000000000000009'",
            "UPDATE tokenPair SET accessExpiresAt = issuedAt - 1",
            "UPDATE device SET ownerID = '000000000000000000000009'",
            "UPDATE device SET ackByUpdate = 2",
            "UPDATE device SET id = 'other'",
            "UPDATE deviceState SET params = '[1]'",
            "UPDATE deletedDevice SET timesTold = 4",
            "UPDATE deletedDevice SET ownerID = 'x'",
            "UPDATE deviceShare SET permit = 16",
            "UPDATE deviceShare SET receiverID = '000000000000000000000009'",
            "UPDATE deviceShare SET note = replace(hex(zeroblob(16)), '00', 'xy')",
            "UPDATE deviceState SET reportedAt = 1",
            "UPDATE deviceState SET reportSequence = 'x1', reportedAt = 1",
            "INSERT INTO history VALUES ('1000000001', 0, 0, 'report', NULL, '{}')",
            "INSERT INTO history VALUES ('1000000001', 1, 0, 'report', 'someone', '{}')",
            "INSERT INTO history VALUES ('1000000001', 1, 0, 'other', NULL, '{}')",
            "INSERT INTO history VALUES ('1000000001', 1, 0, 'report', NULL, '1')",
            "INSERT INTO history VALUES ('1000000009', 1, 0, 'report', NULL, '{}')",
            "UPDATE clientApplication SET clockSkewLimit = -1",
            "UPDATE clientApplication SET refusesReplays = 2",
            "INSERT INTO verificationCode VALUES ('a@b', 2, zeroblob(16), zeroblob(32), 0, 0)",
            "INSERT INTO verificationCode VALUES ('a@b', 0, zeroblob(16), zeroblob(31), 0, 0)",
            "INSERT INTO outboxMessage VALUES (1, '', 0, '1', '', 0)",
            "DELETE FROM account",
            "INSERT INTO deviceGroup VALUES ('9f8e', '000000000000000000000001', 'x', 1, 0)",
            "INSERT INTO deviceGroup SELECT hex(zeroblob(16)), id, '', 1, 0 FROM account",
            "INSERT INTO deviceGroup SELECT hex(zeroblob(16)), id, 'x', 0, 0 FROM account",
            "INSERT INTO deviceGroupMember SELECT 'none', id FROM device",
            "INSERT INTO deviceSetting SELECT id, 2, 0, 0, 0, 0, 0, 0, 0, '{}' FROM device",
            "INSERT INTO deviceSetting SELECT id, 0, 0, 0, 0, 0, 0, 0, 0, '[]' FROM device",
            "INSERT INTO deviceApplication SELECT id, '' FROM device",
            "INSERT INTO accountMessage SELECT id, 0, lower(hex(zeroblob(12))), 'opsNotify_v2', '1', '{}', 0 FROM account",
            "INSERT INTO accountMessage SELECT id, 1, 'x', 'opsNotify_v2', '1', '{}', 0 FROM account",
            "INSERT INTO accountMessage SELECT id, 1, lower(hex(zeroblob(12))), 'other', '1', '{}', 0 FROM account",
            "INSERT INTO accountMessage SELECT id, 1, lower(hex(zeroblob(12))), 'opsNotify_v2', '1', '[]', 0 FROM account",
            "INSERT INTO accountMessage SELECT 'x', 1, lower(hex(zeroblob(12))), 'opsNotify_v2', '1', '{}', 0 FROM account",
            "INSERT INTO thingGroup SELECT 'g', ownerID, 'x', id, '{}', 0 FROM device",
            "INSERT INTO thingGroup SELECT '00000000000000000000000a', ownerID, '', id, '{}', 0 FROM device",
            "INSERT INTO thingGroup SELECT '00000000000000000000000a', ownerID, 'x', id, '[]', 0 FROM device",
            "INSERT INTO thingGroup SELECT '00000000000000000000000a', ownerID, 'x', 'none', '{}', 0 FROM device",
            "INSERT INTO thingGroupMember SELECT 'none', id, 0 FROM device",
            "UPDATE home SET isCurrent = 2",
            "UPDATE home SET name = ''",
            "INSERT INTO home SELECT replace(id, substr(id, 1, 4), 'ffff'), accountID, 'x', 1, 1, 0 FROM home",
            "INSERT INTO room VALUES ('0000000000000000000000ff', '000000000000000000000009', 'x', 0, 0)",
            "DELETE FROM home WHERE id IN (SELECT homeID FROM thingPlace)",
            "UPDATE thingPlace SET homeID = '000000000000000000000009'",
            "UPDATE thingPlace SET deviceID = NULL",
            "UPDATE thingPlace SET groupID = '0000000000000000000000ff'",
            "INSERT INTO thingPlace SELECT NULL, accountID, deviceID, NULL, homeID, NULL, position + 1 FROM thingPlace",
            "INSERT INTO thingPlace SELECT 9, accountID, NULL, '0000000000000000000000ff', homeID, NULL, position FROM thingPlace",
            "INSERT INTO factoryRecord VALUES ('1', 'k', '', 0, '', 'operator', 0, NULL, '')",
            "INSERT INTO factoryRecord VALUES ('1', 'k', '', 1, '', 'stolen', 0, NULL, '')",
        ]
    )
    func refusesValues(sql: String) async throws {
        try await withSQLiteStore { store in
            let (account, application) = (try await store.addAccount(1), try await store.addApplication(1))
            try await store.addTokens(try .sample(1, account: account, application: application))
            let device = try await store.addDevice(1, owner: account)
            _ = try await store.addShare(of: device, owner: account, receiver: try await store.addAccount(2))
            let removed = try await store.addDevice(2, owner: account)
            try await store.removeDevice(removed.id, at: sampleTime)

            await expect(.storageFailed) { try await store.write { try $0.execute(sql: sql) } }
        }
    }
}

/// The statements of `sqlite_master`: tables by name, each with its indexes after it.
func schemaDump(_ database: Database) throws -> String {
    let statements = try String.fetchAll(
        database,
        sql: """
            SELECT sql FROM sqlite_master
            WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite%' AND tbl_name NOT LIKE 'grdb%'
            ORDER BY tbl_name, type <> 'table', name
            """
    )
    let header = """
        -- The schema after \(Migrations.all.last?.name ?? "no migration"). Written by a test, for reading: see README.md.
        -- Left out is `grdb_migrations`, the list of names that the database library keeps for itself.
        """
    return ([header] + statements.map { $0 + ";" }).joined(separator: "\n\n") + "\n"
}
