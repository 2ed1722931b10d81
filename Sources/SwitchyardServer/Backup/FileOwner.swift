import Foundation
import SwitchyardCore

/// Gives what root has made in a data folder to the folder's owner: the server must not find files that it cannot open.
///
/// That owner may put something else in the place of an entry at any moment. So no path is followed: each entry is opened from
/// the folder that it is in, never through a symbolic link, and what was opened is looked at and given away. Files of others and
/// those with a second name are not given.
struct FileOwner {
    /// Called before an entry is opened, with its name; a test does there what the owner might.
    var beforeEntry: (String) -> Void = { _ in }

    /// Gives an entry of a folder, with all that is below it, to the owner of the folder, if this process may.
    func give(_ name: String, in folder: String) throws(SwitchyardError) {
        let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw Self.failure(folder) }
        defer { close(parent) }
        let owner = try Self.status(of: parent, folder)
        guard geteuid() == 0, owner.st_uid != 0 else { return }
        try give(name, in: parent, to: owner)
    }

    private func give(_ name: String, in folder: CInt, to owner: stat) throws(SwitchyardError) {
        beforeEntry(name)
        // A pipe is not waited for.
        let entry = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard entry >= 0 else { throw Self.failure(name) }
        defer { close(entry) }
        let status = try Self.status(of: entry, name)
        guard status.st_uid != owner.st_uid else { return }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard status.st_uid == 0, isFolder || (status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1) else {
            throw SwitchyardError(
                .storageFailed,
                "\(name) is not what was restored: somebody else is at work in the data folder"
            )
        }
        if isFolder {
            for name in try Self.names(in: entry) { try give(name, in: entry, to: owner) }
        }
        guard fchown(entry, owner.st_uid, owner.st_gid) == 0 else { throw Self.failure(name) }
    }

    private static func status(of descriptor: CInt, _ name: String) throws(SwitchyardError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(name) }
        return status
    }

    private static func names(in folder: CInt) throws(SwitchyardError) -> [String] {
        // The stream closes its descriptor.
        let copy = dup(folder)
        guard copy >= 0, let stream = fdopendir(copy) else {
            close(copy)
            throw failure("a folder")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func failure(_ name: String) -> SwitchyardError {
        let reason = String(cString: strerror(errno))
        return SwitchyardError(.storageFailed, "\(name) cannot be given to the server's user: \(reason)")
    }
}
