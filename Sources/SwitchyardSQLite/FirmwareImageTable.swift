import GRDB
import SwitchyardCore

/// The statements on the table `firmwareImage`.
enum FirmwareImageStatement: String, CaseIterable {
    case insert = "INSERT INTO firmwareImage (releaseKey, position, name, digest, byteCount) VALUES (?, ?, ?, ?, ?)"
    case all = "SELECT * FROM firmwareImage ORDER BY releaseKey, position"
}

extension Database {
    /// All images by their release, in order.
    func firmwareImages() throws -> [FirmwareKey: [FirmwareImage]] {
        let rows = try fetch(FirmwareImageStatement.all) { row in
            (
                try row.value("releaseKey", FirmwareKey.init),
                FirmwareImage(
                    name: try row.text("name"),
                    digest: try row.value("digest", ImageDigest.init),
                    byteCount: try row.decode(Int.self, forColumn: "byteCount")
                )
            )
        }
        return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
    }
}
