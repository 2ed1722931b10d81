import CoolkitWire
import Crypto
import Foundation

/// The bytes of a backup, one part after the other; it is never whole in memory.
///
/// A tar archive of the members in this order, with one more at the end that holds the SHA-256 of all before it: so a reader
/// notices every byte that is not as it was written. Reads files, so it belongs on no event loop.
package struct BackupStream {
    /// A member and the file that holds it.
    package struct Source: Sendable {
        let member: BackupMember
        let path: String
        let byteCount: Int

        /// Nil when there is no such file.
        package init?(_ member: BackupMember, at path: String) {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            (self.member, self.path, byteCount) = (member, path, Int(status.st_size))
        }
    }

    private enum Part {
        case bytes([UInt8])
        case file(Source)
        case seal
    }

    private static let chunkBytes = 262_144

    /// How long the whole is.
    package let byteCount: Int
    private let unixSeconds: Int
    private var parts: ArraySlice<Part>
    private var hash = SHA256()
    private var reading: (handle: FileHandle, left: Int)?

    package init(_ manifest: BackupManifest, _ sources: [Source]) {
        let unixSeconds = Int(manifest.createdAt.seconds)
        var parts: [Part] = []
        var total = 0
        func add(_ member: BackupMember, _ byteCount: Int, _ content: Part) {
            let header = TarHeader(name: member.name, byteCount: byteCount, unixSeconds: unixSeconds)
            let padding = TarHeader.padding(after: byteCount)
            parts += [.bytes(header.bytes), content, .bytes([UInt8](repeating: 0, count: padding))]
            total += TarHeader.blockBytes + byteCount + padding
        }
        add(.manifest, manifest.bytes.count, .bytes(manifest.bytes))
        for source in sources { add(source.member, source.byteCount, .file(source)) }
        self.unixSeconds = unixSeconds
        self.parts = (parts + [.seal])[...]
        byteCount = total + Self.sealed(SHA256().finalize(), unixSeconds: unixSeconds).count
    }

    /// The next part; nil when that was all.
    ///
    /// Throws `storageFailed` when a file cannot be read or is not as long as it was.
    package mutating func next() throws(SwitchyardError) -> [UInt8]? {
        if reading != nil { return try nextOfFile() }
        guard let part = parts.popFirst() else { return nil }
        switch part {
        case .bytes(let bytes) where bytes.isEmpty: return try next()
        case .bytes(let bytes):
            hash.update(data: bytes)
            return bytes
        case .file(let source):
            guard let handle = FileHandle(forReadingAtPath: source.path) else {
                throw SwitchyardError(.storageFailed, "\(source.path) cannot be read; try again")
            }
            reading = (handle, source.byteCount)
            return try nextOfFile()
        case .seal: return Self.sealed(hash.finalize(), unixSeconds: unixSeconds)
        }
    }

    private mutating func nextOfFile() throws(SwitchyardError) -> [UInt8]? {
        guard let (handle, left) = reading else { return nil }
        guard left > 0 else {
            reading = nil
            return try next()
        }
        let data: Data?
        do {
            data = try handle.read(upToCount: min(left, Self.chunkBytes))
        } catch {
            throw SwitchyardError(.storageFailed, "a file of the backup cannot be read", underlying: error)
        }
        guard let data, !data.isEmpty else {
            throw SwitchyardError(.storageFailed, "a file changed while it was copied; try again")
        }
        hash.update(data: data)
        reading = (handle, left - data.count)
        return Array(data)
    }

    /// The last member, and the two empty blocks that end an archive.
    static func sealed(_ digest: SHA256.Digest, unixSeconds: Int) -> [UInt8] {
        let content = Array(digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined().utf8) + [10]
        let header = TarHeader(name: BackupMember.seal.name, byteCount: content.count, unixSeconds: unixSeconds)
        let rest = TarHeader.padding(after: content.count) + 2 * TarHeader.blockBytes
        return header.bytes + content + [UInt8](repeating: 0, count: rest)
    }

    /// Writes all of it to a file, which is on the disk after this.
    package mutating func write(to path: String) throws(SwitchyardError) {
        let file = try NewFile(for: path)
        while let part = try next() { try file.append(part) }
        try file.commit()
    }
}
