import CoolkitWire
import Foundation
import GRDB
import SwitchyardCore
import SwitchyardMigrations
import Testing

@testable import SwitchyardSQLite

@Suite("Migrations")
struct MigrationTests {
    @Test("The list has every file of the folder, in order, as it stands there")
    func listsFiles() throws {
        let folder = try #require(URL(string: "sqlite", relativeTo: migrationsFolder))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()

        #expect(Migrations.all.map { $0.name + ".sql" } == files)
        for migration in Migrations.all {
            let data = FileManager.default.contents(atPath: folder.path + "/\(migration.name).sql")
            #expect(data == Data(migration.sql), "\(migration.name)")
        }
    }

    @Test("A released migration is frozen", arguments: Migrations.all)
    func isFrozen(migration: Migration) {
        let digest = SchemaMigrator.digest(of: migration).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }

        #expect(digest.joined() == migration.frozenSHA256)
    }

    @Test("Migrating makes the file, tells what ran, and has nothing to do the second time")
    func migrates() async throws {
        try await withDatabasePath { path in
            let names = Migrations.all.map(\.name)

            let before = try SQLiteStore.migrationStatus(path: path)
            #expect(before == MigrationStatus(applied: [], pending: names))
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(try SQLiteStore.migrate(path: path) == names)
            #expect(try SQLiteStore.migrate(path: path) == [])
            #expect(try SQLiteStore.migrationStatus(path: path) == MigrationStatus(applied: names, pending: []))
        }
    }

    @Test("The status can be asked for beside an open store")
    func tellsStatusBesideServer() async throws {
        try await withSQLiteStore { store in
            #expect(try SQLiteStore.migrationStatus(path: store.path).pending == [])
            _ = try await store.addAccount(1)
        }
    }

    @Test("A database that stopped at any migration is brought to the end", arguments: 0..<Migrations.all.count)
    func upgrades(from count: Int) async throws {
        try await withDatabasePath { path in
            try makeDatabase(path, upTo: count)
            let pending = Array(Migrations.all.map(\.name).dropFirst(count))

            let error = #expect(throws: SwitchyardError.self) {
                _ = try SQLiteStore(path: path, mode: .requireCurrent)
            }
            #expect(error?.message.contains(pending.joined(separator: ", ")) == true)
            #expect(try SQLiteStore.migrate(path: path) == pending)

            let store = try SQLiteStore(path: path, mode: .requireCurrent)
            #expect(try await store.accounts().isEmpty)
            try await store.close()
        }
    }

    @Test("Devices of before keep what was decided about their uiid: the operator's is chosen, an app's is not")
    func keepsChosenInterfaces() async throws {
        try await withDatabasePath { path in
            let before = Migrations.all.firstIndex { $0.name == "v0013_deviceSetting" }
            try makeDatabase(path, upTo: try #require(before))
            let queue = try DatabaseQueue(path: path)
            try await queue.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO account (id, apiKey, email, nickname, region, language, passwordHash, createdAt)
                        VALUES ('000000000000000000000001', 'k', 'a@b.c', '', 'eu', 'en', 'x', 0)
                        """
                )
                for (number, addedUnder) in [("1", "NULL"), ("2", "'app'")] {
                    try database.execute(
                        sql: """
                            INSERT INTO device (id, objectID, factoryRecordID, ownerID, factoryKey, name, uiid, model, brandName,
                                productModel, mac, chipID, romVersion, ackByUpdate, addedUnder, createdAt)
                            VALUES ('\(number)', '00000000000000000000000\(number)', '000000000000000000000009',
                                '000000000000000000000001', 'k', 'x', 4, '', '', '', '', '', '', 0, \(addedUnder), 0);
                            INSERT INTO deviceState VALUES ('\(number)', '{}', NULL, NULL, '')
                            """
                    )
                }
            }
            try queue.close()

            let store = try SQLiteStore(path: path, mode: .openOrMigrate)
            let devices = try await store.devices().map(\.0)
            #expect(devices.count == 2)
            #expect(devices.allSatisfy { $0.isInterfaceChosen == ($0.addedUnder == nil) })
            #expect(devices.allSatisfy { $0.settings == DeviceSettings() && $0.tags.isEmpty })
            #expect(devices.allSatisfy { $0.credential == .key(APIKey(unchecked: "k")) })
            try await store.close()
        }
    }

    @Test("Addresses that were stored in another composition get their one spelling; a twin that has it keeps it")
    func composesAddresses() async throws {
        try await withDatabasePath { path in
            try makeDatabase(path, upTo: 9)
            let queue = try DatabaseQueue(path: path)
            let emails = [
                "zoe\u{308}@example.org", "bjo\u{308}rn@example.org", "bj\u{F6}rn@example.org", "ann@example.org",
            ]
            for (number, email) in emails.enumerated() {
                let account = try Account.sample(number, identifier: .email(email))
                try await queue.write {
                    try $0.execute(
                        sql: """
                            INSERT INTO account (id, apiKey, email, nickname, region, language, passwordHash, createdAt)
                            VALUES (?, ?, ?, '', 'eu', 'en', ?, ?)
                            """,
                        arguments: [
                            account.id.description, account.apiKey.rawValue, email, "$scrypt$\(number)",
                            account.createdAt.milliseconds,
                        ]
                    )
                }
            }
            try queue.close()

            let store = try SQLiteStore(path: path, mode: .openOrMigrate)
            let stored = try await store.accounts().map { Array($0.identifier.description.utf8) }
            let zoe = try #require(AccountIdentifier(email: "Zoe\u{308}@example.org"))
            let found = try await store.account(identifiedBy: zoe)
            try await store.close()

            let expected = ["zo\u{EB}@example.org", emails[1], emails[2], emails[3]]
            #expect(stored == expected.map { Array($0.utf8) })
            #expect(found?.passwordHash == "$scrypt$0")
        }
    }

    @Test("Accounts of before get a home each, and their devices and received ones places in it")
    func makesHomes() async throws {
        try await withDatabasePath { path in
            let before = Migrations.all.firstIndex { $0.name == "v0022_home" }
            try makeDatabase(path, upTo: try #require(before))
            let queue = try DatabaseQueue(path: path)
            try await queue.write { database in
                for (number, language) in [(1, "en"), (2, "cn"), (3, "en")] {
                    try database.execute(
                        sql: """
                            INSERT INTO account (id, apiKey, email, nickname, region, language, passwordHash, createdAt)
                            VALUES ('00000000000000000000000\(number)', 'k\(number)', '\(number)@b.c', '', 'eu', '\(language)', 'x', 7)
                            """
                    )
                }
                for number in 1...3 {
                    try database.execute(
                        sql: """
                            INSERT INTO device (id, objectID, factoryRecordID, ownerID, factoryKey, name, uiid, model, brandName,
                                productModel, mac, chipID, romVersion, ackByUpdate, addedUnder, createdAt)
                            VALUES ('\(number)', '00000000000000000000000\(number)', '000000000000000000000009',
                                '000000000000000000000001', 'k', 'x', 4, '', '', '', '', '', '', 0, NULL, \(number));
                            INSERT INTO deviceState (deviceID, params, address) VALUES ('\(number)', '{}', '')
                            """
                    )
                }
                try database.execute(
                    sql: "INSERT INTO deviceShare VALUES ('2', '000000000000000000000002', 0, '', '', '', 5)"
                )
            }
            try queue.close()

            let store = try SQLiteStore(path: path, mode: .openOrMigrate)
            let accounts = try await store.accounts()
            var homes: [Home] = []
            for account in accounts { homes += try await store.homes(of: account.id) }
            #expect(homes.map(\.name) == ["Home", "我的家", "Home"])
            #expect(homes.allSatisfy { $0.isCurrent && $0.index == 0 && $0.rooms.isEmpty })
            #expect(Set(homes.map(\.id)).count == 3)
            let contents = try await store.contents(of: nil, of: accounts[0].id)
            #expect(contents.things.map(\.thing.description) == ["3", "2", "1"])
            #expect(contents.things.map(\.place.index) == [-3, -2, -1])
            let received = try await store.places(of: accounts[1].id)
            let place = ThingPlace(home: homes[1].id, room: nil, index: -1)
            #expect(received == [.device(DeviceID(unchecked: "2")): place])
            #expect(try await store.places(of: accounts[2].id).isEmpty)
            try await store.close()
        }
    }

    @Test(
        "A past that is not ours is refused in words",
        arguments: [
            ("UPDATE schemaMigration SET sha256 = zeroblob(32) WHERE name LIKE 'v0002%'", "another v0002_account"),
            ("INSERT INTO schemaMigration VALUES ('v9999_future', zeroblob(32), 0)", "newer version"),
            ("DELETE FROM schemaMigration WHERE name LIKE 'v0001%'", "but not v0001_schemaMigration"),
        ]
    )
    func refusesOtherPasts(change: (sql: String, words: String)) async throws {
        try await withDatabasePath { path in
            _ = try SQLiteStore.migrate(path: path)
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: change.sql) }
            try queue.close()

            for attempt in [
                { _ = try SQLiteStore(path: path, mode: .openOrMigrate) },
                { _ = try SQLiteStore(path: path, mode: .requireCurrent) },
                { _ = try SQLiteStore.migrationStatus(path: path) },
                { _ = try SQLiteStore.migrate(path: path) },
            ] {
                let error = #expect(throws: SwitchyardError.self) { try attempt() }
                #expect(error?.code == .storageFailed)
                #expect(error?.message.contains(change.words) == true, "\(error?.message ?? "")")
            }
        }
    }
}
