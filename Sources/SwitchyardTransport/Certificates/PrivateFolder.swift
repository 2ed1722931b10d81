import Foundation
import SwitchyardCore

/// A folder for secrets: mode 0700, files 0600, each replaced as a whole.
struct PrivateFolder {
    let path: String

    func create() throws(SwitchyardError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        } catch {
            throw SwitchyardError(.storageFailed, "cannot make the folder \(path)", underlying: error)
        }
    }

    /// Writes a file beside its place, syncs it and moves it there.
    func write(_ text: String, to name: String) throws(SwitchyardError) {
        let target = path + "/" + name
        let temporary = path + "/." + name + "." + RandomText.hex(bytes: 4)
        do {
            try writeNew(text, to: temporary)
            guard rename(temporary, target) == 0 else { throw POSIXError.current }
            try sync(path, flags: O_RDONLY)
        } catch {
            // If it is there it is of no use, and if it is not, so much the better.
            unlink(temporary)
            throw SwitchyardError(.storageFailed, "cannot write \(target)", underlying: error)
        }
    }

    private func writeNew(_ text: String, to file: String) throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError.current }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.synchronize()
        try handle.close()
    }

    private func sync(_ path: String, flags: Int32) throws {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError.current }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw POSIXError.current }
    }
}

extension POSIXError {
    fileprivate static var current: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
