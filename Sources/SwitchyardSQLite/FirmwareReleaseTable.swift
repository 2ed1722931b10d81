import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `firmwareRelease`.
enum FirmwareReleaseStatement: String, CaseIterable {
    case insert = "INSERT INTO firmwareRelease (key, model, version, createdAt) VALUES (?, ?, ?, ?)"
    case all = "SELECT * FROM firmwareRelease ORDER BY createdAt, rowid"
    case delete = "DELETE FROM firmwareRelease WHERE key = ?"
}

extension FirmwareRelease {
    /// Reads a row; the images are rows of their own.
    fileprivate init(row: Row, images: [FirmwareKey: [FirmwareImage]]) throws {
        let key = try row.value("key", FirmwareKey.init)
        self.init(
            key: key,
            model: try row.text("model"),
            version: try row.value("version", FirmwareVersion.init),
            images: images[key] ?? [],
            createdAt: try row.time("createdAt")
        )
    }

    fileprivate var rowArguments: StatementArguments {
        [key.rawValue, model, version.text, createdAt.milliseconds]
    }
}

extension SQLiteStore: FirmwareStore {
    package func createFirmware(_ release: FirmwareRelease) async throws(SwitchyardError) {
        try await write { database in
            do {
                try database.run(FirmwareReleaseStatement.insert, release.rowArguments)
            } catch let error as DatabaseError where error.isDuplicate {
                throw SwitchyardError(.alreadyExists, "there is such a firmware already", underlying: error)
            }
            for (position, image) in release.images.enumerated() {
                try database.run(
                    FirmwareImageStatement.insert,
                    [release.key.rawValue, position, image.name, image.digest.rawValue, image.byteCount]
                )
            }
        }
    }

    package func firmware() async throws(SwitchyardError) -> [FirmwareRelease] {
        try await read { database in
            let images = try database.firmwareImages()
            return try database.fetch(FirmwareReleaseStatement.all) { try FirmwareRelease(row: $0, images: images) }
        }
    }

    package func removeFirmware(_ key: FirmwareKey) async throws(SwitchyardError) {
        try await write { database in
            try database.run(FirmwareReleaseStatement.delete, [key.rawValue])
            guard database.changesCount > 0 else { throw SwitchyardError(.notFound, "there is no such firmware") }
        }
    }
}
