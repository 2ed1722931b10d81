import Foundation
import SwitchyardCore

/// The files of a database: readable and writable by their owner alone, as tokens' hashes and devices' keys are in them.
struct DatabaseFile: Sendable {
    /// Links resolved, so that two names of one file have one lock.
    let path: String

    init(path: String) {
        self.path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    var lockPath: String { path + ".lock" }
    var exists: Bool { access(path, F_OK) == 0 }

    /// The database and its write-ahead log; 0 where there is no file.
    var sizeBytes: Int64 {
        [path, path + "-wal"].reduce(0) { sum, name in
            var information = stat()
            return stat(name, &information) == 0 ? sum + Int64(information.st_size) : sum
        }
    }

    /// Makes the file when there is none; takes all rights from group and others where they have any.
    ///
    /// The write-ahead log and its index get the mode of the database file when they are made.
    func prepare() throws(SwitchyardError) {
        if !exists { try create() }
        for name in [path, path + "-wal", path + "-shm"] {
            var information = stat()
            guard stat(name, &information) == 0 else { continue }
            guard information.st_mode & S_IFMT == S_IFREG else {
                throw SwitchyardError(.storageFailed, "\(name) is not a file")
            }
            guard information.st_mode & 0o077 == 0 || chmod(name, 0o600) == 0 else {
                throw SwitchyardError(
                    .storageFailed,
                    "\(name) is open to other users and its mode cannot be changed: \(Self.reason(errno))"
                )
            }
        }
    }

    /// Makes an empty file and has its folder remember it, also after a power cut.
    private func create() throws(SwitchyardError) {
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(making: path, errno) }
        close(descriptor)
        let folderPath = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let folder = open(folderPath, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure(making: path, errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Self.failure(making: path, errno) }
    }

    static func failure(making path: String, _ number: Int32) -> SwitchyardError {
        SwitchyardError(.storageFailed, "\(path) cannot be made: \(reason(number))")
    }

    private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
