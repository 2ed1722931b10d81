import Foundation
import TestSupport

/// A server's disk that a test can make full, or fail, and whole again.
struct FailingDisk: Sendable {
    enum Fault: String, CaseIterable, Sendable {
        /// No room for another byte (`ENOSPC`).
        case full
        /// No write succeeds (`EIO`).
        case broken
        /// No sync succeeds (`EIO`).
        case fail
        /// A real file system without room, where a program of `scripts/` has made a small one.
        case filled

        /// The small file system.
        static let folder = ProcessInfo.processInfo.environment["SWITCHYARD_DISK_FOLDER"]
        static let here: [Fault] = folder == nil ? [.full, .broken, .fail] : allCases
    }

    let fault: Fault
    /// Where the server's data are.
    let folder: String
    /// The file that makes the faulty library fail, or the one that takes all room.
    private var switchFile: String { fault == .filled ? "\(folder)/../ballast" : "\(folder)/disk.\(fault)" }

    /// Runs `body` with a data folder on such a disk, and what a server on it needs in its environment.
    static func with(
        _ fault: Fault,
        _ body: (FailingDisk, _ environment: [String: String]) async throws -> Void
    ) async throws {
        let place = TemporaryFolder.make()
        defer { TemporaryFolder.remove(place) }
        let folder = (fault == .filled ? Fault.folder ?? place : place) + "/data"
        try TestCertificates.install(in: folder)
        let disk = FailingDisk(fault: fault, folder: folder)
        defer {
            disk.recover()
            TemporaryFolder.remove(folder)
        }
        var environment = CrashActors.settings
        if fault != .filled {
            environment["LD_PRELOAD"] = try await compileLibrary("faulty-disk", in: place)
            environment["SYNC_GATE"] = folder + "/disk"
        }
        try await body(disk, environment)
    }

    /// From now on nothing can be stored.
    func fail() throws {
        guard fault == .filled else {
            try Data().write(to: URL(filePath: switchFile))
            return
        }
        let descriptor = open(switchFile, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TestFailure("no ballast: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let bytes = [UInt8](repeating: 1, count: 1 << 20)
        for size in [bytes.count, 4_096, 1] { while write(descriptor, bytes, size) > 0 {} }
        guard errno == ENOSPC else { throw TestFailure("the disk is not full: \(String(cString: strerror(errno)))") }
    }

    /// All is well again.
    func recover() { unlink(switchFile) }
}
