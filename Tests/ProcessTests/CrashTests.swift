import CoolkitWire
import Foundation
import TestRandom
import TestSupport
import Testing

/// Again and again: clients write, the server is killed at a random moment, and what it had acknowledged is still there.
@Suite("Crashes", .timeLimit(.minutes(LongRun.minutesAtMost)))
struct CrashTests {
    @Test(
        "kill -9 in the middle of writes loses nothing acknowledged and leaves a sound database",
        arguments: [LongRun.seed]
    )
    func survivesKills(seed: UInt64) async throws {
        try await withDataFolder { folder in
            let ledger = CrashLedger()
            let actors = try await withServer(in: folder, environment: CrashActors.settings) {
                try await CrashActors(in: $0, ledger)
            }
            var random = SeededGenerator(seed: seed)
            var starts = StartTimes()
            for round in 0...LongRun.crashes {
                let isLast = round == LongRun.crashes
                // Every other time close behind a log-in, when another one is about to be written.
                let longest = Bool.random(using: &random) ? 10 : 300
                ledger.begin(acknowledgements: Int.random(in: 1...longest, using: &random))
                let start = ContinuousClock.now
                try await withServer(in: folder, environment: CrashActors.settings) { server in
                    let check = CrashCheck(server: server, actors: actors, ledger: ledger)
                    #expect(try await check.answers())
                    starts.add(start.duration(to: .now))
                    #expect(try await check.faults(everything: isLast) == [], "round \(round)")
                    guard !isLast else { return }
                    try await CrashLoad(server: server, actors: actors, ledger: ledger).runUntilKilled()
                }
                if !isLast { #expect(try await faultsOfDatabase(in: folder) == []) }
            }
            #expect(starts.longest <= StartTimes.limit)
            for kind in CrashLedger.kinds {
                #expect(ledger.counts[kind, default: 0] >= LongRun.crashes / 2, "the load has too few of \(kind)")
            }
            let size = try FileManager.default.attributesOfItem(atPath: folder + "/switchyard.sqlite")[.size] as? Int
            print("crashes: \(LongRun.crashes) times kill -9, seed \(seed); acknowledged \(ledger.summary);")
            print("crashes: the database grew to \((size ?? 0) / 1_024) kB; \(starts.description)")
        }
    }
}

extension CrashLoad {
    /// Runs the clients until it is time, and kills the server.
    func runUntilKilled() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await run() }
            group.addTask {
                try await ledger.waitForMoment()
                server.process.send(SIGKILL)
            }
            // Unlike `waitForAll` this ends with the first failure.
            for try await _ in group {}
        }
        #expect(try await server.process.exit() == .signalled(SIGKILL))
    }
}
