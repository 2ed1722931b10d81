import Foundation

/// A file on its way to its place: written beside it with mode 0600, synced, and moved there when it is whole.
///
/// Used by one thread at a time; what is not moved is removed with the object.
package final class NewFile {
    package let path: String
    /// Where the bytes are until `commit`.
    package let temporaryPath: String
    private var descriptor: CInt

    /// Throws `storageFailed` when the folder takes no file.
    package init(for path: String) throws(SwitchyardError) {
        self.path = path
        temporaryPath = path + ".partial-" + RandomText.hex(bytes: 4)
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(writing: path) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporaryPath)
    }

    /// Throws `storageFailed`, such as for want of room.
    package func append(_ bytes: some Sequence<UInt8>) throws(SwitchyardError) {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
            }
            guard count > 0 || errno == EINTR else { throw Self.failure(writing: path) }
            done += max(0, count)
        }
    }

    /// Puts it in its place, that of an older file too: after this it is on the disk.
    package func commit() throws(SwitchyardError) {
        guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else { throw Self.failure(writing: path) }
        close(descriptor)
        descriptor = -1
        try Self.sync(folderOf: path)
    }

    /// Has a file keep its content, or a folder its names, also after a power cut.
    package static func sync(_ path: String) throws(SwitchyardError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(writing: path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(writing: path) }
    }

    package static func sync(folderOf path: String) throws(SwitchyardError) {
        let folder = (path as NSString).deletingLastPathComponent
        try sync(folder.isEmpty ? "." : folder)
    }

    private static func failure(writing path: String) -> SwitchyardError {
        let reason = String(cString: strerror(errno))
        return SwitchyardError(.storageFailed, "\(path) cannot be written: \(reason)")
    }
}
