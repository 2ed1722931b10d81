import CoolkitWire
import Foundation
import NIOHTTP1
import SwitchyardSimulator
import TestSupport
import Testing

/// What a server does while its disk takes nothing, and after that.
@Suite("A disk that takes nothing", .serialized, .timeLimit(.minutes(5)))
struct DiskTests {
    @Test(
        "Writes are refused, relaying and reading go on, and all works again by itself when the disk does",
        arguments: FailingDisk.Fault.here
    )
    func goesOn(fault: FailingDisk.Fault) async throws {
        try await FailingDisk.with(fault) { disk, environment in
            let ledger = CrashLedger()
            let actors = try await withServer(in: disk.folder, environment: environment) { server in
                let actors = try await CrashActors(in: server, ledger)
                try await DiskPlay.with(server, actors) { play in
                    let before = try await play.changes(1)
                    #expect(before == DiskPlay.allDone)

                    try disk.fail()
                    let meanwhile = try await play.changes(2)
                    #expect(meanwhile == DiskPlay.allRefused)
                    try await play.expectRelaying()
                    try await play.expectReading()
                    try await play.expectRest()

                    disk.recover()
                    try await server.log("The store takes what devices report again")
                    let after = try await play.changes(3)
                    #expect(after == DiskPlay.allDone)
                    #expect(try await server.command("account", "list").status == 0)
                }
                server.process.send(SIGKILL)
                #expect(try await server.process.exit() == .signalled(SIGKILL))
                return actors
            }
            #expect(try await faultsOfDatabase(in: disk.folder) == [])
            try await withServer(in: disk.folder, environment: environment) { server in
                let check = CrashCheck(server: server, actors: actors, ledger: ledger)
                let numbers = try await check.numbersOfReporters()
                #expect(numbers == [3, 2, 0, 0], "the silent device's report was refused, and stored later")
            }
        }
    }

    @Test("A server on a full disk starts, or says in words why not", arguments: FailingDisk.Fault.here)
    func starts(fault: FailingDisk.Fault) async throws {
        try await FailingDisk.with(fault) { disk, environment in
            try await withServer(in: disk.folder, environment: environment) { _ = try await Cast(in: $0) }
            try disk.fail()
            let launch = try launchOfServer(in: disk.folder, environment: environment)
            try await ChildProcess.with(launch) { server in
                let line = try await server.errors.next("that it is ready, or why not") {
                    $0.contains(#""message":"Ready""#) || $0.hasPrefix("switchyard: ")
                }
                if line.hasPrefix("switchyard: ") {
                    #expect(line.contains("no room left") || line.contains("the disk failed"), "\(line)")
                    #expect(try await server.exit() != .exited(0))
                }
            }
            disk.recover()
            try await withServer(in: disk.folder, environment: environment) { server in
                let listed = try await server.json("device", "list")
                #expect(listed["devices"]?.arrayValue?.count == 1)
            }
        }
    }
}
