import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardSQLite
import TestSupport
import Testing

@testable import SwitchyardServer

@Suite("Restoring a backup", .timeLimit(.minutes(3)))
struct RestorationTests {
    @Test("A backup of a running server makes another folder the same server, certificates and settings included")
    func restores() async throws {
        try await withBackup { backup in
            try await withFolder { parent in
                let folder = DataDirectory(path: parent + "/data")

                let outcome = try Restoration(directory: folder).run(backup.file, replacing: false, isTrial: false)

                #expect(outcome.aside == nil && outcome.migrated == [])
                let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                #expect(
                    names == [
                        "certificates", "firmware", "switchyard.sqlite", "switchyard.sqlite.lock", "switchyard.yaml",
                    ]
                )
                for (name, content) in backup.otherFiles {
                    #expect(FileManager.default.contents(atPath: folder.path + "/" + name) == content, "\(name)")
                }
                try await withTestServer(in: folder.path) { server in
                    let accounts = try await server.switchyard.accounts.accounts()
                    #expect(accounts.map(\.identifier.description) == ["ann@example.org"])
                    #expect(server.switchyard.registry.allDevices().count == 1)
                }
            }
        }
    }

    @Test(
        "A hundred copies with a flipped byte, and ten without their end, are refused in words, and the folder stays as it was"
    )
    func refusesDamaged() async throws {
        try await withBackup { backup in
            let whole = Array(try #require(FileManager.default.contents(atPath: backup.file)))
            try await withFolder { parent in
                let folder = DataDirectory(path: parent + "/data")
                _ = try Restoration(directory: folder).run(backup.file, replacing: false, isTrial: false)
                let before = try snapshot(of: folder.path)
                var random = Scatter(seed: 2_027)
                for number in 1...110 {
                    let damaged = parent + "/damaged.tar"
                    let bytes = number <= 100 ? random.flip(whole) : random.truncate(whole)
                    try Data(bytes).write(to: URL(filePath: damaged))

                    let error = #expect(throws: SwitchyardError.self) {
                        _ = try Restoration(directory: folder).run(damaged, replacing: true, isTrial: false)
                    }

                    let words = error?.message ?? ""
                    #expect(words.contains("Nothing was changed") && words.contains("another"), "\(number): \(words)")
                    #expect(try snapshot(of: folder.path) == before, "\(number)")
                }
                print("backup: 110 damaged copies refused")
            }
        }
    }

    @Test(
        "What is not a backup is refused, and makes no folder",
        arguments: ["empty", "text", "database", "folder", "nothing"]
    )
    func refusesOthers(kind: String) async throws {
        try await withBackup { backup in
            try await withFolder { parent in
                let file = parent + "/file"
                switch kind {
                case "empty": try Data().write(to: URL(filePath: file))
                case "text": try Data(repeating: 65, count: 10_000).write(to: URL(filePath: file))
                case "database": try FileManager.default.copyItem(atPath: backup.database, toPath: file)
                case "folder": try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
                default: break
                }

                let error = #expect(throws: SwitchyardError.self) {
                    _ = try Restoration(directory: DataDirectory(path: parent + "/data"))
                        .run(file, replacing: true, isTrial: false)
                }

                #expect(error?.code == .invalidInput)
                #expect(!FileManager.default.fileExists(atPath: parent + "/data"))
            }
        }
    }

    @Test("A folder that holds something is replaced only on demand, and what it held is put aside whole")
    func putsAside() async throws {
        try await withBackup { backup in
            try await withFolder { parent in
                let folder = DataDirectory(path: parent + "/data")
                try await makeOther(folder)
                let before = try snapshot(of: folder.path)
                let restoration = Restoration(directory: folder, time: UnixTime(seconds: 1_700_000_000))

                let error = #expect(throws: SwitchyardError.self) {
                    _ = try restoration.run(backup.file, replacing: false, isTrial: false)
                }
                #expect(error?.code == .alreadyExists && error?.message.contains("--force") == true)
                #expect(try snapshot(of: folder.path) == before)
                _ = try restoration.run(backup.file, replacing: false, isTrial: true)
                #expect(try snapshot(of: folder.path) == before)
                let outcome = try restoration.run(backup.file, replacing: true, isTrial: false)

                #expect(outcome.aside == folder.path + "/before-restore-20231114T221320Z")
                let aside = DataDirectory(path: try #require(outcome.aside))
                #expect(try await identifiers(in: aside.database) == ["other@example.org"])
                #expect(try await identifiers(in: folder.database) == ["ann@example.org"])
                let old = FileManager.default.contents(atPath: aside.certificates + "/public.pem")
                #expect(old == before["certificates/public.pem"])
            }
        }
    }

    @Test("A running server keeps its folder")
    func refusesRunningServer() async throws {
        try await withBackup { backup in
            try await withTestServer { server in
                let error = #expect(throws: SwitchyardError.self) {
                    _ = try Restoration(directory: server.dataDirectory).run(
                        backup.file,
                        replacing: true,
                        isTrial: false
                    )
                }

                #expect(error?.message.contains("stop that one first") == true)
            }
        }
    }

    @Test("A crash at any step leaves the old or the new, whole; the next start finishes what was decided")
    func survivesCrashes() async throws {
        try await withBackup { backup in
            var crashes = 0
            while try await crash(at: crashes + 1, backup) { crashes += 1 }

            // The moves of two times five things and three steps of its own.
            #expect(crashes >= 10)
        }
    }

    /// Returns whether there was so late a step.
    private func crash(at step: Int, _ backup: Backup) async throws -> Bool {
        try await withFolder { parent in
            let folder = DataDirectory(path: parent + "/data")
            try await makeOther(folder, closing: false)
            var reader = try BackupReader(backup.file)
            let calls = Steps(crashingAt: step)
            let pending = PendingRestore(directory: folder, beforeStep: calls.call)
            try pending.begin()
            _ = try reader.read(extractingTo: pending.partial)
            do throws(SwitchyardError) {
                try pending.decide(puttingAside: "before")
                try pending.complete()
            } catch {}
            let (isDecided, hasCrashed) = (calls.count > 1, calls.count == step)

            try Maintenance.finishRestore(in: folder)

            let expected = isDecided ? "ann@example.org" : "other@example.org"
            #expect(try await identifiers(in: folder.database) == [expected], "step \(step)")
            if expected == "ann@example.org" {
                #expect(!pending.isPending)
                #expect(try await identifiers(in: folder.path + "/before/switchyard.sqlite") == ["other@example.org"])
            }
            return hasCrashed
        }
    }

    @Test("What is put aside stays in the data folder, whatever a note of somebody else says")
    func refusesOtherNote() async throws {
        try await withFolder { parent in
            let folder = DataDirectory(path: parent + "/data")
            try await makeOther(folder)
            let pending = PendingRestore(directory: folder)
            try pending.begin()
            try pending.decide(puttingAside: "../elsewhere")
            let before = try snapshot(of: parent)

            #expect(throws: SwitchyardError.self) { try pending.complete() }

            #expect(try snapshot(of: parent) == before)
        }
    }

    @Test("What root restores, and what it puts aside, belongs to the server's own user", .enabled(if: geteuid() == 0))
    func keepsOwner() async throws {
        try await withBackup { backup in
            try await withFolder { parent in
                let folder = DataDirectory(path: parent + "/data")
                try await makeOther(folder)
                try own(folder)

                let outcome = try Restoration(directory: folder).run(backup.file, replacing: true, isTrial: false)

                #expect(outcome.aside != nil)
                try expectOwned(folder)
            }
        }
    }

    @Test("What root leaves when it crashes can be finished by the server's own user", .enabled(if: geteuid() == 0))
    func keepsOwnerInCrashes() async throws {
        try await withBackup { backup in
            for step in 2...6 {
                try await withFolder { parent in
                    let folder = DataDirectory(path: parent + "/data")
                    try await makeOther(folder)
                    try own(folder)
                    var reader = try BackupReader(backup.file)
                    let pending = PendingRestore(directory: folder, beforeStep: Steps(crashingAt: step).call)
                    try pending.begin()
                    _ = try reader.read(extractingTo: pending.partial)

                    #expect(throws: SwitchyardError.self) {
                        try pending.decide(puttingAside: "before")
                        try pending.complete()
                    }

                    #expect(pending.isPending, "step \(step)")
                    try expectOwned(folder)
                }
            }
        }
    }

    private static let nobody: uid_t = 65_534

    /// Gives the folder and all in it to a user of its own.
    private func own(_ folder: DataDirectory) throws {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        for path in [folder.path] + names.map({ folder.path + "/" + $0 }) {
            #expect(chown(path, Self.nobody, Self.nobody) == 0)
        }
    }

    private func expectOwned(_ folder: DataDirectory) throws {
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)
            #expect((attributes[.ownerAccountID] as? NSNumber)?.uint32Value == Self.nobody, "\(name)")
        }
    }
}
