import CoolkitWire
import Foundation
import TestRandom
import TestSupport
import Testing

/// Again and again: clients write, the power is cut, and what had been acknowledged is still there.
///
/// The power is cut for files alone: the server is killed, and what it had not synced is taken out of its files.
@Suite("Power cuts", .serialized, .timeLimit(.minutes(LongRun.minutesAtMost)))
struct PowerTests {
    /// Further cuts a round, at moments when nobody asked what was acknowledged: the database has to be sound.
    private static let earlierCuts = 10
    private static let cutsThatHaveToBite = 20

    @Test("A power cut loses nothing acknowledged and leaves a sound database", arguments: [LongRun.seed])
    func survivesPowerCuts(seed: UInt64) async throws {
        try await withUnsafeDisk { disk in
            let ledger = CrashLedger()
            let actors = try await withServer(in: disk.folder, environment: CrashActors.settings) {
                try await CrashActors(in: $0, ledger)
            }
            var random = SeededGenerator(seed: seed)
            var starts = StartTimes()
            var unsynced = 0
            var bites = 0
            for round in 0...LongRun.powerCuts {
                let isLast = round == LongRun.powerCuts
                // Now and then a sync fails too, and what it was to cover never reaches the disk.
                let failures = round % 3 == 1 && !isLast ? 15 : 0
                ledger.begin(acknowledgements: Int.random(in: 1...200, using: &random))
                try disk.begin()
                let start = ContinuousClock.now
                let environment = disk.environment(failingEach: failures).merging(CrashActors.settings) { $1 }
                try await withServer(in: disk.folder, environment: environment) { server in
                    let check = CrashCheck(server: server, actors: actors, ledger: ledger)
                    #expect(try await check.answers())
                    starts.add(start.duration(to: .now))
                    #expect(try await check.faults(everything: isLast) == [], "round \(round)")
                    guard !isLast else { return }
                    let load = CrashLoad(server: server, actors: actors, ledger: ledger, mayRefuse: failures > 0)
                    try await load.runUntilKilled()
                }
                guard !isLast else { break }
                let faults = try await disk.faultsOfEarlierCuts(Self.earlierCuts, &random)
                #expect(faults == [], "round \(round)")
                let lost = try disk.cut(DiskLog.Cut.allCases[round % DiskLog.Cut.allCases.count], &random)
                unsynced += lost
                bites += lost > 0 ? 1 : 0
                #expect(try await faultsOfDatabase(in: disk.folder) == [], "round \(round)")
            }
            #expect(starts.longest <= StartTimes.limit)
            for kind in CrashLedger.kinds {
                #expect(ledger.counts[kind, default: 0] >= LongRun.powerCuts / 2, "the load has too few of \(kind)")
            }
            // Of a few kills each may come when all is synced; that the layer bites is shown below.
            if LongRun.powerCuts >= Self.cutsThatHaveToBite {
                #expect(bites >= LongRun.powerCuts / 10, "nearly always everything was synced: too little was cut off")
                #expect(unsynced >= LongRun.powerCuts, "too little was cut off")
            }
            print(
                "power: \(LongRun.powerCuts) cuts, seed \(seed), in \(bites) of them \(unsynced) writes were not synced;"
            )
            print("power: \(LongRun.powerCuts * Self.earlierCuts) cuts at other moments left a sound database;")
            print("power: acknowledged \(ledger.summary); refused \(ledger.refusals)")
            print("power: \(starts.description)")
        }
    }

    @Test("The layer bites: on a disk that lies about its syncs, acknowledged writes are lost")
    func losesWithoutSyncs() async throws {
        try await withUnsafeDisk { disk in
            let ledger = CrashLedger()
            let actors = try await withServer(in: disk.folder, environment: CrashActors.settings) {
                try await CrashActors(in: $0, ledger)
            }
            var random = SeededGenerator(seed: LongRun.seed)
            ledger.begin(acknowledgements: 50)
            try disk.begin()
            let environment = disk.environment(lying: true).merging(CrashActors.settings) { $1 }
            try await withServer(in: disk.folder, environment: environment) { server in
                try await CrashLoad(server: server, actors: actors, ledger: ledger).runUntilKilled()
            }
            _ = try disk.cut(.nothing, &random)

            let faults = try await withServer(in: disk.folder, environment: CrashActors.settings) {
                try await CrashCheck(server: $0, actors: actors, ledger: ledger).faults(everything: true)
            }
            #expect(faults.contains("a log-in is lost"))
            for name in ["group", "thing group", CrashLoad.changingChild.rawValue] {
                #expect(faults.contains { $0.hasPrefix("\(name) has number") }, "\(name) in \(faults)")
            }
        }
    }

    @Test(
        "The layer bites: SQLite loses its last commits with synchronous=OFF, and none with FULL",
        arguments: ["OFF", "FULL"]
    )
    func bitesSQLite(synchronous: String) async throws {
        try await withUnsafeDisk { disk in
            var random = SeededGenerator(seed: LongRun.seed)
            let script = [BuildFolder.fixture("count_commits.py"), disk.folder + "/count.sqlite"]
            try disk.begin()
            let acknowledged = try await run(
                systemProgram("python3"),
                script + [synchronous, "200"],
                environment: disk.environment()
            )
            #expect(acknowledged.status == 0 && acknowledged.output.hasSuffix("200"))
            _ = try disk.cut(.nothing, &random)

            let left = try await run(systemProgram("python3"), script)
            let count = try #require(Int(left.output))
            #expect(synchronous == "FULL" ? count == 200 : count < 200)
        }
    }

    private func withUnsafeDisk(_ body: (UnsafeDisk) async throws -> Void) async throws {
        try await withDataFolder { folder in
            let place = TemporaryFolder.make()
            defer { TemporaryFolder.remove(place) }
            try await body(UnsafeDisk(folder, place: place))
        }
    }
}
