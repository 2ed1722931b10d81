import CoolkitWire
import Foundation
import TestSupport
import Testing

/// The commands `backup` and `restore` against a server of its own process.
@Suite("Backups", .timeLimit(.minutes(20)))
struct BackupTests {
    @Test(
        "A backup in the middle of writes has what was acknowledged before it began, and restores to a server that serves it"
    )
    func holdsAcknowledged() async throws {
        try await withDataFolder { folder in
            let file = folder + "/backup.tar"
            let ledger = CrashLedger()
            let (actors, copied) = try await withServer(in: folder, environment: CrashActors.settings) { server in
                let actors = try await CrashActors(in: server, ledger)
                return (actors, try await backUp(server, actors, ledger, to: file))
            }
            #expect(copied.sharings[CrashActors.sharedByCall]?.acknowledged == true)
            #expect(copied.sharings[CrashActors.sharedOnSocket]?.acknowledged == false)
            try await withEmptyFolder { restored in
                let finished = try await switchyard(["restore", file, "--data", restored, "--output", "json"])
                #expect(finished.status == 0, "\(finished.errors)")
                try await withServer(in: restored, environment: CrashActors.settings) { server in
                    let check = CrashCheck(server: server, actors: actors, ledger: CrashLedger(copied))
                    let faults = try await check.faults(everything: true)
                    #expect(faults == [])
                }
            }
        }
    }

    @Test("The file is for its owner alone, any tar program reads it, and another one is not overwritten")
    func writesFile() async throws {
        try await withDataFolder { folder in
            try await withServer(in: folder) { server in
                _ = try await Cast(in: server)
                let file = folder + "/backup.tar"

                let answer = try await server.json("backup", file)

                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                #expect(answer["bytes"]?.intValue == (attributes[.size] as? NSNumber)?.intValue)
                let members = (answer["members"]?.arrayValue ?? []).compactMap(\.stringValue)
                #expect(members.contains("switchyard.sqlite") && members.contains("certificates/ca.key"))
                let listing = try await run(try systemProgram("tar"), ["-tf", file])
                let own = ["switchyard-backup.json", "switchyard-backup.sha256"]
                #expect(
                    listing.status == 0
                        && Set(listing.output.split(separator: "\n").map(String.init)) == Set(members + own)
                )
                let again = try await server.command("backup", file)
                #expect(again.status == 2 && again.errors.contains("--force"))
                #expect(try await server.command("backup", file, "--force").status == 0)
                let nowhere = try await server.command("backup", folder + "/none/backup.tar")
                #expect(nowhere.status == 2 && nowhere.errors.contains("No such file or directory"))
                let restore = try await server.command("restore", file, "--force")
                #expect(restore.status == 2 && restore.errors.contains("stop that one first"))
                let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("partial") }
                #expect(left == [])
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/backups") == [])
            }
        }
    }

    @Test("A sound backup passes a trial, and a damaged one says what to do")
    func refusesDamaged() async throws {
        try await withDataFolder { folder in
            try await withServer(in: folder) { server in
                let made = try await server.command("backup", folder + "/backup.tar")
                #expect(made.status == 0, "\(made.errors)")
            }
            var bytes = try Data(contentsOf: URL(filePath: folder + "/backup.tar"))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(filePath: folder + "/damaged.tar"))

            let trial = try await switchyard(["restore", folder + "/backup.tar", "--data", folder, "--dry-run"])
            let refusal = try await switchyard(["restore", folder + "/damaged.tar", "--data", folder, "--force"])

            #expect(trial.status == 0 && trial.output.contains("is sound and can be restored"), "\(trial.errors)")
            #expect(refusal.status == 2 && refusal.errors.contains("use another copy of this backup"))
        }
    }

    // MARK: Under load

    /// Returns what the copy may hold: all that had been acknowledged when the command was started, and nothing that was not
    /// asked for before it ended; log-ins, additions, reports, names, lists and firmware go on until then.
    private func backUp(
        _ server: RunningServer,
        _ actors: CrashActors,
        _ ledger: CrashLedger,
        to file: String
    ) async throws -> CrashLedger.Contents {
        ledger.begin(acknowledgements: 100, ofEachKind: true)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await CrashLoad(server: server, actors: actors, ledger: ledger).run() }
            group.addTask {
                try await ledger.waitForMoment(livesOn: true)
                try await ledger.waitForStand()
            }
            // The load goes on, unless it has failed.
            try await group.next()
            let (known, reports) = (ledger.contents, ledger.counts["report", default: 0])
            let finished = try await server.command("backup", file)
            #expect(finished.status == 0, "\(finished.errors)")
            #expect(ledger.counts["report", default: 0] > reports, "nobody wrote while the backup was made")
            group.cancelAll()
            while await group.nextResult() != nil {}
            print("backup: \(ledger.summary) acknowledged while one was made; what was before it is in it")
            return ledger.contents(since: known)
        }
    }

    private func switchyard(_ arguments: [String]) async throws -> Finished {
        try await run(try BuildFolder.switchyard.get(), arguments)
    }

    private func withEmptyFolder(_ body: (String) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try await body(folder)
    }
}
