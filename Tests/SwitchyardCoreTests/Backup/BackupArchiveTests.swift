import CoolkitWire
import Crypto
import Foundation
import Testing

@testable import SwitchyardCore

@Suite("The archive of a backup")
struct BackupArchiveTests {
    private static let manifest = BackupManifest(
        createdAt: UnixTime(seconds: 1_700_000_000),
        schema: "v0029_authorizationCode"
    )
    private static let image = ImageDigest(String(repeating: "a", count: 64))

    @Test("It holds its members bit for bit, and comes out as they went in")
    func keepsMembers() throws {
        try withFolder { folder in
            let archive = try makeArchive(in: folder)
            let target = folder + "/out"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)

            var reader = try BackupReader(archive)
            let summary = try reader.read(extractingTo: target)

            #expect(summary.manifest == Self.manifest)
            #expect(summary.members.map(\.name) == Self.contents.map(\.member.name))
            #expect(summary.byteCount == FileManager.default.contents(atPath: archive)?.count)
            for (member, bytes) in Self.contents {
                let file = target + "/" + member.name
                #expect(FileManager.default.contents(atPath: file) == Data(bytes), "\(member)")
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
        }
    }

    @Test("Every single byte that is changed is noticed, wherever it lies")
    func noticesEveryByte() throws {
        try withFolder { folder in
            let whole = Array(try #require(FileManager.default.contents(atPath: try makeArchive(in: folder))))
            let damaged = folder + "/damaged.tar"
            var missed: [Int] = []
            for position in whole.indices {
                var bytes = whole
                bytes[position] ^= UInt8(1) << UInt8(position % 8)
                try Data(bytes).write(to: URL(filePath: damaged))
                if !isRefused(damaged) { missed.append(position) }
            }

            #expect(missed == [])
        }
    }

    @Test("One that is cut off, or has something behind it, is refused at every length")
    func refusesOtherLengths() throws {
        try withFolder { folder in
            let whole = Array(try #require(FileManager.default.contents(atPath: try makeArchive(in: folder))))
            let damaged = folder + "/damaged.tar"
            var taken: [Int] = []
            for length in stride(from: 0, to: whole.count, by: 128) {
                try Data(whole.prefix(length)).write(to: URL(filePath: damaged))
                if !isRefused(damaged) { taken.append(length) }
            }
            for more in [1, 512, 4_096] {
                try Data(whole + [UInt8](repeating: 0, count: more)).write(to: URL(filePath: damaged))
                if !isRefused(damaged) { taken.append(whole.count + more) }
            }

            #expect(taken == [])
        }
    }

    @Test(
        "A well sealed archive with a member that no backup has is refused, and nothing leaves the folder",
        arguments: [
            ["switchyard.sqlite", "../outside"], ["switchyard.sqlite", "/tmp/outside"],
            ["switchyard.sqlite", "certificates/../../outside"], ["switchyard.sqlite", "certificates/.hidden"],
            ["switchyard.sqlite", "certificates/"], ["switchyard.sqlite", "firmware/abc"],
            ["switchyard.sqlite", "switchyard.sqlite"], ["switchyard.sqlite", "switchyard-backup.json"],
            ["switchyard.sqlite", "restore.pending/put-aside"], ["certificates/ca.pem"],
        ]
    )
    func refusesForeignMembers(names: [String]) throws {
        try withFolder { folder in
            var bytes = member(BackupMember.manifest.name, Self.manifest.bytes)
            for name in names { bytes += member(name, Array("x".utf8)) }
            bytes += seal(bytes)
            let archive = folder + "/made.tar"
            try Data(bytes).write(to: URL(filePath: archive))
            let target = folder + "/out"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)

            let error = #expect(throws: SwitchyardError.self) {
                var reader = try BackupReader(archive)
                _ = try reader.read(extractingTo: target)
            }

            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains("is damaged") == true)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(left == ["made.tar", "out"])
        }
    }

    @Test(
        "What it says of itself is believed only if it can be: another format names the way out",
        arguments: [
            (#"{"format":2,"createdAt":"2023-11-14T22:13:20.000Z","schema":"v"}"#, "use the version that made it"),
            (#"{"format":1,"schema":"v"}"#, "does not say what it is"), ("no JSON", "does not say what it is"),
        ]
    )
    func refusesOtherManifests(manifest: String, words: String) throws {
        try withFolder { folder in
            var bytes = member(BackupMember.manifest.name, Array(manifest.utf8)) + member("switchyard.sqlite", [1])
            bytes += seal(bytes)
            try Data(bytes).write(to: URL(filePath: folder + "/made.tar"))

            let error = #expect(throws: SwitchyardError.self) {
                var reader = try BackupReader(folder + "/made.tar")
                _ = try reader.read()
            }

            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }

    @Test("A file that goes or shrinks while it is written ends it, and nothing is left")
    func noticesChangedSource() throws {
        try withFolder { folder in
            let source = folder + "/database"
            try Data(repeating: 7, count: 1_000).write(to: URL(filePath: source))
            var shrunk = BackupStream(Self.manifest, [try #require(.init(.database, at: source))])
            var gone = shrunk
            try Data(repeating: 7, count: 10).write(to: URL(filePath: source))
            #expect(throws: SwitchyardError.self) { try shrunk.write(to: folder + "/out.tar") }
            try FileManager.default.removeItem(atPath: source)
            #expect(throws: SwitchyardError.self) { try gone.write(to: folder + "/out.tar") }

            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test(
        "Headers hold sizes beyond 8 GiB, and only the one spelling of each is taken",
        arguments: [0, 511, 1 << 33, 1 << 45]
    )
    func headers(size: Int) throws {
        let header = TarHeader(name: "switchyard.sqlite", byteCount: size, unixSeconds: 1_700_000_000)
        var other = header.bytes
        other[100] = UInt8(ascii: " ")

        #expect(TarHeader(header.bytes) == header)
        #expect(TarHeader(other) == nil)
        #expect(TarHeader([UInt8](repeating: 0, count: 512)) == nil)
    }

    // MARK: Archives

    private static let contents: [(member: BackupMember, bytes: [UInt8])] = [
        (.database, Array("a database".utf8)), (.certificate("ca.pem"), [UInt8](repeating: 1, count: 512)),
        (.certificate("public.key"), []), (.configuration, Array("log:\n  level: info\n".utf8)),
    ]

    private func makeArchive(in folder: String) throws -> String {
        var sources: [BackupStream.Source] = []
        for (index, (member, bytes)) in Self.contents.enumerated() {
            let path = folder + "/source\(index)"
            try Data(bytes).write(to: URL(filePath: path))
            sources.append(try #require(.init(member, at: path)))
        }
        var stream = BackupStream(Self.manifest, sources)
        try stream.write(to: folder + "/backup.tar")
        let size = FileManager.default.contents(atPath: folder + "/backup.tar")?.count
        #expect(size == stream.byteCount)
        return folder + "/backup.tar"
    }

    private func isRefused(_ path: String) -> Bool {
        do throws(SwitchyardError) {
            var reader = try BackupReader(path)
            _ = try reader.read()
            return false
        } catch {
            return error.code == .invalidInput
        }
    }

    private func member(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let header = TarHeader(name: name, byteCount: content.count, unixSeconds: 0)
        return header.bytes + content + [UInt8](repeating: 0, count: TarHeader.padding(after: content.count))
    }

    private func seal(_ bytes: [UInt8]) -> [UInt8] {
        BackupStream.sealed(SHA256.hash(data: bytes), unixSeconds: 0)
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/switchyard-" + RandomText.hex(bytes: 6)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // A folder left in /tmp harms no test.
        try body(folder)
    }
}
