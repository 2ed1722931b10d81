/// What a backup may hold; there is nothing else in one.
package enum BackupMember: Hashable, Sendable {
    /// What the backup says of itself; always the first.
    case manifest
    case database
    /// A file of the folder of certificates, by its name there.
    case certificate(String)
    case firmware(ImageDigest)
    /// The settings, where they lie in the data folder.
    case configuration
    /// SHA-256 of everything before it; always the last.
    case seal

    private static let certificates = "certificates/"
    private static let firmware = "firmware/"
    private static let longestFileName = 80

    /// Nil for a name that no member has.
    init?(name: String) {
        switch name {
        case Self.manifest.name: self = .manifest
        case Self.database.name: self = .database
        case Self.configuration.name: self = .configuration
        case Self.seal.name: self = .seal
        default:
            if name.hasPrefix(Self.firmware), let digest = ImageDigest(String(name.dropFirst(Self.firmware.count))) {
                self = .firmware(digest)
            } else if name.hasPrefix(Self.certificates),
                let member = Self(certificate: String(name.dropFirst(Self.certificates.count)))
            {
                self = member
            } else {
                return nil
            }
        }
    }

    /// Nil for a file that a backup does not take: its name is no plain one.
    package init?(certificate name: String) {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._".utf8.contains(byte)
        }
        guard isPlain, !name.isEmpty, !name.hasPrefix("."), name.utf8.count <= Self.longestFileName else { return nil }
        self = .certificate(name)
    }

    /// Its path in the archive and, but for the first and the last one, in the data folder.
    package var name: String {
        switch self {
        case .manifest: "switchyard-backup.json"
        case .database: "switchyard.sqlite"
        case .configuration: "switchyard.yaml"
        case .seal: "switchyard-backup.sha256"
        case .certificate(let name): Self.certificates + name
        case .firmware(let digest): Self.firmware + digest.rawValue
        }
    }
}
