import CoolkitWire
import Dispatch
import Foundation
package import NIOCore
import Synchronization

/// Makes backups of a running server, one at a time.
///
/// The database is copied and checked first, into a file of the data folder; then the archive goes out as fast as its reader
/// takes it. Writers, readers and event loops go on meanwhile: all work is on a queue of its own.
package final class BackupService: Sendable {
    /// Where things lie.
    package struct Places: Sendable {
        package var certificates: String
        package var firmware: String
        package var configuration: String
        /// For the copy of the database, while a backup is made.
        package var backups: String

        package init(certificates: String, firmware: String, configuration: String, backups: String) {
            self.certificates = certificates
            self.firmware = firmware
            self.configuration = configuration
            self.backups = backups
        }
    }

    private let store: any Store
    private let places: Places
    private let clock: WallClock
    private let isBusy = Mutex(false)
    let queue = DispatchQueue(label: "switchyard.backup", qos: .utility)

    package init(store: any Store, places: Places, clock: WallClock) {
        self.store = store
        self.places = places
        self.clock = clock
    }

    /// Begins a backup of what has been acknowledged until now.
    ///
    /// Throws `busy` while another one is under way, `storageFailed` when there is no room or the database is damaged.
    package func begin() async throws(SwitchyardError) -> BackupDownload {
        let isFirst = isBusy.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
        guard isFirst else { throw SwitchyardError(.busy, "another backup is being made; wait until it is done") }
        let turn = Turn(service: self, copy: places.backups + "/switchyard.sqlite.partial")
        try prepareFolder(turn.copy)
        let time = clock.now
        let schema = try await store.copy(to: turn.copy)
        let stream = BackupStream(BackupManifest(createdAt: time, schema: schema), sources(database: turn.copy))
        return BackupDownload(stream, turn)
    }

    fileprivate func end() { isBusy.withLock { $0 = false } }

    /// Makes the folder, and removes what a server that was killed left in it.
    private func prepareFolder(_ copy: String) throws(SwitchyardError) {
        guard mkdir(places.backups, 0o700) == 0 || errno == EEXIST else {
            let reason = String(cString: strerror(errno))
            throw SwitchyardError(.storageFailed, "\(places.backups) cannot be made: \(reason)")
        }
        Turn.remove(copy)
    }

    /// Images that a release has had at the time of the copy and that are gone by now are left out: somebody has removed them.
    private func sources(database: String) -> [BackupStream.Source] {
        let manager = FileManager.default
        // A folder that is not there has nothing to keep.
        let certificates = (try? manager.contentsOfDirectory(atPath: places.certificates)) ?? []
        let images = (try? manager.contentsOfDirectory(atPath: places.firmware)) ?? []
        var sources = [BackupStream.Source(.database, at: database)]
        for name in certificates.sorted() {
            sources.append(
                BackupMember(certificate: name).flatMap { .init($0, at: places.certificates + "/" + name) }
            )
        }
        for name in images.sorted() {
            sources.append(ImageDigest(name).flatMap { .init(.firmware($0), at: places.firmware + "/" + name) })
        }
        sources.append(.init(.configuration, at: places.configuration))
        return sources.compactMap(\.self)
    }

    /// The right to make a backup, with the copy of the database; both go with the object.
    final class Turn: Sendable {
        private let service: BackupService
        let copy: String

        init(service: BackupService, copy: String) {
            self.service = service
            self.copy = copy
        }

        deinit {
            Self.remove(copy)
            service.end()
        }

        func perform<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
            await withCheckedContinuation { continuation in
                service.queue.async { continuation.resume(returning: work()) }
            }
        }

        static func remove(_ copy: String) {
            for suffix in ["", "-journal", "-wal", "-shm"] { unlink(copy + suffix) }
        }
    }
}

/// A backup on its way out; given up when nobody holds it any more.
package final class BackupDownload: Sendable {
    package let byteCount: Int
    private let stream: Mutex<BackupStream>
    private let turn: BackupService.Turn

    init(_ stream: sending BackupStream, _ turn: BackupService.Turn) {
        byteCount = stream.byteCount
        self.stream = Mutex(stream)
        self.turn = turn
    }

    /// The next bytes; nil when that was all.
    package func next() async throws(SwitchyardError) -> ByteBuffer? {
        let result = await turn.perform { [self] in
            stream.withLock { stream in
                Result { () throws(SwitchyardError) in try stream.next().map { ByteBuffer(bytes: $0) } }
            }
        }
        return try result.get()
    }
}
