import CoolkitWire
import Foundation
import GRDB
import SwitchyardCore
import Synchronization
import Testing

@testable import SwitchyardSQLite

@Suite("Opening a database")
struct OpeningTests {
    @Test("The writer commits durably: write-ahead log, full synchronisation, foreign keys")
    func setsPragmas() async throws {
        try await withSQLiteStore { store in
            let pragmas = try await store.pool.writeWithoutTransaction { database in
                try ["journal_mode", "synchronous", "foreign_keys"].map {
                    try String.fetchOne(database, sql: "PRAGMA \($0)")
                }
            }

            #expect(pragmas == ["wal", "2", "1"])
        }
    }

    @Test("All files are readable by their owner alone, also where the database was open to others")
    func setsModes() async throws {
        try await withDatabasePath { path in
            let first = try SQLiteStore(path: path, mode: .openOrMigrate)
            try await first.close()
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            let store = try SQLiteStore(path: path, mode: .requireCurrent)
            _ = try await store.addAccount(1)

            for name in [path, path + "-wal", path + "-shm", path + ".lock"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: name)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
            try await store.close()
        }
    }

    @Test("Who watches the statements hears each that runs, and none of the values")
    func watches() async throws {
        try await withDatabasePath { path in
            let heard = Mutex<[String]>([])
            let store = try SQLiteStore(path: path, mode: .openOrMigrate) { text in heard.withLock { $0.append(text) } }
            heard.withLock { $0 = [] }

            let account = try await store.addAccount(1)
            _ = try await store.account(account.id)

            let texts = heard.withLock { $0 }
            #expect(texts.contains { $0.hasPrefix("INSERT INTO account ") })
            #expect(texts.contains { $0.hasPrefix("SELECT") && $0.contains("account") })
            #expect(!texts.contains { $0.contains(account.id.description) || $0.contains(account.apiKey.rawValue) })
            try await store.close()
        }
    }

    @Test("Everything is there after closing and opening again")
    func keepsEverything() async throws {
        try await withDatabasePath { path in
            let first = try SQLiteStore(path: path, mode: .openOrMigrate)
            let (account, application) = (try await first.addAccount(1), try await first.addApplication(1))
            let tokens = try TokenRecord.sample(1, account: account, application: application)
            try await first.addTokens(tokens)
            let (kept, removed) = (
                try await first.addDevice(1, owner: account), try await first.addDevice(2, owner: account)
            )
            let state = DeviceState(id: kept.id, params: Array(#"{"switch":"on"}"#.utf8), onlineTime: sampleTime)
            try await first.saveStates([state])
            try await first.removeDevice(removed.id, at: sampleTime)
            try await first.close()

            let second = try SQLiteStore(path: path, mode: .requireCurrent)

            #expect(try await second.accounts() == [account])
            #expect(try await second.applications() == [application])
            #expect(try await second.liveTokens(at: sampleTime) == [tokens])
            #expect(try await second.devices().map(\.0) == [kept])
            #expect(try await second.devices().map(\.1) == [state])
            #expect(try await second.deletedDevices().map(\.id) == [removed.id])
            #expect(try await second.integrityCheck() == [])
            #expect(second.fileSizeBytes > 0)
            try await second.close()
        }
    }

    @Test("A second store on the file is refused while the first is open, by whatever name it comes")
    func refusesSecondOpener() async throws {
        try await withDatabasePath { path in
            let first = try SQLiteStore(path: path, mode: .openOrMigrate)
            let link = path + ".link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)

            for name in [path, link] {
                let error = #expect(throws: SwitchyardError.self) {
                    _ = try SQLiteStore(path: name, mode: .openOrMigrate)
                }
                #expect(error?.code == .storageFailed)
                #expect(error?.message.contains("in use by another Switchyard") == true)
            }
            try await first.close()

            let second = try SQLiteStore(path: link, mode: .requireCurrent)
            try await second.close()
        }
    }

    @Test("A closed store throws, and closing twice does no harm")
    func throwsWhenClosed() async throws {
        try await withDatabasePath { path in
            let store = try SQLiteStore(path: path, mode: .openOrMigrate)

            try await store.close()
            try await store.close()

            await expect(.storageFailed) { _ = try await store.accounts() }
            await expect(.storageFailed) { _ = try await store.addAccount(1) }
        }
    }

    @Test("Closing lets what has begun finish")
    func finishesWhatHasBegun() async throws {
        try await withDatabasePath { path in
            let store = try SQLiteStore(path: path, mode: .openOrMigrate)

            let stored = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...50 {
                    group.addTask {
                        do {
                            _ = try await store.addApplication(number)
                            return 1
                        } catch let error as SwitchyardError where error.message == "the database is closed" {
                            return 0
                        }
                    }
                }
                group.addTask {
                    try await store.close()
                    return 0
                }
                return try await group.reduce(0, +)
            }

            let second = try SQLiteStore(path: path, mode: .requireCurrent)
            #expect(try await second.applications().count == stored)
            try await second.close()
        }
    }

    @Test("A write whose task is cancelled happens all the same")
    func ignoresCancellation() async throws {
        try await withSQLiteStore { store in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await store.addApplication(1)
            }

            let application = try await task.value

            #expect(try await store.applications() == [application])
        }
    }

    @Test("A file that is not ours is refused in words and left as it is")
    func refusesForeignFiles() async throws {
        try await withTemporaryFolder { folder in
            let text = folder.appendingPathComponent("text").path
            let foreign = folder.appendingPathComponent("foreign").path
            try Data("not a database, but long enough to be looked at as one".utf8).write(
                to: URL(fileURLWithPath: text)
            )
            let queue = try DatabaseQueue(path: foreign)
            try await queue.write { try $0.execute(sql: "CREATE TABLE other (id INTEGER PRIMARY KEY)") }
            try queue.close()

            for (path, words) in [
                (text, "not a database"), (foreign, "not one of Switchyard"), (folder.path, "not a file"),
            ] {
                let before = FileManager.default.contents(atPath: path)
                let error = #expect(throws: SwitchyardError.self) {
                    _ = try SQLiteStore(path: path, mode: .openOrMigrate)
                }
                #expect(error?.code == .storageFailed)
                #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains(path) == true)
                #expect(FileManager.default.contents(atPath: path) == before)
            }
        }
    }

    @Test("A folder that does not exist is named, and so is a missing file where none may be made")
    func refusesMissingPlaces() async throws {
        try await withTemporaryFolder { folder in
            let nowhere = folder.appendingPathComponent("none/switchyard.sqlite").path
            let missing = folder.appendingPathComponent("switchyard.sqlite").path

            let first = #expect(throws: SwitchyardError.self) {
                _ = try SQLiteStore(path: nowhere, mode: .openOrMigrate)
            }
            let second = #expect(throws: SwitchyardError.self) {
                _ = try SQLiteStore(path: missing, mode: .requireCurrent)
            }

            #expect(first?.message.contains("No such file or directory") == true)
            #expect(second?.message.contains("switchyard migrate") == true)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left == [])
        }
    }
}
