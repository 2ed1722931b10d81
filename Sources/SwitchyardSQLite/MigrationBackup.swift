import CoolkitWire
import Foundation
import GRDB
import SwitchyardCore

/// The backup that is written before a database is brought to a newer schema: the way back to the version before.
///
/// A file of `backups/` beside the database, in the form of every backup, with the database alone: a migration touches nothing
/// else. The newest three are kept.
struct MigrationBackup {
    let file: DatabaseFile
    /// The last migration that the database has had.
    let schema: String
    /// The first that it is about to have.
    let next: String

    static let kept = 3

    /// Throws `storageFailed` with the way to go on; the database is as it was then.
    func write() throws {
        do {
            try make()
        } catch {
            let reason = SwitchyardError(database: error).message
            throw SwitchyardError(
                .storageFailed,
                "the database has to be brought to the schema of this version, and the backup before that cannot be made: "
                    + "\(reason). Nothing was changed. Make room for \(folder), or keep a copy of the data folder "
                    + "yourself and run `switchyard migrate --no-backup`",
                underlying: error
            )
        }
    }

    private var folder: String { (file.path as NSString).deletingLastPathComponent + "/backups" }

    /// Reads over a connection of its own: one of the store's would know the schema of before.
    private func make() throws {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw DatabaseFile.failure(making: folder, errno) }
        let copy = folder + "/before-migration.partial"
        try removeLeftovers()
        defer { unlink(copy) }
        let database = try DatabaseQueue(path: file.path, configuration: SQLiteStore.configuration())
        _ = try DatabaseCopy(at: copy).fill(from: database)
        try database.close()
        let time = WallClock.system.now
        let manifest = BackupManifest(createdAt: time, schema: schema)
        var stream = BackupStream(manifest, [BackupStream.Source(.database, at: copy)].compactMap(\.self))
        try stream.write(to: "\(folder)/before-\(next.prefix(5))-\(time.fileNamePart).tar")
        try removeOld()
    }

    /// What a process that was killed has left.
    private func removeLeftovers() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder)
        where name.hasPrefix("before-") && name.contains(".partial") {
            unlink(folder + "/" + name)
        }
    }

    private func removeOld() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasPrefix("before-v") && $0.hasSuffix(".tar") }
            .sorted { $0.split(separator: "-").last ?? "" < $1.split(separator: "-").last ?? "" }
        for name in names.dropLast(Self.kept) { unlink(folder + "/" + name) }
    }
}
