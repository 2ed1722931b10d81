import Foundation
import SwitchyardCore
import Synchronization

/// The right to use a database file, held by one store in one process at a time.
///
/// A lock of the whole file beside the database (`<path>.lock`): the kernel gives it back when the process ends, however
/// it ends. The file stays.
final class FileLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Takes the lock; throws `storageFailed` when another store holds it.
    init(file: DatabaseFile) throws(SwitchyardError) {
        let opened = open(file.lockPath, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw DatabaseFile.failure(making: file.lockPath, errno) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(opened)
            guard number == EWOULDBLOCK else { throw DatabaseFile.failure(making: file.lockPath, number) }
            throw SwitchyardError(
                .storageFailed,
                "\(file.path) is in use by another Switchyard: stop that one first, or give this one its own data folder"
            )
        }
        descriptor = Mutex(opened)
    }

    deinit { release() }

    func release() {
        descriptor.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }
}
