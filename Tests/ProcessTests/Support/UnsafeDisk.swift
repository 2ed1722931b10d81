import Foundation
import TestRandom
import TestSupport

/// A data folder whose disk forgets, at a power cut, what was not synced (`Fixtures/disk-log.c`).
struct UnsafeDisk: Sendable {
    let folder: String
    private let place: String
    private let library: String

    fileprivate var log: String { place + "/log" }
    fileprivate var base: String { place + "/base" }

    /// - Parameter place: a folder for its own files.
    init(_ folder: String, place: String) async throws {
        self.folder = folder
        self.place = place
        library = try await compileLibrary("disk-log", in: place)
    }

    /// What has a program's writes written down.
    func environment(failingEach failures: Int = 0, lying: Bool = false) -> [String: String] {
        var environment = [
            "LD_PRELOAD": library, "DISK_LOG": log, "DISK_LOG_FOLDER": folder, "DISK_LOG_FAILURES": String(failures),
        ]
        if lying { environment["DISK_LOG_LIES"] = "1" }
        return environment
    }

    /// From now on, what is not synced may be lost.
    func begin() throws {
        let manager = FileManager.default
        for path in [log, base] where manager.fileExists(atPath: path) { try manager.removeItem(atPath: path) }
        try manager.createDirectory(atPath: base, withIntermediateDirectories: true)
        for name in try manager.contentsOfDirectory(atPath: folder) where Self.isLogged(name) {
            try manager.copyItem(atPath: "\(folder)/\(name)", toPath: "\(base)/\(name)")
        }
    }

    private static func isLogged(_ name: String) -> Bool {
        name == "firmware" || [".sqlite", "-wal", "-journal"].contains { name.hasSuffix($0) }
    }

    /// The power is cut: leaves in the folder what was synced, and of the rest what the cut says.
    ///
    /// - Returns: how many writes were not synced.
    func cut(_ cut: DiskLog.Cut, _ random: inout SeededGenerator) throws -> Int {
        var disk = try DiskLog(path: log, base: base)
        let unsynced = disk.unsyncedWrites
        try disk.restore(cut, to: folder, &random)
        // Mapped memory: whatever is left of it, nobody may rely on it.
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix("-shm") {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        return unsynced
    }
}

extension UnsafeDisk {
    /// Cuts the power at random moments of what has happened, in copies; returns what is wrong with their databases.
    func faultsOfEarlierCuts(_ count: Int, _ random: inout SeededGenerator) async throws -> [String] {
        var faults: [String] = []
        for _ in 0..<count {
            let copy = TemporaryFolder.make()
            defer { TemporaryFolder.remove(copy) }
            try FileManager.default.createDirectory(atPath: copy + "/firmware", withIntermediateDirectories: true)
            var disk = try DiskLog(path: log, base: base, part: Double.random(in: 0.02...1, using: &random))
            try disk.restore(DiskLog.Cut.allCases.randomElement(using: &random) ?? .nothing, to: copy, &random)
            faults += try await faultsOfDatabase(in: copy)
        }
        return faults
    }
}

/// Compiles a library of `Fixtures` into a folder; returns its path.
func compileLibrary(_ name: String, in folder: String) async throws -> String {
    let library = "\(folder)/\(name).so"
    let source = BuildFolder.fixture(name + ".c")
    let arguments = ["-O1", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"]
    let compiler = try await run(systemProgram("cc"), arguments)
    guard compiler.status == 0 else { throw TestFailure("cc: \(compiler.errors)") }
    return library
}
