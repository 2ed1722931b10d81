import Foundation
import SwitchyardCore

/// A backup that is being put in the place of what a data folder holds, so that a crash at any moment leaves the old or the
/// new, never a mixture.
///
/// The files come into `restore.partial/`, are checked and synced there, and the folder is renamed to `restore.pending/`: from
/// then on the restore holds. What remains is moving, old files aside and new ones in, each move safe to repeat; `complete` does
/// it, or does the rest of it at the next start of a server.
struct PendingRestore {
    let directory: DataDirectory
    /// Called before each change, with what it is; a test throws here as a crash would come.
    var beforeStep: (String) throws(SwitchyardError) -> Void = { _ in }

    /// The file that names the folder for what was there before.
    private static let asideFile = "put-aside"
    /// What is put in place, each with what must not stay beside it: a write-ahead log of another database would be played
    /// into the new one.
    private static let items = [
        (name: "certificates", companions: []), (name: "firmware", companions: []),
        (name: "switchyard.yaml", companions: []),
        (name: "switchyard.sqlite", companions: ["switchyard.sqlite-wal", "switchyard.sqlite-shm"]),
    ]

    var partial: String { directory.path + "/restore.partial" }
    private var pending: String { directory.path + "/restore.pending" }

    /// Whether a restore holds that was not finished.
    var isPending: Bool { exists(pending) }

    /// Makes the empty folder for the files of the backup.
    func begin() throws(SwitchyardError) {
        try abandon()
        guard mkdir(partial, 0o700) == 0 else { throw failure("make", partial) }
    }

    /// Removes what was not decided.
    func abandon() throws(SwitchyardError) {
        guard exists(partial) else { return }
        do {
            try FileManager.default.removeItem(atPath: partial)
        } catch {
            throw SwitchyardError(.storageFailed, "\(partial) cannot be removed", underlying: error)
        }
    }

    /// Which of the things in `restore.partial/` there are already in the data folder.
    var replaced: [String] {
        Self.items.map(\.name).filter { exists(partial + "/" + $0) && exists(directory.path + "/" + $0) }
    }

    /// Decides: from here on the data folder is that of the backup.
    ///
    /// - Parameter aside: the name of the folder for what was there before.
    func decide(puttingAside aside: String) throws(SwitchyardError) {
        let note = try NewFile(for: partial + "/" + Self.asideFile)
        try note.append(aside.utf8)
        try note.commit()
        // The server's own user may have to finish what root began.
        try FileOwner().give("restore.partial", in: directory.path)
        try NewFile.sync(partial)
        try step("decide")
        guard rename(partial, pending) == 0 else { throw failure("rename", partial) }
        try NewFile.sync(directory.path)
    }

    /// Moves what is not moved yet; nothing where no restore is pending.
    func complete() throws(SwitchyardError) {
        guard isPending else { return }
        let note = pending + "/" + Self.asideFile
        // Without the note all is in its place: it goes last.
        if exists(note) {
            guard let data = FileManager.default.contents(atPath: note) else { throw failure("read", note) }
            let aside = String(decoding: data, as: UTF8.self)
            guard !aside.isEmpty, !aside.contains("/"), aside != ".." else {
                throw SwitchyardError(.storageFailed, "\(note) does not name a folder")
            }
            for item in Self.items { try put(item.name, item.companions, aside: aside) }
            try step("forget the note")
            guard unlink(note) == 0 else { throw failure("remove", note) }
            try NewFile.sync(pending)
        }
        try step("remove the folder")
        guard rmdir(pending) == 0 else { throw failure("remove", pending) }
        try NewFile.sync(directory.path)
    }

    private func put(_ name: String, _ companions: [String], aside: String) throws(SwitchyardError) {
        let new = pending + "/" + name
        // Once it is in its place, what lies there is the new one.
        guard exists(new) else { return }
        for old in companions + [name] where exists(directory.path + "/" + old) {
            let folder = try makeFolder(aside)
            try move(directory.path + "/" + old, to: folder + "/" + old)
            try NewFile.sync(folder)
        }
        try NewFile.sync(directory.path)
        try move(new, to: directory.path + "/" + name)
        try NewFile.sync(directory.path)
    }

    /// Makes the folder for what was there before, unless it is there already.
    private func makeFolder(_ name: String) throws(SwitchyardError) -> String {
        let path = directory.path + "/" + name
        guard mkdir(path, 0o700) == 0 else {
            guard errno == EEXIST else { throw failure("make", path) }
            return path
        }
        try FileOwner().give(name, in: directory.path)
        return path
    }

    private func move(_ old: String, to new: String) throws(SwitchyardError) {
        try step("move \(old)")
        guard rename(old, new) == 0 else { throw failure("move", old) }
    }

    private func step(_ name: String) throws(SwitchyardError) { try beforeStep(name) }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private func failure(_ act: String, _ path: String) -> SwitchyardError {
        SwitchyardError(.storageFailed, "cannot \(act) \(path): \(String(cString: strerror(errno)))")
    }
}
