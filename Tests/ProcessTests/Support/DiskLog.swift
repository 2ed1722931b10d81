import Foundation
import TestRandom
import TestSupport

/// What `Fixtures/disk-log.c` wrote down of a server's files: says what a power cut at its end would have left of them.
///
/// The model: what was written before a sync began is on the disk when that sync has ended. Everything else may be there or
/// not, in whole or in sectors, in any order; so may a name that was made, moved or removed, until its folder was synced.
/// What a failed sync was to cover never gets there.
struct DiskLog {
    /// What a power cut leaves of that which was not synced.
    enum Cut: CaseIterable, Sendable {
        case nothing
        /// Everything up to a random moment: a disk that keeps its order.
        case beginning
        /// Each sector of 512 bytes or none.
        case sectors
        /// Each page of 4096 bytes or none.
        case pages
    }

    private enum Kind: UInt64 {
        case found = 1
        case created, written, cut, synced, lost, removed, renamed, folderSynced
    }

    private struct Record {
        let position: Int
        let kind: Kind
        let file: Int
        let offset: Int
        let bytes: Range<Int>
        let names: [String]
    }

    /// A file's bytes on the disk, and the writes that no sync has covered.
    private struct Contents {
        var bytes = Data()
        var pending: [Record] = []
    }

    private struct Naming {
        let position: Int
        let name: String
        let file: Int?
        /// The name that goes in the same moment.
        var former: String?
    }

    private let log: Data
    private var files: [Int: Contents] = [:]
    /// On the disk; a name without a file is gone.
    private var names: [String: Int?] = [:]
    /// As the server sees them.
    private var namesInCache: [String: Int] = [:]
    private var pendingNames: [Naming] = []

    /// How many writes no sync has covered.
    var unsyncedWrites: Int { files.values.reduce(0) { $0 + $1.pending.count } }

    /// - Parameters:
    ///   - base: a copy of the files as they were before.
    ///   - part: how much of the log counts: with less than all of it the power is cut before the end.
    init(path: String, base: String, part: Double = 1) throws {
        let whole = try Data(contentsOf: URL(filePath: path))
        log = whole.prefix(Int(Double(whole.count) * part))
        var position = 0
        while let (record, next) = record(at: position) {
            try take(record, base: base)
            position = next
        }
    }

    /// Nil at the end, also when the last record was cut off with its process.
    private func record(at position: Int) -> (Record, next: Int)? {
        let head = position + 48
        guard head <= log.count else { return nil }
        let numbers = log[position..<head].withUnsafeBytes { bytes in
            (0..<6).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
        let (bytes, first) = (head + numbers[3], head + numbers[3] + numbers[4])
        guard let kind = Kind(rawValue: UInt64(numbers[0])), first + numbers[5] <= log.count else { return nil }
        let names = [bytes..<first, first..<first + numbers[5]].map { String(decoding: log[$0], as: UTF8.self) }
        let record = Record(
            position: position,
            kind: kind,
            file: numbers[1],
            offset: numbers[2],
            bytes: head..<bytes,
            names: names
        )
        return (record, first + numbers[5])
    }

    private mutating func take(_ record: Record, base: String) throws {
        switch record.kind {
        case .found:
            let name = record.names[0]
            files[record.file] = Contents(bytes: try Data(contentsOf: URL(filePath: "\(base)/\(name)")))
            (names[name], namesInCache[name]) = (record.file, record.file)
        case .created:
            files[record.file] = Contents()
            note(record, record.names[0], record.file)
        case .written, .cut: files[record.file]?.pending.append(record)
        case .synced: settle(record.file, before: record.offset)
        case .lost: files[record.file]?.pending.removeAll { $0.position < record.offset }
        case .removed: note(record, record.names[0], nil)
        case .renamed: note(record, record.names[1], namesInCache[record.names[0]], former: record.names[0])
        case .folderSynced:
            let folder = record.names[0]
            for naming in pendingNames where naming.position < record.offset && Self.folder(of: naming.name) == folder {
                apply(naming)
            }
            pendingNames.removeAll { $0.position < record.offset && Self.folder(of: $0.name) == folder }
        }
    }

    private mutating func note(_ record: Record, _ name: String, _ file: Int?, former: String? = nil) {
        namesInCache[name] = file
        if let former { namesInCache[former] = nil }
        pendingNames.append(Naming(position: record.position, name: name, file: file, former: former))
    }

    private static func folder(of name: String) -> String { (name as NSString).deletingLastPathComponent }

    private mutating func apply(_ naming: Naming) {
        names[naming.name] = .some(naming.file)
        if let former = naming.former { names[former] = .some(nil) }
    }

    private mutating func settle(_ file: Int, before position: Int) {
        guard var contents = files.removeValue(forKey: file) else { return }
        for record in contents.pending where record.position < position {
            apply(record, record.bytes, to: &contents.bytes)
        }
        contents.pending.removeAll { $0.position < position }
        files[file] = contents
    }

    /// Writes a part of what a record wrote, or cuts.
    private func apply(_ record: Record, _ part: Range<Int>, to bytes: inout Data) {
        let offset = record.offset + part.lowerBound - record.bytes.lowerBound
        let end = record.kind == .cut ? record.offset : offset + part.count
        if bytes.count < end { bytes.append(Data(count: end - bytes.count)) }
        if record.kind == .cut {
            bytes.removeSubrange(end...)
        } else {
            bytes.replaceSubrange(offset..<end, with: log[part])
        }
    }

    // MARK: The cut

    /// Puts what a power cut leaves in the place of the files in `folder`.
    mutating func restore(_ cut: Cut, to folder: String, _ random: inout SeededGenerator) throws {
        let moment = Int.random(in: 0...log.count, using: &random)
        for file in files.keys.sorted() {
            guard var contents = files[file] else { continue }
            for record in contents.pending {
                for part in survivors(of: record, cut, moment, &random) { apply(record, part, to: &contents.bytes) }
            }
            files[file] = Contents(bytes: contents.bytes)
        }
        for naming in pendingNames {
            let survives =
                switch cut {
                case .nothing: false
                case .beginning: naming.position < moment
                case .sectors, .pages: Bool.random(using: &random)
                }
            if survives { apply(naming) }
        }
        // What the server had made and no name leads to is gone with it.
        for name in namesInCache.keys where names[name] == nil { names[name] = .some(nil) }
        for (name, file) in names {
            let path = "\(folder)/\(name)"
            if let contents = file.flatMap({ files[$0] }) {
                try contents.bytes.write(to: URL(filePath: path))
            } else if FileManager.default.fileExists(atPath: path) {
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    /// The parts of an unsynced record that reach the disk.
    private func survivors(
        of record: Record,
        _ cut: Cut,
        _ moment: Int,
        _ random: inout SeededGenerator
    ) -> [Range<Int>] {
        let sector = cut == .pages ? 4_096 : 512
        switch cut {
        case .nothing: return []
        case .beginning: return record.position < moment ? [record.bytes] : []
        case .sectors, .pages:
            guard record.kind == .written else { return Bool.random(using: &random) ? [record.bytes] : [] }
            return parts(of: record, sector).filter { _ in Bool.random(using: &random) }
        }
    }

    /// The bytes of a write, split where one sector of the disk ends and the next begins.
    private func parts(of record: Record, _ sector: Int) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = record.bytes.lowerBound
        while start < record.bytes.upperBound {
            let onDisk = record.offset + start - record.bytes.lowerBound
            let end = min(record.bytes.upperBound, start + sector - onDisk % sector)
            parts.append(start..<end)
            start = end
        }
        return parts
    }
}
