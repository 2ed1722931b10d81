import Crypto
import Foundation

/// Reads a backup from its first byte to its last, and takes it only if every one of them is as it was written.
///
/// Blocks, so it belongs in a command or on a queue of its own.
package struct BackupReader {
    /// A backup that was read whole.
    package struct Summary: Sendable {
        package let manifest: BackupManifest
        /// In the order of the archive, without those that it has for itself.
        package let members: [BackupMember]
        package let byteCount: Int
    }

    private static let chunkBytes = 262_144
    private static let longestManifest = 65_536
    /// Six certificates and keys, and far more images than there can be releases.
    private static let mostMembers = 100_000

    private let path: String
    private let handle: FileHandle
    private let byteCount: Int
    private var position = 0
    private var hash = SHA256()

    /// Throws `invalidInput` when there is no such file.
    package init(_ path: String) throws(SwitchyardError) {
        var status = stat()
        guard let handle = FileHandle(forReadingAtPath: path), fstat(handle.fileDescriptor, &status) == 0,
            status.st_mode & S_IFMT == S_IFREG
        else {
            throw SwitchyardError(.invalidInput, "\(path) cannot be read as a file; check the path and its permissions")
        }
        (self.path, self.handle, byteCount) = (path, handle, Int(status.st_size))
    }

    /// Reads everything; with a folder that exists and is empty, puts the members there, on the disk.
    ///
    /// What lies in the folder is to be used only if this did not throw: the digest comes last.
    ///
    /// - Throws: `invalidInput` when it is no backup, or is damaged; `storageFailed` when the folder does not take the files.
    package mutating func read(extractingTo folder: String? = nil) throws(SwitchyardError) -> Summary {
        let first = try header()
        guard first.name == BackupMember.manifest.name, first.byteCount <= Self.longestManifest else {
            throw notABackup()
        }
        var text: [UInt8] = []
        try content(of: first) { text += $0 }
        var members: [BackupMember] = []
        var seen: Set<BackupMember> = [.manifest]
        while true {
            let header = try header()
            guard let member = BackupMember(name: header.name), header.unixSeconds == first.unixSeconds,
                seen.insert(member).inserted, members.count < Self.mostMembers
            else { throw damaged("a member is not one of a backup") }
            if member == .seal { break }
            members.append(member)
            try take(member, header, to: folder)
        }
        guard seen.contains(.database) else { throw damaged("it has no database") }
        return Summary(manifest: try manifest(text), members: members, byteCount: byteCount)
    }

    private func manifest(_ text: [UInt8]) throws(SwitchyardError) -> BackupManifest {
        do {
            return try BackupManifest(text)
        } catch {
            throw SwitchyardError(.invalidInput, "\(path) cannot be used: \(error.message)")
        }
    }

    private mutating func take(
        _ member: BackupMember,
        _ header: TarHeader,
        to folder: String?
    ) throws(SwitchyardError) {
        guard let folder else { return try content(of: header) { _ in } }
        let target = folder + "/" + member.name
        let parent = (target as NSString).deletingLastPathComponent
        guard mkdir(parent, 0o700) == 0 || errno == EEXIST else {
            throw SwitchyardError(.storageFailed, "\(parent) cannot be made: \(String(cString: strerror(errno)))")
        }
        let file = try NewFile(for: target)
        try content(of: header) { bytes throws(SwitchyardError) in try file.append(bytes) }
        try file.commit()
    }

    // MARK: Bytes

    /// The next header.
    ///
    /// For the last member's, which the digest does not cover, everything to the end is compared with the one form it can have.
    private mutating func header() throws(SwitchyardError) -> TarHeader {
        let before = (hash, position)
        let isFirst = position == 0
        guard byteCount - position >= TarHeader.blockBytes else {
            throw isFirst ? notABackup() : damaged("it ends too early")
        }
        guard let header = TarHeader(try bytes(TarHeader.blockBytes)) else {
            throw isFirst ? notABackup() : damaged("a member's header is wrong")
        }
        guard header.name == BackupMember.seal.name else { return header }
        let expected = BackupStream.sealed(before.0.finalize(), unixSeconds: header.unixSeconds)
        guard byteCount - before.1 == expected.count,
            header.bytes + (try bytes(expected.count - TarHeader.blockBytes)) == expected
        else { throw damaged("its content does not fit its SHA-256") }
        return header
    }

    private mutating func content(
        of header: TarHeader,
        _ receive: ([UInt8]) throws(SwitchyardError) -> Void
    ) throws(SwitchyardError) {
        let padding = TarHeader.padding(after: header.byteCount)
        guard header.byteCount <= byteCount - position - padding else { throw damaged("it ends too early") }
        var left = header.byteCount
        while left > 0 {
            let part = try bytes(min(left, Self.chunkBytes))
            left -= part.count
            try receive(part)
        }
        _ = try bytes(padding)
    }

    private mutating func bytes(_ count: Int) throws(SwitchyardError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        do {
            while bytes.count < count, let data = try handle.read(upToCount: count - bytes.count), !data.isEmpty {
                bytes += data
            }
        } catch {
            throw SwitchyardError(.storageFailed, "\(path) cannot be read", underlying: error)
        }
        guard bytes.count == count else { throw damaged("it ends too early") }
        hash.update(data: bytes)
        position += count
        return bytes
    }

    private func notABackup() -> SwitchyardError {
        SwitchyardError(
            .invalidInput,
            "\(path) is not a backup of Switchyard, or its beginning is damaged. Nothing was changed: give the file that "
                + "`switchyard backup` wrote, or another copy of it"
        )
    }

    private func damaged(_ reason: String) -> SwitchyardError {
        SwitchyardError(
            .invalidInput,
            "\(path) is damaged: \(reason). Nothing was changed: use another copy of this backup, or another backup"
        )
    }
}
