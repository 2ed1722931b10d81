import Foundation
import SwitchyardCore

extension DataDirectory {
    /// Makes the folder, for its owner alone, unless it is there.
    ///
    /// Throws `storageFailed` when it cannot be made.
    func create() throws(SwitchyardError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw SwitchyardError(
                .storageFailed,
                "the data folder \(self) cannot be made; choose another with --data",
                underlying: error
            )
        }
    }
}
